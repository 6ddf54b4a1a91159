"""Reminders inside the service: what an agency has to do about which case, and until when."""
