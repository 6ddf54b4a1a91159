"""Hypothesis without a clock: the machine is shared, and a slow example is no failure.

A law is tried on ``EXAMPLES`` values, the same ones each time; `make long` tries more, and others.
"""

from flask import Flask
from hypothesis import settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tests.examples import DEEP, EXAMPLES

settings.register_profile("steady", deadline=None, derandomize=not DEEP, max_examples=EXAMPLES)
settings.load_profile("steady")


class Compiled(BytecodeCache):
    """Templates as this process has compiled them once: nearly every test makes an app of its own."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
pytest_plugins = ["tests.servers", "tests.together"]
