"""What `./workshop audit` is made of."""
