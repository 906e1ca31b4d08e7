"""Numbers, names and loads in words."""
