"""Links as a table: what was joined, what is doubtful, and on what evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.children import DIGITS as CHILD_DIGITS
from matchers.comparisons import MISSING, comparisons
from matchers.explain import dates, sentences
from matchers.long_table import LongTable
from matchers.people import Longs
from matchers.resolve import Persons
from matchers.run import Result
from matchers.shown import SEXES, Shown
from matchers.steps.s8_decide import ACCEPTED, NOTHING
from matchers.texts import decode, filled, padded, spread
from matchers.waterfall import runner_up, signed, weight_texts

LEVELS = ("name", "id_number", "birth", "sex", "household", "place", "school", "age")
_COLUMN = {"id_number": "level_id"}
_SIDE = ("name", "id", "birth", "sex", "guardian", "address", "school", "grade")
COLUMNS = (
    "link_id",
    "stage",
    "child_id",
    "left_source",
    "right_source",
    "decision",
    "rule",
    "weight",
    "probability",
    "weights",
    "runner_up",
    "runner_up_bits",
    *(_COLUMN.get(name, f"level_{name}") for name in LEVELS),
    *(f"left_{name}" for name in _SIDE),
    *(f"right_{name}" for name in _SIDE),
    "sentences",
)
DIGITS = 8
"""Of a link's number."""


def link_list(
    shown: Shown, results: Sequence[tuple[str, Result]], persons: Persons, children: pd.DataFrame
) -> LongTable:
    """Every accepted and every reviewable link, strongest evidence first within its stage.

    ``results`` are (stage, result): "resolve" joins population records into children, "roll" children with
    pupils, "attendance" pupils with roster rows. ``children`` are the facts of the list of children.
    """
    child_of = _children(len(shown.people), children)
    stages = [_Stage(shown, stage, result, child_of, persons) for stage, result in results]
    ends = np.cumsum([0, *(len(each.kept) for each in stages)])

    def made(name: str, rows: Longs) -> pa.Array:
        if name == "link_id":
            return padded(rows + 1, DIGITS)
        parts = []
        for stage, start, end in zip(stages, ends[:-1], ends[1:], strict=True):
            at = np.flatnonzero((rows >= start) & (rows < end))
            if len(at):
                parts.append((at, stage.column(name, rows[at] - start)))
        return spread(len(rows), parts)

    return LongTable(int(ends[-1]), {name: lambda rows, name=name: made(name, rows) for name in COLUMNS})  # type: ignore[misc]


def _children(size: int, children: pd.DataFrame) -> NDArray[np.int32]:
    """The row on the list of children of each person code; -1 where the person is not on the list."""
    child_of = np.full(size + 1, -1, dtype=np.int32)
    pupils = children["pupil"].to_numpy(dtype=np.int64)
    rows = np.arange(len(children), dtype=np.int32)
    child_of[pupils[pupils >= 0]] = rows[pupils >= 0]
    child_of[children["person"].to_numpy(dtype=np.int64)] = rows
    return child_of


def in_order(result: Result) -> Longs:
    """The links of a result that are listed, from the strongest to the weakest."""
    kept = np.flatnonzero(result.decision != NOTHING)
    return kept[np.argsort(-result.weight[kept], kind="stable")]


class _Stage:
    """The links of one stage, by their places from the strongest to the weakest."""

    def __init__(
        self, shown: Shown, stage: str, result: Result, child_of: NDArray[np.int32], persons: Persons
    ) -> None:
        self._shown, self._stage, self._result = shown, stage, result
        self._child_of, self._persons = child_of, persons
        self.kept: Longs = in_order(result)
        self._next, self._ahead = runner_up(result, self.kept)

    def column(self, name: str, which: Longs) -> pa.Array:
        """One column of these links."""
        at, result = self.kept[which], self._result
        side, _, what = name.partition("_")
        if side in ("left", "right"):
            return self._of_side(what, getattr(result.pairs, side)[at])
        if side == "level":
            return self._level("id_number" if what == "id" else what, at)
        if name == "stage":
            return decode(np.zeros(len(at), dtype=np.int8), [self._stage])
        if name == "child_id":
            return self._child(result.pairs.left[at])
        if name == "decision":
            return decode((result.decision[at] == ACCEPTED).astype(np.int8), ["review", "accepted"])
        if name == "rule":
            return filled(decode(result.rule[at], [rule.name for rule in result.rules]))
        if name == "weights":
            return weight_texts(result, at)
        if name.startswith("runner_up"):
            return self._runner_up(name, which)
        if name == "sentences":
            levels = {each: level[at] for each, level in result.levels.items()}
            return sentences(self._shown, result.pairs.take(at), levels)
        return pa.array(getattr(result, name)[at])

    def _runner_up(self, name: str, which: Longs) -> pa.Array:
        """Where the child's next best candidate stands, or by how many bits it is lighter; "" without one."""
        known = np.flatnonzero(self._next[which] >= 0)
        if name == "runner_up":
            told = self._shown.source(self._result.pairs.right[self._next[which[known]]])
        else:
            told = signed(self._ahead[which[known]])
        return filled(spread(len(which), [(known, told)]))

    def _child(self, rows: Longs) -> pa.Array:
        child = self._child_of[self._persons.code[rows]]
        known = np.flatnonzero(child >= 0)
        return filled(spread(len(rows), [(known, padded(child[known] + 1, CHILD_DIGITS))]))

    def _level(self, name: str, at: Longs) -> pa.Array:
        level = self._result.levels.get(name)
        if level is None:
            return decode(np.zeros(len(at), dtype=np.int8), [""])
        names = [each.name for each in comparisons()[name].levels]
        return decode(np.where(level[at] == MISSING, len(names), level[at]), [*names, "missing"])

    def _of_side(self, what: str, rows: Longs) -> pa.Array:
        """What a person sees of one side of a link."""
        shown, people = self._shown, self._shown.people
        made: dict[str, Callable[[], pa.Array]] = {
            "source": lambda: shown.source(rows),
            "name": lambda: shown.name(people.name[rows]),
            "id": lambda: shown.number(people.id1[rows]),
            "birth": lambda: dates(shown.born(rows)),
            "sex": lambda: decode(people.sex[rows], SEXES),
            "guardian": lambda: shown.name(shown.family(rows)),
            "address": lambda: self._address(rows),
        }
        return made[what]() if what in made else shown.text(what, rows)

    def _address(self, rows: Longs) -> pa.Array:
        address = self._shown.text("address", rows)
        return pc.if_else(pc.equal(address, ""), self._shown.text("live_address", rows), address)
