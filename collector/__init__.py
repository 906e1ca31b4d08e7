"""The collector: receives spans over HTTP, stores them, and answers questions about them."""
