"""What the Compare screen works out from two sets of traces."""
