"""The viewer: collector and page on their own, without the workshop, for traces of any app."""

VERSION = "0.1.0"
