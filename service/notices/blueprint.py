"""The pages of notices and their templates stand under one name, ``notices``."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("notices", __name__, enable_openapi=False)
