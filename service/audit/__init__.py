"""What was done, by whom: a chain of entries that cannot be changed unnoticed."""
