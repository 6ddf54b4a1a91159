"""Properties are about values, not about time: the first name compared loads a dictionary."""

from hypothesis import settings

settings.register_profile("values", deadline=None)
settings.load_profile("values")
