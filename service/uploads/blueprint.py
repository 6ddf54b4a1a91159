"""The pages of lists, layouts and feeds stand under one name, ``uploads``."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("uploads", __name__, enable_openapi=False)
