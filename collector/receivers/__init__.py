"""Receivers: one file per wire format, and the routes under which clients reach them."""
