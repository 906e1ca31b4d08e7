"""SPOILERS: one sealed build of `./workshop challenge`."""
