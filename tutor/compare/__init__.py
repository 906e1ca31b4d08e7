"""Checkpoints of the course beside each other: how fast, where the time went, and still right."""
