"""Records of load test runs, stored beside the traces that the runs made."""
