"""The eight steps of linking, one file each, in the order of their numbers."""
