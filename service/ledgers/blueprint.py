"""The pages of ledgers and of a child's history stand under one name, ``ledgers``."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("ledgers", __name__, enable_openapi=False)
