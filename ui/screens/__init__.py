"""The screens, one file each. None imports another."""
