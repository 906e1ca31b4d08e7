"""The challenge: sealed builds of the app, each in trouble, to be understood from traces alone."""
