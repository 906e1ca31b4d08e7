"""Sending on to other backends what is stored: a queue and a thread for each of them."""
