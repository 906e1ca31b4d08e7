"""Layered layout of directed graphs, computed on the server: places of nodes, paths of edges."""
