"""The pages of cases stand under one name, ``cases``."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("cases", __name__, enable_openapi=False)
