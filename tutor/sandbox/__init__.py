"""Trying apps out: on free ports, in temporary folders, restarted on every save."""
