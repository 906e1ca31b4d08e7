"""The forms of logs and flow records that can be read, one per file."""
