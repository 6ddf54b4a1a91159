"""What a person or a program does to lists in a request: each with its audit entry, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import FileStorage

from service.accounts.guard import audit, db, identity, settings
from service.errors import InvalidError
from service.uploads import layouts, rules
from service.uploads.arrivals import Arrival, Received, receive
from service.uploads.incoming import stored_file
from service.uploads.models import AgencyList

DONE = {
    "told": "已保存，正在按您的说明重新读取。",
    "again": "正在重新读取。",
    "commit": "名单已提交，参加本批次比对。",
    "replaced": "名单已提交，原名单已被替换。",
    "compare": "正在与原名单比较。",
    "new": "将作为一份新名单提交。",
    "withdraw": "名单已撤回，不参加比对。",
    "cancel": "已要求停止读取，稍候生效。",
}
"""What is said when something was done to a list."""


def take(said: Mapping[str, Any], file: FileStorage | None, source: str) -> Received:
    """Make a list of an uploaded file; with its audit entry in the request's transaction."""
    who = identity()
    streamed, stored, name = stored_file(file)
    agency = said.get("agency_id") or said.get("agency")
    came = Arrival(
        round_id=_number(said.get("round_id") or said.get("round"), "请选择批次。"),
        agency_id=_number(agency, "没有这个单位。")
        if agency and who.reach("list.upload") == "all"
        else who.agency_id,
        account_id=who.account_id,
        file_name=name,
        blob_id=stored.id,
        sha256=stored.sha256,
        size=stored.size,
        source=source,
        kind=said.get("kind") or "",
        catalogue=(said.get("catalogue") or "")[:60],
        basis=(said.get("basis") or "")[:200],
        replaces_id=_number(said["replaces"], "没有要替换的名单。") if said.get("replaces") else None,
    )
    received = receive(db(), came, settings().upload_quota_mib)
    if not received.again:
        streamed.keep_with(db())
        audit("list.upload", "list", received.listed.id, round=came.round_id, size=came.size, source=source)
    return received


def _number(given: Any, wrong: str) -> int:
    try:
        return int(given)
    except (TypeError, ValueError):
        raise InvalidError(wrong) from None


def perform(listed: AgencyList, what: str, said: Mapping[str, Any]) -> str:
    """Do it, with its audit entry; gives a sentence for the person."""
    who, session = identity().account_id, db()
    detail: dict[str, Any] = {"act": what}
    if what in ("told", "again"):
        told = layouts.told_by(said, listed.reading) if what == "told" else listed.told
        rules.read_again(session, listed, told, who)
        done = DONE[what]
    elif what == "commit":
        meant = bool(said.get("meant"))
        old = rules.commit(session, listed, who, bool(said.get("checked")), meant)
        layouts.remember(session, listed, who)
        detail |= {"records": listed.records, "replaces": old.id if old else 0, "meant": meant}
        done = DONE["commit" if old is None else "replaced"]
    elif what == "replaces":
        given = said.get("replaces")
        rules.compare_with(session, listed, _number(given, "没有要替换的名单。") if given else None, who)
        done = DONE["compare" if given else "new"]
    elif what == "withdraw":
        rules.withdraw(session, listed)
        done = DONE[what]
    else:
        rules.cancel_reading(session, listed)
        done = DONE["cancel"]
    audit("list.upload", "list", listed.id, **detail)
    return done
