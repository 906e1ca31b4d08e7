"""The ports that clients of each format use unless told otherwise, beside the collector's own."""
