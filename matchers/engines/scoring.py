"""What is done with pairs that have both records beside them: of any pairs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from matchers.engines.orders import Orders
from matchers.engines.tables import PAIR, Table, array, columns, shaped
from matchers.engines.wire import Desk, shares_of
from matchers.model import Model
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
        """The columns of a pair that was scored."""
        return [
            *PAIR,
            ("rules", pa.int64()),
            *((f"level_{name}", pa.int16()) for name in self.comparing),
            *((f"part_{name}", pa.float32()) for name in self.comparing),
            ("weight", pa.float64()),
            ("rule", pa.int32()),
        ]

    def pairs(self, table: Table) -> tuple[People, Pairs, list[dict[str, pa.Array]]]:
        """The records of pairs that came with both sides beside them, and the pairs."""
        sides = [columns(table, prefix) for prefix in ("l_", "r_")]
        size = table.num_rows
        people = self.desk.people(*sides)
        rules = array(table, "rules").view(np.uint64)
        return people, Pairs(np.arange(size), np.arange(size, 2 * size), rules), sides

    def sure_schema(self) -> list[tuple[str, pa.DataType]]:
        """The columns of a sure pair: those of a pair that was scored, and its birthdays as written."""
        return [*self.schema(), ("written", pa.int16())]

    def sure(self, table: Table) -> Table:
        """The pairs whose names fit, as a sure link asks, with their levels: of any pairs."""
        table = self.orders.allowed(table)
        people, pairs, _ = self.pairs(table)
        rule = next(each for each in self.model.rules[self.use] if each.sure)
        held = rule.holds(compare(people, pairs, tuple(rule.allowed)))
        table = table.filter(pa.array(held))
        births = (array(table, f"{side}_birth").astype(np.int32) for side in ("l", "r"))
        return self.bare(table).append_column("written", pa.array(written_birth(*births)).cast(pa.int16()))

    def same_number(self, table: Table) -> Table:
        """The pairs of one side with one number that are one person: of any pairs."""
        people, pairs, _ = self.pairs(table)
        rule = next(each for each in self.model.rules[self.use] if each.sure)
        held = rule.holds(compare(people, pairs, tuple(rule.allowed))) & fit_in_file(people, pairs)
        return given(self, 0, self.bare(table.filter(pa.array(held))))

    def confirmed(self, table: Table) -> Table:
        """The pairs that a person has confirmed, as a result by that alone: of any pairs."""
        return given(self, 0, self.bare(table))

    def doubles(self, table: Table) -> Table:
        """Levels, weight and rule of pairs of one list whose names may do: of any pairs."""
        table = self.orders.allowed(table)
        people, pairs, _ = self.pairs(table)
        table = table.filter(pa.array(hopeful(people, pairs, self.model)))
        people, pairs, _ = self.pairs(table)
        apart = pa.array(in_one_household(people, pairs))
        return self.score(table).append_column("apart", apart)

    def counts(self, table: Table) -> Table:
        """The levels of sure links, counted: of any sure links; counts may be added."""
        levels = {name: array(table, f"level_{name}").astype(np.uint8) for name in self.comparing}
        found = level_counts(levels, array(table, "written").astype(np.uint8), self.model)
        rows = [(name, level, int(n)) for name, each in found.items() for level, n in enumerate(each)]
        return pa.table(
            [pa.array(each) for each in zip(*rows, strict=True)], names=["name", "level", "count"]
        )

    def score(self, table: Table) -> Table:
        """Levels, weight and its parts, and the rule of each pair: of any pairs."""
        table = self.orders.allowed(table)
        people, pairs, sides = self.pairs(table)
        levels = compare(people, pairs, self.comparing)
        shares = shares_of(people, sides, share_of, self.totals)
        parts = weights(people, pairs, levels, self.model, shares)
        weight = np.zeros(len(pairs))
        for each in parts.values():
            weight += each
        made: dict[str, Any] = {f"level_{name}": level for name, level in levels.items()}
        made |= {f"part_{name}": bits for name, bits in parts.items()}
        made |= {"weight": weight, "rule": rule_of(levels, self.model.rules[self.use])}
        return shaped(table, made, self.schema())

    def bare(self, table: Table) -> Table:
        """The levels of sure links, which are not weighed: of any pairs."""
        people, pairs, _ = self.pairs(table)
        levels = compare(people, pairs, self.comparing)
        made: dict[str, Any] = {f"level_{name}": level for name, level in levels.items()}
        none = np.full(len(pairs), np.nan)
        made |= {f"part_{name}": none for name in levels} | {"weight": none, "rule": np.zeros(len(pairs))}
        return shaped(table, made, self.schema())


def given(scoring: Scoring, rule: int, table: Table) -> Table:
    """Pairs that need no weighing, as a result: of any pairs."""
    size = table.num_rows
    made = {"weight": np.full(size, SURE_BITS), "probability": np.full(size, SURE)}
    made |= {"rule": np.full(size, rule), "decision": np.full(size, ACCEPTED)}
    return shaped(table, made, result_schema(scoring))


def result_schema(scoring: Scoring) -> list[tuple[str, pa.DataType]]:
    """The columns of links as they are told."""
    return [*scoring.schema(), ("probability", pa.float64()), ("decision", pa.int16())]
