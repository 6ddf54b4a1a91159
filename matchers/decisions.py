"""The table of decisions -> what is decided about the records at hand, and what is wrong with the table.

A decision names its two records by what they say (name, number, birthday), not by where they stand: rows
change from list to list. One row a decision, the columns those of ``links.csv`` where it has them:

    decision: ``same`` (同一人), ``different`` (不是同一人) or ``alias`` (别名).
    stage: ``roll`` (a child and a pupil; also where empty), ``resolve`` (two records of one kind of list
        or of two population lists) or ``attendance`` (a pupil and a roster row).
    left_name, left_id, left_birth, right_name, right_id, right_birth: as the lists or ``links.csv`` have
        them. With a number the other two may be empty; without one the record has none either.
    decided_by, decided_on, note: for people; not read.

An alias says that one person goes by both names (then a number or a birthday says who) or both numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.decided import Decided
from matchers.decision_table import WORDS, Side, cleaned, codes_of
from matchers.pairs import components, join, mix
from matchers.people import ATTENDANCE, POPULATION, ROLL, Flags, Longs, People
from schemas.issue import Issue

SIDES = {
    "roll": ((POPULATION, ROLL),),
    "": ((POPULATION, ROLL),),
    "resolve": ((POPULATION, POPULATION), (ROLL, ROLL)),
    "attendance": ((ROLL, ATTENDANCE),),
}
MANY = 10_000
"""Records that one decision may name, times itself."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a table of decisions comes to.

    Attributes:
        people: the people, with the second names and numbers that aliases tell.
        decided: the pairs of records. told: the pairs as decided, without what follows from them.
        issues: rows that cannot be obeyed, and why.
    """

    people: People
    decided: Decided
    told: Decided
    issues: tuple[Issue, ...]


@dataclass(frozen=True, eq=False)
class Decisions:
    """A table of decisions as it was given (text columns, a row a decision), and the name of its file."""

    table: pd.DataFrame
    file: str


def hear(decisions: Decisions, people: People) -> Heard:
    """Apply a table of decisions to the records.

    A row that cannot be obeyed becomes an issue; the others hold.
    """
    file, said = decisions.file, cleaned(decisions.table)
    kind = np.array([WORDS.get(word, "") for word in said["decision"]], dtype=object)
    issues = [_issue(file, at, "decision.word", said) for at in np.flatnonzero(kind == "").tolist()]
    wrong_stage = ~said["stage"].isin(list(SIDES)).to_numpy()
    issues += [_issue(file, at, "decision.stage", said) for at in np.flatnonzero(wrong_stage).tolist()]
    codes = codes_of(said, people)
    people, more = _aliases(said, np.flatnonzero(kind == "alias"), codes, people, file)
    issues += more
    pairs = {}
    for word in ("same", "different"):
        asked = np.flatnonzero((kind == word) & ~wrong_stage)
        pairs[word], more = _pairs(said, asked, codes, people, file, careful=word == "same")
        issues += more
    clash = _clashes(pairs["same"], pairs["different"], people)
    issues += [_issue(file, at, "decision.conflict", said) for at in np.unique(clash).tolist()]
    same, different = (pairs[word][:, 1:] for word in ("same", "different"))
    same = same[~np.isin(pairs["same"][:, 0], clash)]
    told = Decided(same, different)
    decided = Decided(np.concatenate([same, _following(same, people)]), different)
    ordered = tuple(sorted(issues, key=lambda issue: (issue.row, issue.code)))
    return Heard(people, decided, told, ordered)


def _issue(file: str, at: int, code: str, said: pd.DataFrame) -> Issue:
    row = said.iloc[at]
    values = {
        "left": row["left_name"],
        "right": row["right_name"],
        "word": row["decision"],
        "stage": row["stage"],
    }
    return Issue(code, file, 1, at + 2, "", values)


def _rows(side: Side, asked: Longs, people: People) -> tuple[Longs, Longs]:
    """The records that one side of each decision asked for names: (decision, row)."""
    every = np.arange(len(people))
    born = np.where(people.birth > 0, people.birth, people.id_birth)
    numbered = asked[side.number[asked] > 0]
    found = [
        join(numbered, mix(side.number[numbered]), every, mix(number), MANY)[:2]
        for number in (people.id1, people.id2, people.adult_id)
    ]
    bare = asked[(side.number[asked] == 0) & (side.name[asked] > 0)]
    keys = mix(people.name + 1, born + 1) * (people.id1 == 0).astype(np.uint64)
    found.append(join(bare, mix(side.name[bare] + 1, side.birth[bare] + 1), every, keys, MANY)[:2])
    at, row = (np.concatenate(each) for each in zip(*found, strict=True))
    named = (side.name[at] == 0) | (people.name[row] == side.name[at]) | (people.former[row] == side.name[at])
    dated = (side.birth[at] == 0) | (side.birth[at] == born[row])
    both = np.unique(np.stack([at, row], axis=1)[named & dated], axis=0)
    return both[:, 0], both[:, 1]


def _pairs(
    said: pd.DataFrame, asked: Longs, codes: dict[str, Side], people: People, file: str, *, careful: bool
) -> tuple[NDArray[np.int64], list[Issue]]:
    """The pairs of records of these decisions: k x 3 of decision, left row, right row.

    ``careful``: where a side without number fits several records of one list, nobody is joined.
    """
    given = {
        side: (said[f"{side}_name"] != "").to_numpy() | (said[f"{side}_id"] != "").to_numpy()
        for side in codes
    }
    lacking = asked[~(given["left"] & given["right"])[asked]]
    issues = [_issue(file, at, "decision.lacking", said) for at in lacking.tolist()]
    asked = np.setdiff1d(asked, lacking)
    sides = {name: _rows(side, asked, people) for name, side in codes.items()}
    frames = [pd.DataFrame({"at": at, name: row}) for name, (at, row) in sides.items()]
    both = frames[0].merge(frames[1], on="at").to_numpy(dtype=np.int64)
    both = both[both[:, 1] != both[:, 2]]
    fits = np.zeros(len(both), dtype=bool)
    for stage, allowed in SIDES.items():
        ours = (said["stage"] == stage).to_numpy()[both[:, 0]]
        for one, other in allowed:
            fits |= ours & (people.side[both[:, 1]] == one) & (people.side[both[:, 2]] == other)
    both = both[fits]
    if careful:
        unclear = _unclear(both, codes, people)
        issues += [_issue(file, at, "decision.unclear", said) for at in np.unique(both[unclear, 0]).tolist()]
        both = both[~np.isin(both[:, 0], both[unclear, 0])]
        asked = np.setdiff1d(asked, np.array([issue.row - 2 for issue in issues], dtype=np.int64))
    absent = np.setdiff1d(asked, both[:, 0])
    return both, issues + [_issue(file, at, "decision.absent", said) for at in absent.tolist()]


def _unclear(both: NDArray[np.int64], codes: dict[str, Side], people: People) -> Flags:
    """Pairs of a decision of which one side has no number and fits several records of one file."""
    unclear = np.zeros(len(both), dtype=bool)
    for place, side in enumerate(codes.values(), 1):
        at, row = both[:, 0], both[:, place]
        seen = pd.DataFrame({"at": at, "file": people.file[row], "row": row}).drop_duplicates()
        several = seen[seen.duplicated(["at", "file"], keep=False)]["at"].to_numpy()
        unclear |= (side.number[at] == 0) & np.isin(at, several)
    return unclear


def _clashes(same: NDArray[np.int64], different: NDArray[np.int64], people: People) -> Longs:
    """Decisions that make one person, by themselves or together, of records that another tells apart."""
    if not len(same) or not len(different):
        return np.zeros(0, dtype=np.int64)
    joined = components(len(people), same[:, 1], same[:, 2])
    torn = joined[different[:, 1]] == joined[different[:, 2]]
    result: Longs = same[np.isin(joined[same[:, 1]], joined[different[torn, 1]]), 0]
    return result


def _following(same: NDArray[np.int64], people: People) -> NDArray[np.int64]:
    """What follows: records of one side that are the same as one record of another side are the same."""
    if not len(same):
        return same
    joined = components(len(people), same[:, 0], same[:, 1])
    rows = np.unique(same)
    rows = rows[people.side[rows] != ATTENDANCE]
    rows = rows[np.lexsort((rows, people.side[rows], joined[rows]))]
    one, other = rows[:-1], rows[1:]
    chain = (joined[one] == joined[other]) & (people.side[one] == people.side[other])
    return np.stack([one[chain], other[chain]], axis=1)


def _borne(side: Side, people: People) -> Side:
    """The same without names and numbers that nobody bears himself, only a parent."""
    names = np.unique(np.concatenate([people.name, people.former]))
    numbers = np.unique(np.concatenate([people.id1, people.id2, people.adult_id]))
    name, number = (
        np.where((code > 0) & ~np.isin(code, known), -1, code)
        for code, known in ((side.name, names), (side.number, numbers))
    )
    return Side(name, number, side.birth)


def _aliases(
    said: pd.DataFrame, asked: Longs, codes: dict[str, Side], people: People, file: str
) -> tuple[People, list[Issue]]:
    """Give the records of a person who goes by two names or numbers the other one as well."""
    id2, former = people.id2.copy(), people.former.copy()
    issues = []
    born = np.where(people.birth > 0, people.birth, people.id_birth)
    sides = [_borne(side, people) for side in codes.values()] if len(asked) else list(codes.values())
    for at in asked.tolist():
        left, right = sides
        row = said.iloc[at]
        numbers = row["left_id"] != "" and row["right_id"] != "" and row["left_id"] != row["right_id"]
        names = row["left_name"] != "" and row["right_name"] != "" and row["left_name"] != row["right_name"]
        who = [side.number[at] for side in (left, right) if side.number[at] > 0]
        days = [side.birth[at] for side in (left, right) if side.birth[at] > 0]
        known = bool(row["left_id"] or row["right_id"] or days)
        if not (numbers or (names and known)):
            issues.append(_issue(file, at, "decision.alias", said))
            continue
        for side, other in ((left, right), (right, left)):
            if numbers and side.number[at] > 0 and other.number[at] > 0:
                id2[(people.id1 == side.number[at]) & (id2 == 0)] = other.number[at]
            if names and side.name[at] > 0 and other.name[at] > 0:
                his = np.isin(people.id1, who) | np.isin(people.id2, who)
                his = his if who else np.isin(born, days)
                former[(people.name == side.name[at]) & (former == 0) & his] = other.name[at]
    return replace(people, id2=id2, former=former), issues
