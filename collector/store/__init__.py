"""The store: traces in SQLite partitions, with their index, their retention and the services."""
