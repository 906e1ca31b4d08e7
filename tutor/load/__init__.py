"""Running the load test and telling what it measured; `loadtest/` does the work."""
