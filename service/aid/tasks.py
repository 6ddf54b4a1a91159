"""The job that checks student aid; asked for once a minute where a round has both a run and an aid list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from matchers.aid import check, link
from schemas.codes import code_list
from schemas.permission import LIST_OWNERS
from service.agencies.models import Agency
from service.aid import rules
from service.aid.gathering import Gathered, gather
from service.aid.models import AidFinding
from service.config import Settings
from service.copying import new_ids, write
from service.db import SYSTEM, transaction
from service.jobs.context import Context
from service.jobs.outbox import ask
from service.jobs.work import Work
from service.models import read_model
from service.privacy.crypto import FieldCipher
from service.privacy.custody import cipher_of
from service.rounds.models import Round
from service.runs.models import Run
from service.uploads.models import AgencyList

CHECK = rules.CHECK
STEPS = {"gather": "取出名单", "check": "核对", "keep": "保存"}
TABLE = AidFinding.__tablename__
SEALED = ("name", "id_number", "paid", "detail")
OPEN = ("reviewing", "verifying", "meeting", "matching", "collecting")
"""States of a round in which its aid is checked: what was signed does not change any more."""


def aid_lists(session: Session, round_id: int) -> Sequence[AgencyList]:
    """The aid lists that count in a round."""
    query = select(AgencyList).where(
        AgencyList.round_id == round_id, AgencyList.kind == "aid", AgencyList.state == "committed"
    )
    return session.scalars(query.order_by(AgencyList.id)).all()


def ask_for(session: Session, of: Round, account_id: int | None = None) -> bool:
    """Ask that a round's aid is checked with the lists that it has now; whether it has both sides.

    The same run with the same lists is one check.
    """
    lists = aid_lists(session, of.id)
    if of.run_id is None or not lists:
        return False
    key = f"aid-{of.run_id}-{'-'.join(str(each.id) for each in lists)}"[:100]
    ask(session, CHECK, of.run_id, None, key=key, created_by=account_id)
    return True


def every_minute(settings: Settings) -> None:
    """Ask for the checks that new runs and new lists call for."""
    with transaction(settings.database_url, SYSTEM) as session:
        query = select(Round).where(Round.state.in_(OPEN), Round.run_id.is_not(None))
        for of in session.scalars(query.where(Round.id.in_(_with_aid()))):
            ask_for(session, of)


def _with_aid() -> Any:
    return select(AgencyList.round_id).where(AgencyList.kind == "aid", AgencyList.state == "committed")


def check_aid(context: Context) -> None:
    """Check a run's round; again it replaces what was found before."""
    settings = context.settings
    cipher = cipher_of(settings)
    with context.step("gather"), context.transaction() as session:
        run = context.subject(session, Run)
        of = session.get_one(Round, run.round_id)
        lists = aid_lists(session, of.id)
        given = gather(session, run, lists, cipher) if lists else None
    with context.step("check"):
        model = read_model(str(run.settings["model"]))
        found = pd.DataFrame()
        if given is not None:
            links = link(given.children, given.pupils, given.aid, of.as_of, model)
            found = check(given.children, given.pupils, given.aid, given.guardians, links, of.as_of)
    with context.step("keep"), context.transaction() as session:
        # One at a time in a round, and nothing of a run that another has followed.
        now = session.scalar(select(Round.run_id).where(Round.id == of.id).with_for_update(key_share=True))
        if now == run.id:
            session.execute(delete(AidFinding).where(AidFinding.round_id == of.id))
            if given is not None and len(found):
                _insert(session, run, of, rows_of(given, found), cipher)
        context.final(session)


def rows_of(given: Gathered, found: pd.DataFrame) -> list[dict[str, Any]]:
    """Findings with whom and what they are about, in plain."""
    children, pupils, aid = (each.to_dict("records") for each in (given.children, given.pupils, given.aid))
    rows = []
    for kind, child, pupil, at, group, detail in found.itertuples(index=False):
        paid = aid[at] if at >= 0 else {}
        who = children[child] if child >= 0 else pupils[pupil] if pupil >= 0 else paid
        shown = "、".join(
            str(paid[name]) for name in ("aid_project", "aid_amount", "aid_period") if paid.get(name)
        )
        rows.append(
            {
                "kind": kind,
                "run_no": int(who["no"]) if child >= 0 else 0,
                "list_id": int(paid["list_id"]) if paid else None,
                "sheet": int(paid["sheet"]) if paid else 0,
                "row": int(paid["row"]) if paid else 0,
                "name": str(who["name"]),
                "id_number": str(who["id_number"]),
                "township": str(who.get("township") or "")[:60],
                "school": str(who.get("school") or paid.get("school") or "")[:100],
                "grade": str(who.get("grade") or paid.get("grade") or "")[:20],
                "group_name": str(group)[:40],
                "paid": shown,
                "detail": str(detail),
            }
        )
    return rows


def owners(session: Session, of: Round) -> dict[str, int]:
    """Group -> the agency whose it is; under "" the bureau, which has all else."""
    query = (
        select(Agency.kind, Agency.id).where(Agency.region_code == of.region_code).order_by(Agency.id.desc())
    )
    by_kind = dict(session.execute(query.where(Agency.active)).all())
    bureau = by_kind["education"]
    found = {row["name"]: by_kind.get(LIST_OWNERS[row["agency"]], bureau) for row in code_list("group")}
    return {**found, "": bureau}


OF_GROUP = ("unpaid", "unqualified", "elsewhere", "guardian")
"""Kinds that are for the agency of the group; the bureau sees all, and has the others to itself."""


def _insert(session: Session, run: Run, of: Round, rows: list[dict[str, Any]], cipher: FieldCipher) -> None:
    whose = owners(session, of)
    ids = new_ids(session, AidFinding, len(rows))
    for row, number in zip(rows, ids, strict=True):
        group = row["group_name"].split(";")[0].split(":")[0] if row["kind"] in OF_GROUP else ""
        row |= {"id": number, "round_id": of.id, "run_id": run.id, "agency_id": whose.get(group, whose[""])}
    agencies = [row["agency_id"] for row in rows]
    for name in SEALED:
        sealed = cipher.encrypt_many([row[name] for row in rows], TABLE, name, ids, agencies)
        for row, value in zip(rows, sealed, strict=True):
            row[name] = value
    write(session, AidFinding, rows)


WORK = [Work(CHECK, "reports", check_aid, "核对学生资助", STEPS, seconds=3600)]
