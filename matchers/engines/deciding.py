"""What is done with pairs of which all rivals are at hand: settling, doubles, claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchers.attendance import may_claim
from matchers.engines.scoring import Scoring, given, result_schema
from matchers.engines.tables import BARE, Table, array, changed, dense, in_order, shaped
from matchers.people import Longs
from matchers.resolve import decide_double
from matchers.run import contested
from matchers.second_look import worth_a_look
from matchers.steps.s6_assign import FREE, best_of_each, of_one_side, strongest
from matchers.steps.s8_decide import ACCEPTED, NOTHING, REVIEW, decide

SETTLED = [
    ("share", pa.float64()),
    ("probability", pa.float64()),
    ("decision", pa.int16()),
    ("open", pa.bool_()),
]


SECOND_LOOK = [*BARE, ("probability", pa.float64())]


@dataclass(frozen=True)
class Settling:
    """One round of settling who is whose partner, of whom all pairs are at hand.

    Attributes:
        scoring: what pairs are weighed with, and whose thresholds decide.
        sizes: persons of the left and of the right side.
        free: share of them who are expected to have a partner.
    """

    scoring: Scoring
    sizes: tuple[int, int]
    free: float
    one_to_one: bool

    def schema(self) -> list[tuple[str, pa.DataType]]:
        """The columns of pairs that are being settled."""
        return [*self.scoring.schema(), *SETTLED]

    def scored(self, table: Table, rows: Table) -> Table:
        """Pairs weighed, and begun to be settled: of left persons, all pairs."""
        return self.begin(self.scoring.score(table, rows))

    def begin(self, table: Table) -> Table:
        """The best record pair of each two persons: of left persons, all pairs."""
        table = in_order(table)
        left, right = dense(table, "lp"), dense(table, "rp")
        best = best_of_each(left, right, array(table, "weight"))
        table = table.take(pa.array(best))
        size = table.num_rows
        made = {"share": np.zeros(size), "probability": np.zeros(size)}
        made |= {"decision": np.full(size, NOTHING), "open": np.ones(size, dtype=bool)}
        return self.left(shaped(table, made, self.schema()))

    def left(self, table: Table) -> Table:
        """What the left persons' pairs leave to each other: of left persons, all pairs."""
        table = in_order(table)
        left = dense(table, "lp")
        still = self._still_open(table, left)
        share = array(table, "share").copy()
        share[still] = of_one_side(left[still], array(table, "weight")[still], self.sizes[1], self.free)
        return changed(table, {"share": share, "open": still})

    def right(self, table: Table) -> Table:
        """What becomes of each open pair: of right persons, all pairs."""
        table = in_order(table)
        at = np.flatnonzero(array(table, "open"))
        left, right = dense(table, "lp")[at], dense(table, "rp")[at]
        share = array(table, "share")[at]
        if self.one_to_one:
            share = np.minimum(
                share, of_one_side(right, array(table, "weight")[at], self.sizes[0], self.free)
            )
        levels = {name: level[at] for name, level in self.scoring.levels(table).items()}
        told = decide(
            left, right, levels, share, array(table, "rule")[at].astype(np.int16), self.scoring.model
        )
        probability, decision = array(table, "probability").copy(), array(table, "decision").copy()
        probability[at], decision[at] = share, told
        table = changed(table, {"probability": probability, "decision": decision})
        return changed(table, {"open": self._still_open(table, dense(table, "rp"))})

    def end(self, table: Table) -> Table:
        """Two claim one and neither is sure: who has no other goes to review. Of left persons, all pairs."""
        table = in_order(table)
        left = dense(table, "lp")
        decision = array(table, "decision").copy()
        at = np.flatnonzero(self._still_open(table, left))
        if self.one_to_one and len(at):
            alone = of_one_side(left[at], array(table, "weight")[at], self.sizes[1], self.free)
            without = ~np.isin(left[at], left[decision != NOTHING])
            decision[at[without & (alone >= self.scoring.model.review)]] = REVIEW
        return changed(table, {"decision": decision})

    def _still_open(self, table: Table, side: Longs) -> NDArray[np.bool_]:
        settled = side[array(table, "decision") == ACCEPTED]
        still: NDArray[np.bool_] = array(table, "open") & ~np.isin(side, settled)
        return still


def decided_doubles(scorings: Sequence[Scoring], table: Table, rows: Table) -> Table:
    """What becomes of pairs of one side each (``at``), weighed by its scoring: of left records, all pairs."""
    number, first = np.unique(array(rows, "row"), return_index=True)
    side = array(rows, "at")[first[np.searchsorted(number, array(table, "left"))]]
    return pa.concat_tables(
        [
            _decided(
                scoring, table.filter(pa.array(side == at)), rows.filter(pa.array(array(rows, "at") == at))
            )
            for at, scoring in enumerate(scorings)
        ]
    )


def _decided(scoring: Scoring, table: Table, rows: Table) -> Table:
    table = in_order(scoring.doubles(table, rows))
    share = of_one_side(dense(table, "left"), array(table, "weight"), scoring.totals[0], FREE)
    rule = array(table, "rule").astype(np.int16)
    decision = decide_double(scoring.levels(table), rule, share, array(table, "apart"), scoring.model)
    made = {"probability": share, "decision": decision}
    return shaped(table, made, result_schema(scoring)).filter(pa.array(decision != NOTHING))


def first_of_each(scoring: Scoring, rule: int, table: Table) -> Table:
    """The first sure pair of each two persons, as a result: of left persons, all pairs."""
    table = in_order(table)
    size = table.num_rows
    first = best_of_each(dense(table, "lp"), dense(table, "rp"), np.zeros(size))
    return given(scoring, rule, table.take(pa.array(first)))


def uncontested(table: Table) -> Table:
    """The sure pairs whose right person one left person claims: of right persons, all pairs."""
    return table.filter(pa.array(~contested(dense(table, "lp"), dense(table, "rp"))))


def second_looked(scoring: Scoring, pupils: int, table: Table, rows: Table) -> Table:
    """What a second look has found among ``pupils`` who are taken: of left persons, all pairs."""
    table = in_order(scoring.score(table, rows))
    left, right = dense(table, "lp"), dense(table, "rp")
    table = table.take(pa.array(best_of_each(left, right, array(table, "weight"))))
    chance = of_one_side(dense(table, "lp"), array(table, "weight"), pupils, FREE)
    table = table.append_column("probability", pa.array(np.minimum(chance, 1)))
    kept = worth_a_look(scoring.levels(table), chance, scoring.model)
    return table.filter(pa.array(kept)).select([name for name, _ in SECOND_LOOK])


def claimants(others: int, table: Table) -> Table:
    """The doubtful links that may show a pupil, of whom ``others`` are in doubt: of any links."""
    return table.filter(pa.array(may_claim(array(table, "weight"), others)))


def claimed(table: Table) -> Table:
    """Of links strongest first, those that one-to-one leaves: of groups of persons, all links."""
    table = in_order(table)
    order = np.argsort(-array(table, "weight"), kind="stable")
    table = table.take(pa.array(order))
    taken = strongest(dense(table, "lp"), dense(table, "rp"))
    return table.take(pa.array(taken)).select(["left", "right"])
