"""The page of one child over all rounds."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from service.accounts.guard import audit, audit_apart, db, identity, needs, settings
from service.audit.chain import Act
from service.cases.children import Vault
from service.cases.rules import number_of
from service.errors import TooManyError
from service.ledgers import shown
from service.ledgers.blueprint import pages
from service.ledgers.history import Chapter, history_of
from service.privacy.masking import sight_of
from service.runs import seen
from service.runs import shown as run_shown


@pages.get("/ledgers/children/<int:child_id>")
@needs("ledger.view")
def history(child_id: int) -> ResponseReturnValue:
    """A child with the cases, runs, decisions, contacts and papers of every round that the reader may see."""
    who, subject = identity(), f"all/{child_id}"
    sight = sight_of(who)
    found = history_of(db(), Vault.of(settings()), child_id, sight)
    try:
        seen.check_quota(db(), who, subject, settings().views_per_day)
    except TooManyError:
        audit_apart(Act("child.view", "child", subject, result="refused", detail={"reason": "quota"}))
        raise
    audit("child.view", "child", subject, rounds=len(found.chapters))
    return render_template(
        "ledgers/history.html",
        child=shown.person(found.person, sight),
        chapters=[_chapter(each, sight) for each in found.chapters],
        tones=shown.TONES,
        may_run=who.may("child.view"),
        may_case=who.may("case.view"),
        **run_shown.words(),
    )


def _chapter(each: Chapter, sight: Any) -> dict[str, Any]:
    told = each.told
    return {
        "round": each.round,
        "seen": each.seen,
        "told": told,
        "facts": shown.case_facts(told.case, sight) if told else None,
        "number": number_of(each.round, told.case) if told else "",
    }
