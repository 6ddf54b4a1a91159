"""The pages of runs and of their children stand under one name, ``runs``."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("runs", __name__, enable_openapi=False)
