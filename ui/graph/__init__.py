"""Graphs as pages draw them: what each node shows, and where it is."""
