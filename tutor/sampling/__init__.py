"""What `./workshop sampling` is made of."""
