"""Lists on their way in: from a file to records that a run may use."""
