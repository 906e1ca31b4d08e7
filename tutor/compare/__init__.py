"""Comparing checkpoints of the course: how fast they are, where the time goes, and the answers."""
