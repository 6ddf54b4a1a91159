"""The pages of meetings stand under one name, ``meetings``."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("meetings", __name__, enable_openapi=False)
