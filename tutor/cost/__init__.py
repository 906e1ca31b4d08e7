"""What hand-made instrumentation costs: measured and recorded for `./workshop cost`."""
