"""The screens, one file each. None imports another; what they share is in `ui/screen.py`."""
