"""Runs of the matcher over a round's lists, and what they found."""
