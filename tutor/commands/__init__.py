"""The commands of `./workshop`, one module each."""
