"""What a page offers: the places that the signed-in person may go to."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, g
from flask_babel import lazy_gettext

from service.features import features


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation, shown to those who may do ``action``. ``order`` sorts them."""

    order: int
    label: str
    endpoint: str
    icon: str
    action: str


def install(app: Flask) -> None:
    """Give every page ``nav`` and ``identity``. A feature's ``views.py`` lists its places as ``PLACES``."""
    places = sorted(
        (place for module in features("views") for place in getattr(module, "PLACES", ())),
        key=lambda place: place.order,
    )

    @app.context_processor
    def offered() -> dict[str, object]:
        who = g.get("identity")
        seen = [place for place in places if who and who.may(place.action)]
        return {
            "identity": who,
            "nav": [(lazy_gettext(place.label), place.endpoint, place.icon) for place in seen],
        }
