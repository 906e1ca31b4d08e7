"""Records of load test runs, kept beside the traces that they made."""
