"""Regions and the agencies in them."""
