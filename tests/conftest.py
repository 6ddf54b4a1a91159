"""Hypothesis without a clock: the machine is shared, and a slow example is no failure.

A law is tried on ``EXAMPLES`` values, the same ones each time; `make long` tries more, and others.
Nearly every test makes an app of its own: what is the same in all of them is compiled once a process.
"""

import gc
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from tests.examples import DEEP, EXAMPLES

settings.register_profile("steady", deadline=None, derandomize=not DEEP, max_examples=EXAMPLES)
settings.load_profile("steady")


class Compiled(BytecodeCache):
    """Templates as this process has compiled them once."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


def _once(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    """How addresses are built: Werkzeug writes and compiles a function a route, most of an app's start."""
    kept: dict[object, Any] = {}

    @wraps(compile_builder)
    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        # All that it reads: the route's text with its converters, its parts, its defaults.
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    return compiled


Rule._compile_builder = _once(Rule._compile_builder)
Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
pytest_plugins = ["tests.servers", "tests.together"]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """What collecting brings stays to the end: looking through it for what can go is time lost."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
