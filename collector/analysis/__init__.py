"""Pure functions over spans: no store, no server, nothing recursive."""
