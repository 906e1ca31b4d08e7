"""Load for the app: Locust users whose every request is the root of a trace."""
