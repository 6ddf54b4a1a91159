"""Pages of feeds: which there are, how the last time went, a new one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from schemas.permission import LIST_OWNERS
from schemas.records import record_types
from service.accounts.guard import audit, db, identity, needs, settings
from service.db import enter
from service.errors import InvalidError
from service.uploads import shown
from service.uploads.blueprint import pages
from service.uploads.feeds import SOURCES, add_feed, ask_for_feed, feed_of
from service.uploads.models import Feed


@pages.get("/feeds")
@needs("feed.edit")
def feeds() -> ResponseReturnValue:
    """Every feed that one may edit."""
    return _page("")


def _page(wrong: str) -> ResponseReturnValue:
    found = db().scalars(select(Feed).order_by(Feed.agency_id, Feed.id)).all()
    kinds = {name: each.label for name, each in record_types().items()}
    return render_template(
        "uploads/feeds.html",
        feeds=found,
        wrong=wrong,
        said=request.form,
        sources=SOURCES,
        source_options=[(name, _(label)) for name, label in SOURCES.items()],
        kinds=kinds,
        kind_options=[(name, _(label)) for name, label in kinds.items()],
        agencies=shown.agency_names(db()),
        choose_agency=identity().reach("feed.edit") == "all",
        hosts=settings().feed_hosts,
        folder=bool(settings().feed_folder),
    )


@pages.post("/feeds")
@needs("feed.edit")
def add() -> ResponseReturnValue:
    """Keep a new feed."""
    who, said = identity(), request.form
    agency = said.get("agency", type=int) if who.reach("feed.edit") == "all" else None
    kind = said.get("kind", "")
    feed = Feed(
        agency_id=agency or who.agency_id,
        source=said.get("source", ""),
        kind=kind if kind in LIST_OWNERS else "",
        minutes=said.get("minutes", 60, type=int),
        created_by=who.account_id,
        active=True,
    )
    try:
        add_feed(db(), settings(), feed, said.get("address", "").strip(), said.get("view", "").strip())
    except InvalidError as error:
        db().rollback()
        enter(db(), who.scope("feed.edit"))
        return _page(_(error.message)), 422  # type: ignore[return-value]
    audit("feed.edit", "feed", feed.id, act="add", source=feed.source, agency=feed.agency_id)
    flash(_("自动报送已建立。"), "good")
    return redirect(url_for("uploads.feeds"), 303)


@pages.post("/feeds/<int:feed_id>/<any(now, stop, start, delete):what>")
@needs("feed.edit")
def change(feed_id: int, what: str) -> ResponseReturnValue:
    """Run one now, stop it, start it again, remove it."""
    feed = feed_of(db(), feed_id)
    if what == "now":
        ask_for_feed(db(), feed)
        done = "已开始，几分钟后在名单中查看。"
    elif what == "delete":
        db().delete(feed)
        done = "自动报送已删除；已收到的名单不受影响。"
    else:
        feed.active = what == "start"
        done = "自动报送已启用。" if feed.active else "自动报送已停用。"
    audit("feed.edit", "feed", feed_id, act=what)
    flash(_(done), "good")
    return redirect(url_for("uploads.feeds"), 303)
