"""Traces without a tracer: what logs and flow records say, and what follows from that."""
