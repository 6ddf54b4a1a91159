"""What a value, a record and an issue is. No input or output."""
