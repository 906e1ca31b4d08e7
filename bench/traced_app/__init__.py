"""The app as it is, under one tracer or another, for `bench.app` to compare."""
