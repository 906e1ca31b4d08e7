"""Traces as files: saved in the formats that other tools open, and read back from them."""
