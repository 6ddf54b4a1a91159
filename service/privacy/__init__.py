"""Encryption at rest, lookup by blind index, masking."""
