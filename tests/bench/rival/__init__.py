"""Splink 5 as a good practitioner would set it up for Chinese lists. Runs in the environment ``.venv/bench``.

Nothing of Rollcall is imported here: pinyin, lunar dates and the cleaning of values are prepared outside
Splink, as its users have to.
"""
