"""People, their roles, sessions and keys."""
