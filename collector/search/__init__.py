"""Finding traces: a small language, its parser, and how the index answers a search."""
