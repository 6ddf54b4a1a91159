"""Quarterly rounds: what is asked of whom, by when, and how far it is."""
