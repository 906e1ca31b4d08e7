"""Figures in a lesson's prose: each says which number of an output it is, and must be it."""
