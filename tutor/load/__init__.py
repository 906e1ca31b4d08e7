"""Running the load test in `loadtest/`, and reporting what it measured."""
