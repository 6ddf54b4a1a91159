"""The pages of plans and follow-ups stand under one name, ``plans``."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("plans", __name__, enable_openapi=False)
