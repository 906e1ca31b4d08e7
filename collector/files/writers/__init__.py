"""Writers of trace files, one format each."""
