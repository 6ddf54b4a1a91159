"""Bringing a child back: one plan a child, measures, return, follow-ups."""
