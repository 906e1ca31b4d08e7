"""What the Compare screen works out of two sets of traces."""
