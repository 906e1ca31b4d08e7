"""The store in ClickHouse: tables on a server, for any number of collectors. docs/scale.md."""
