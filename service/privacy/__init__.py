"""Encryption at rest, keys, lookup by blind index, masking, the store of encrypted files."""
