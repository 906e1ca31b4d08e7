"""Finding traces: a small language, how to read it, and how to answer it from the index."""
