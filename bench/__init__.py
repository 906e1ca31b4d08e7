"""Reproducible benchmarks, each a command: `python -m bench.span --help`."""
