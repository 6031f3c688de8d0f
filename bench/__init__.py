"""Measured side by side, in one run, on the same cores. Read README.md before you quote a figure."""
