"""Layered layout of directed graphs, worked out on the server: where nodes stand, how edges run."""
