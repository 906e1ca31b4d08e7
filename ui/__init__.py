"""The web pages that show traces; everything they know comes from the collector over HTTP."""
