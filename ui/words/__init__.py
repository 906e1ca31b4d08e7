"""Numbers, names and verdicts in words."""
