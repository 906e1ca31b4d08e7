"""Aggregates: what thousands of stored traces say together.

Every number comes from `collector.analysis`; here sets of traces are looked up, their digests made,
kept and added up, and answers put into the form of docs/api.md.
"""
