"""The process supervisor: starts the stack, watches it, and stops exactly what it started."""
