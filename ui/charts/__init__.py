"""Charts as shapes on a sheet: the numbers that templates turn into SVG."""
