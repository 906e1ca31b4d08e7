"""Sampling: the rules by which clients decide which traces to keep."""
