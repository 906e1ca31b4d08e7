"""Readers of trace files, one format each."""
