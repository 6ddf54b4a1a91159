"""Measurements, not tests: accuracy and speed on made-up counties. ``make bench`` prints a table."""
