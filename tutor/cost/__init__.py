"""Measuring and recording what hand-made instrumentation costs, for `./workshop cost`."""
