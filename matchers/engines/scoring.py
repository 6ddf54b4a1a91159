"""What is done with pairs whose records are at hand: of any pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matchers.engines.orders import Orders
from matchers.engines.packed import Layout, pack, unpack
from matchers.engines.pairing import once
from matchers.engines.records import met
from matchers.engines.tables import BARE, Table, array, shaped, whole
from matchers.engines.wire import Columns, Desk, shares_of
from matchers.model import Levels, Model, Rule
from matchers.pairs import Pairs
from matchers.people import People
from matchers.resolve import fit_in_file, hopeful, in_one_household
from matchers.run import SURE, SURE_BITS
from matchers.steps.s4_compare import compare
from matchers.steps.s5_score import level_counts, share_of, weights, written_birth
from matchers.steps.s8_decide import ACCEPTED, rule_of


@dataclass(frozen=True)
class Scoring:
    """What pairs are compared by and weighed with.

    Attributes:
        desk: how records are read. model: weights, refined. comparing: names of comparisons.
        use: which of the model's rules decide. totals: as for ``shares_of``.
        orders: what persons have decided; pairs that they refused are not compared.
    """

    desk: Desk
    model: Model
    comparing: tuple[str, ...]
    use: str
    totals: tuple[int, int, int] = (0, 0, 0)
    orders: Orders = field(default_factory=Orders)

    def schema(self) -> list[tuple[str, pa.DataType]]:
        """The columns of a pair that was scored: its levels and parts are packed as ``scores``."""
        return [*BARE, ("scores", pa.binary()), ("weight", pa.float64()), ("rule", pa.int32())]

    def sure_schema(self) -> list[tuple[str, pa.DataType]]:
        """The columns of a sure pair: those of a pair that was scored, and its birthdays as written."""
        return [*self.schema(), ("written", pa.int16())]

    def sure(self, table: Table, rows: Table) -> Table:
        """The pairs whose names fit, as a sure link asks, with their levels: of any pairs."""
        table = self.orders.allowed(once(table))
        people, pairs, _ = met(self.desk, table, rows)
        held = self._sure_rule().holds(compare(people, pairs, tuple(self._sure_rule().allowed)))
        table, pairs = table.filter(pa.array(held)), pairs.take(held)
        written = written_birth(people.birth[pairs.left], people.birth[pairs.right])
        bare = self._bare(table, compare(people, pairs, self.comparing))
        return bare.append_column("written", pa.array(written).cast(pa.int16()))

    def same_number(self, table: Table, rows: Table) -> Table:
        """The pairs of one side with one number that are one person, as links: of any pairs."""
        table = once(table)
        people, pairs, _ = met(self.desk, table, rows)
        held = self._sure_rule().holds(compare(people, pairs, tuple(self._sure_rule().allowed)))
        held &= fit_in_file(people, pairs)
        levels = compare(people, pairs.take(held), self.comparing)
        return given(self, 0, self._bare(table.filter(pa.array(held)), levels))

    def bare(self, table: Table, rows: Table) -> Table:
        """Pairs that need no weighing, with their levels: of any pairs."""
        people, pairs, _ = met(self.desk, table, rows)
        return self._bare(table, compare(people, pairs, self.comparing))

    def confirmed(self, table: Table, rows: Table) -> Table:
        """The pairs that a person has confirmed, as links by that alone: of any pairs."""
        return given(self, 0, self.bare(table, rows))

    def doubles(self, table: Table, rows: Table) -> Table:
        """Levels, weight and rule of pairs of one list whose names may do: of any pairs."""
        table = self.orders.allowed(once(table))
        people, pairs, held = met(self.desk, table, rows)
        may = hopeful(people, pairs, self.model)
        table, pairs = table.filter(pa.array(may)), pairs.take(may)
        apart = pa.array(in_one_household(people, pairs))
        return self._scored(table, people, pairs, held).append_column("apart", apart)

    def score(self, table: Table, rows: Table) -> Table:
        """Levels, weight and its parts, and the rule of each pair: of any pairs."""
        table = self.orders.allowed(once(table))
        return self._scored(table, *met(self.desk, table, rows))

    def counts(self, table: Table) -> Table:
        """The levels of sure links, counted: of any sure links; counts may be added."""
        found = level_counts(self.levels(table), array(table, "written").astype(np.uint8), self.model)
        rows = [(name, level, int(n)) for name, each in found.items() for level, n in enumerate(each)]
        return pa.table(
            [pa.array(each) for each in zip(*rows, strict=True)], names=["name", "level", "count"]
        )

    def levels(self, table: Table) -> Levels:
        """The levels of pairs that were scored."""
        held = unpack(whole(table.column("scores")), self._layout())
        return {name: held[f"level_{name}"] for name in self.comparing}

    def parts(self, table: Table) -> dict[str, NDArray[np.float32]]:
        """What each comparison adds to the weight of pairs that were scored."""
        held = unpack(whole(table.column("scores")), self._layout())
        return {name: held[f"part_{name}"] for name in self.comparing}

    def _sure_rule(self) -> Rule:
        return next(each for each in self.model.rules[self.use] if each.sure)

    def _scored(self, table: Table, people: People, pairs: Pairs, held: Columns) -> Table:
        levels = compare(people, pairs, self.comparing)
        parts = weights(people, pairs, levels, self.model, shares_of(people, held, share_of, self.totals))
        weight = np.zeros(len(pairs))
        for each in parts.values():
            weight += each
        made = {"scores": self._packed(levels, parts), "weight": weight}
        return shaped(table, made | {"rule": rule_of(levels, self.model.rules[self.use])}, self.schema())

    def _bare(self, table: Table, levels: Levels) -> Table:
        """Sure links, which are not weighed."""
        none = np.full(table.num_rows, np.nan)
        made = {"scores": self._packed(levels, dict.fromkeys(levels, none)), "weight": none}
        return shaped(table, made | {"rule": np.zeros(len(none))}, self.schema())

    def _layout(self) -> Layout:
        levels = [(f"level_{name}", np.uint8) for name in self.comparing]
        return [*levels, *((f"part_{name}", np.float32) for name in self.comparing)]

    def _packed(self, levels: Levels, parts: Mapping[str, Any]) -> pa.Array:
        made = {f"level_{name}": levels[name] for name in self.comparing}
        return pack(made | {f"part_{name}": parts[name] for name in self.comparing}, self._layout())


def given(scoring: Scoring, rule: int, table: Table) -> Table:
    """Pairs that need no weighing, as a result: of any pairs."""
    size = table.num_rows
    made = {"weight": np.full(size, SURE_BITS), "probability": np.full(size, SURE)}
    made |= {"rule": np.full(size, rule), "decision": np.full(size, ACCEPTED)}
    return shaped(table, made, result_schema(scoring))


def result_schema(scoring: Scoring) -> list[tuple[str, pa.DataType]]:
    """The columns of links as they are told."""
    return [*scoring.schema(), ("probability", pa.float64()), ("decision", pa.int16())]
