"""The collector's HTTP server and API: one file for each kind of question."""
