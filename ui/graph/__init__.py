"""Graphs as a page draws them: what is in each node, and where it goes."""
