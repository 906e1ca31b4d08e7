"""The pages on which traces are looked at; all it knows it asks the collector over HTTP."""
