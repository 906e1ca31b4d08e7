"""Insight: what thousands of stored traces say together, and what one of them says of itself.

Every number comes from `collector.analysis`; here sets of traces are found, their digests made,
kept and added up, and answers put into the shapes of docs/api.md.
"""
