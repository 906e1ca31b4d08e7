"""Receivers: from a request's body to spans, one file per wire format."""
