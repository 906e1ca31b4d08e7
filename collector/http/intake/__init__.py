"""The routes to which clients send spans: one way for all, and one file per format."""
