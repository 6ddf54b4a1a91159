"""What a run found that agencies should put right: from its corrections, its issues and its children.

Of issues only those of children of school age and of pupils count: a register holds everybody, and a
grandfather's number is not what the round is about.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from schemas.correction import ISSUES, kind_of, on_list
from service.corrections.outputs import Lookup, Outputs, Told, places

COLUMNS = (
    "agency_id", "list_id", "list_kind", "kind", "sheet", "row", "name", "id_number", "birth_date", "value",
    "suggestion", "proof",
)  # fmt: skip
SPOT = ["list_id", "sheet", "row"]
_OF_RUN = ("file", "sheet", "row", "name", "id_number", "field", "value", "suggestion", "basis", "reason")
_OF_ISSUES = ("file", "sheet", "row", "column", "code", "message")
_OF_CHILDREN = ("sources", "roll_source", "candidates")
_OTHER = r"另一条在 (.+?)。"
_NOT_REGISTERED = ("civil_affairs", "poverty", "disability")
"""Kinds of list that a child may stand on whom the household register should know as well."""

UNKNOWN = "各份户籍名单中没有相符的登记"
ELSEWHERE = "各份人口名单中没有相符的人，多为随迁子女或户籍在外地"


def found(outputs: Outputs, lists: Sequence[Told], lookup: Lookup) -> pd.DataFrame:
    """Every correction of a run, one row each (``COLUMNS``), in the order of lists, sheets and rows.

    Args:
        lists: of the run, with ``id``, ``name``, ``agency_id``, ``kind``, ``reading`` (its sheets).
        lookup: gives the records at places.

    Raises:
        NotFoundError: the run's files were erased.
    """
    listed = pd.DataFrame(
        [(each["name"], int(each["id"]), int(each["agency_id"]), each["kind"]) for each in lists],
        columns=["file", "list_id", "agency_id", "list_kind"],
    )
    suggested = _suggested(outputs.table("corrections.csv", _OF_RUN), listed)
    noticed = _noticed(outputs.table("issues.csv", _OF_ISSUES), listed, lists)
    noticed, unknown = _of_children(outputs, noticed, listed)
    rows = pd.concat([suggested, noticed, unknown], ignore_index=True)
    return _told(_each_once(rows), lookup)


def _suggested(table: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """What the matcher suggests; the same suggestion from several lists is one, with all their places."""
    table = _at_list(table, listed)
    table["kind"] = [
        kind_of(*each) for each in zip(table["field"], table["reason"], table["list_kind"], strict=True)
    ]
    own = [*SPOT, "agency_id", "list_kind", "name", "id_number", "kind", "value", "suggestion", "reason"]
    group = table.groupby(own, sort=False, dropna=False).ngroup()
    rows, several = table.loc[~group.duplicated(), [*own, "basis"]], group.duplicated(keep=False)
    joined = {
        number: ";".join(dict.fromkeys(each))
        for number, each in table[several].groupby(group[several])["basis"]
    }
    told = zip(group[rows.index], rows["basis"], strict=True)
    # Of text also where there is none: of no row pandas could not say what it holds.
    basis = pd.Series([joined.get(number, each) for number, each in told], rows.index, dtype="str")
    rows = rows.assign(basis=basis).reset_index(drop=True)
    rows["proof"] = rows["reason"] + "（" + rows["basis"] + "）"
    return rows.assign(member=-1, message="")


def _noticed(table: pd.DataFrame, listed: pd.DataFrame, lists: Sequence[Told]) -> pd.DataFrame:
    """Issues that ask for a correction, with the member of the row that they are about."""
    table = _at_list(table[table["code"].isin(list(ISSUES))], listed)
    member = _members(lists)
    asked = [
        0 if code.startswith("matching.") else member.get((list_id, sheet, column), -1)
        for code, list_id, sheet, column in zip(
            table["code"], table["list_id"], table["sheet"], table["column"], strict=True
        )
    ]
    table = table.assign(member=asked, value="", suggestion="", name="", id_number="")
    table = table[table["member"] >= 0]
    table["kind"] = [
        on_list(ISSUES[code], kind) for code, kind in zip(table["code"], table["list_kind"], strict=True)
    ]
    table["proof"] = table["message"]
    double, away = table["kind"] == "double_enrolment", table["kind"] == "unknown_pupil"
    other = table["message"].str.extract(_OTHER)[0].fillna("")
    table.loc[double, "proof"] = "同一学生另有一条学籍（" + other[double] + "）"
    table.loc[away, "proof"] = ELSEWHERE
    return table


def _members(lists: Sequence[Told]) -> dict[tuple[int, int, str], int]:
    """(list, sheet, column) -> the member of a row whose own number, birthday or student number it holds."""
    found = {}
    for told in lists:
        for sheet in told["reading"].get("sheets", ()):
            fields = {each["column"]: each["field"] for each in sheet["columns"]}
            heads = "id_number" not in fields.values()
            for column, field in fields.items():
                owner, _, item = field.rpartition(".")
                own = item in ("id_number", "birth_date", "sex", "student_no", "disability_no")
                if own or (item == "head_id" and heads):
                    number = (
                        int(owner.removeprefix("member") or 0)
                        if owner.startswith("member") or not owner
                        else 0
                    )
                    found[int(told["id"]), int(sheet["sheet"]), column] = number
    return found


def _of_children(
    outputs: Outputs, noticed: pd.DataFrame, listed: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The issues of children and pupils, and the children on a list whom no register knows."""
    kind_of_file = dict(zip(listed["file"], listed["list_kind"], strict=True))
    wanted, kept, unknown = pd.MultiIndex.from_frame(noticed[SPOT]), [], []
    for piece in outputs.pieces("children.csv", _OF_CHILDREN):
        for name in _OF_CHILDREN:
            spots = _at_list(places(piece[name]), listed)
            there = pd.MultiIndex.from_frame(spots[SPOT])
            kept.append(there[there.isin(wanted)])
            if name == "sources":
                unknown.append(_unregistered(spots, kind_of_file))
    whole = kept[0].append(kept[1:]) if kept else wanted[:0]
    at_school = noticed["list_kind"].isin(["roll", "attendance"])
    rows = pd.concat(unknown, ignore_index=True) if unknown else pd.DataFrame(columns=["list_kind", *SPOT])
    return noticed[at_school | wanted.isin(whole)], rows.assign(
        kind="unknown_child", value="", suggestion="", name="", id_number="", proof=UNKNOWN, member=-1
    )


def _unregistered(spots: pd.DataFrame, kind_of_file: dict[str, str]) -> pd.DataFrame:
    """The places of children who stand on lists of aid or disability, and on no household register."""
    kinds = spots["file"].map(kind_of_file)
    registered = spots["at"].isin(spots.loc[kinds == "household", "at"])
    return spots[~registered & kinds.isin(_NOT_REGISTERED)]


def _at_list(table: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """The rows whose file is one of the run's lists, with its id, agency and kind."""
    joined = table.merge(listed, on="file", how="inner")
    return joined.astype({"sheet": "int64", "row": "int64", "list_id": "int64", "agency_id": "int64"})


_NUMBERS = ("number_missing", "number_invalid", "number_differs", "guardian_number", "pupil_number")


def _each_once(rows: pd.DataFrame) -> pd.DataFrame:
    """Of what matcher and reader both say of one number, what the matcher says: it knows the right one."""
    about = rows["kind"].where(~rows["kind"].isin(_NUMBERS), "number")
    known = pd.MultiIndex.from_frame(rows.loc[rows["suggestion"] != "", SPOT].assign(about=about))
    here = pd.MultiIndex.from_frame(rows[SPOT].assign(about=about))
    kept = rows[(rows["suggestion"] != "") | ~here.isin(known)]
    return kept.drop_duplicates([*SPOT, "member", "kind", "value", "suggestion"])


def _told(rows: pd.DataFrame, lookup: Lookup) -> pd.DataFrame:
    """Say of each whom it is about and what stands there, from the record at its place."""
    records = lookup(rows[SPOT].drop_duplicates())
    rows = rows.assign(nth=range(len(rows)))
    joined = rows.merge(records, on=SPOT, how="left", suffixes=("", "_there"))
    # Of several persons in one row the one named, else the member whose column it is, else the first.
    named = (joined["name"] != "") & (joined["name"] == joined["name_there"])
    member = (joined["member"] >= 0) & (joined["member"] == joined["member_there"])
    joined = joined.assign(rank=named * 2 + member * 1)
    joined = joined.sort_values(["nth", "rank", "member_there"], ascending=[True, False, True], kind="stable")
    best = joined.drop_duplicates("nth")
    there = {name: best[f"{name}_there" if f"{name}_there" in best else name].fillna("") for name in _THERE}
    known = best["kind"].isin(_NUMBERS) & (best["suggestion"] != "")
    best = best.assign(
        name=best["name"].where(best["name"] != "", there["name"]),
        # The number that is right finds the child again in the next round; the one that stands there may not.
        id_number=best["suggestion"].where(
            known, best["id_number"].where(best["id_number"] != "", there["id_number"])
        ),
        birth_date=there["birth_date"],
        value=_value(best, there),
    )
    return best.sort_values([*SPOT, "kind", "nth"], kind="stable")[list(COLUMNS)].reset_index(drop=True)


_THERE = ("name", "id_number", "birth_date", "sex", "student_no")
_STANDS = {
    "number_invalid": "id_number",
    "pupil_number": "id_number",
    "guardian_number": "id_number",
    "double_enrolment": "id_number",
    "birth_differs": "birth_date",
    "sex_differs": "sex",
    "student_number": "student_no",
}


def _value(rows: pd.DataFrame, there: dict[str, pd.Series]) -> pd.Series:
    """What stands there: as the matcher has it, else as the record has it."""
    value = rows["value"]
    for kind, name in _STANDS.items():
        value = value.where(
            ~((rows["kind"] == kind) & (value == "") & (rows["suggestion"] == "")), there[name]
        )
    return value.fillna("")
