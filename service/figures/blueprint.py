"""The pages of figures stand under one name, ``figures``."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("figures", __name__, enable_openapi=False)
