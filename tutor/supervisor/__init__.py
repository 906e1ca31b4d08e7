"""The process supervisor: it starts the stack, watches it, and stops exactly what it started."""
