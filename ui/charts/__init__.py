"""Charts as shapes on a sheet: the numbers that a template turns into SVG."""
