"""Hypothesis without a clock: the machine is shared, and a slow example is no failure."""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
pytest_plugins = ["tests.servers"]
