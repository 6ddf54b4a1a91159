"""The pages of the review stand under one name, ``reviews``."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("reviews", __name__, enable_openapi=False)
