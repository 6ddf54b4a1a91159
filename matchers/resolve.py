"""Records -> persons: one child on four lists is one child, and a pupil on two rolls one pupil.

A wrong merge can lose a child, a missed one shows a child twice. Rows of one list are therefore merged
only by the model's "double" rules; rows of different lists by its "person" rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matchers.comparisons import MISSING, household, place
from matchers.comparisons import birth as birth_comparison
from matchers.comparisons import name as name_comparison
from matchers.decided import CONFIRMED, Decided, made_without
from matchers.id_table import VALID
from matchers.model import Levels, Model, Rule
from matchers.pairs import Pairs, components
from matchers.people import Flags, Longs, People
from matchers.run import SURE, SURE_BITS, Result, run
from matchers.steps.s2_deterministic import sure_pairs
from matchers.steps.s3_block import DOUBLE_KEYS, candidates
from matchers.steps.s4_compare import compare
from matchers.steps.s5_score import count_shares, weights
from matchers.steps.s6_assign import probabilities
from matchers.steps.s7_household import same_family
from matchers.steps.s8_decide import ACCEPTED, NO_RULE, NOTHING, REVIEW, rule_of


@dataclass(slots=True)
class Persons:
    """Which records are one person: ``code[row]`` is the lowest row of the person.

    ``links`` are the results that joined them and the doubtful ones that did not; ``doubles`` the pairs of
    rows of one side that are, or may be, two registrations of one child.
    """

    code: Longs
    links: list[Result] = field(default_factory=list)
    doubles: list[Pairs] = field(default_factory=list)
    decided: Decided = field(default_factory=Decided)

    def beside(self, other: Persons) -> Persons:
        """These and those of another side: no record is in both, so the lower code is the one found."""
        code = np.minimum(self.code, other.code)
        return Persons(code, self.links + other.links, self.doubles + other.doubles, self.decided)

    def join(self, pairs: Pairs) -> Flags:
        """Say that the records in each pair are one person; returns which were joined.

        Records that a person has told apart never come together, by whatever pairs.
        """
        made = made_without(self.code, pairs, self.decided.different)
        pairs = pairs.take(made)
        together = components(len(self.code), self.code[pairs.left], self.code[pairs.right])
        self.code = together[self.code]
        return made


def resolve(people: People, base: Longs, others: Longs, model: Model, decided: Decided) -> Persons:
    """Resolve the rows of one side into persons; each record of another side stays one of its own.

    Args:
        base: rows of the list that the others are held against (the household register, the roll).
        others: rows of the other lists of the side; each joins a base person, one of its own kind, or none.
    """
    persons = Persons(np.arange(len(people), dtype=np.int64), decided=decided)
    rows = np.concatenate([base, others])
    _confirmed(people, rows, persons)
    _same_number(people, rows, model, persons)
    _doubles(people, base, model, persons)
    known = np.zeros(len(people), dtype=bool)
    known[persons.code[base]] = True
    alone = others[~known[persons.code[others]]]
    if len(alone) and len(base):
        _join(people, alone, rows[known[persons.code[rows]]], model, persons)
        known[persons.code[base]] = True
        alone = others[~known[persons.code[others]]]
    if len(alone) > 1:
        _doubles(people, alone, model, persons)
    return persons


def _join(people: People, left: Longs, right: Longs, model: Model, persons: Persons) -> None:
    result = run(
        people, left, right, persons.code, model, one_to_one=False, families=False, decided=persons.decided
    )
    accepted = np.flatnonzero(result.decision == ACCEPTED)
    made = persons.join(result.pairs.take(accepted))
    result.decision[accepted[~made]] = NOTHING
    persons.links.append(result)


def _same_number(people: People, rows: Longs, model: Model, persons: Persons) -> None:
    """The same valid number and a name that fits; within one file the name must be the very same."""
    pairs = sure_pairs(people, rows, rows, model.rules["person"])
    pairs = pairs.take(fit_in_file(people, pairs))
    pairs = pairs.take(persons.join(pairs))
    persons.doubles.append(pairs.take(twice(people, pairs)))
    rules = tuple(rule for rule in model.rules["person"] if rule.sure)
    persons.links.append(_sure(people, pairs, rules))


def twice(people: People, pairs: Pairs) -> Flags:
    """Pairs of one number in a register or on the rolls: worth a word; on lists of aid it is usual."""
    registers = np.isin(people.kind, [people.kinds.index(kind) for kind in ("household", "roll")])
    result: Flags = registers[pairs.left] & (people.kind[pairs.left] == people.kind[pairs.right])
    return result


def fit_in_file(people: People, pairs: Pairs) -> Flags:
    """Pairs of two files, and those of one file with the very same name."""
    names = compare(people, pairs, ("name",))["name"]
    result: Flags = (people.file[pairs.left] != people.file[pairs.right]) | (names >= name_comparison.VARIANT)
    return result


def _confirmed(people: People, rows: Longs, persons: Persons) -> None:
    """What a person has confirmed comes before anything else."""
    pairs = persons.decided.confirmed(rows, rows, persons.code)
    if len(pairs):
        persons.links.append(_sure(people, pairs.take(persons.join(pairs)), (CONFIRMED,)))


def _sure(people: People, pairs: Pairs, rules: tuple[Rule, ...]) -> Result:
    """Links that need no weighing, all by the first of the rules."""
    size = len(pairs)
    return Result(
        pairs=pairs,
        left=pairs.left,
        right=pairs.right,
        levels=compare(people, pairs),
        weight=np.full(size, SURE_BITS),
        probability=np.full(size, SURE),
        rule=np.zeros(size, dtype=np.int16),
        decision=np.full(size, ACCEPTED, dtype=np.uint8),
        rules=rules,
    )


def _doubles(people: People, rows: Longs, model: Model, persons: Persons) -> None:
    """Two registrations of one child within one kind of list."""
    pairs, _ = candidates(people, rows, rows, DOUBLE_KEYS)
    pairs = pairs.take(persons.code[pairs.left] != persons.code[pairs.right])
    pairs = persons.decided.allowed(pairs, persons.code)
    if not len(pairs):
        return
    rules = model.rules["double"]
    pairs = pairs.take(hopeful(people, pairs, model))
    levels = compare(people, pairs)
    rule = rule_of(levels, rules)
    parts = weights(people, pairs, levels, model, count_shares(people, rows, rows))
    weight = np.sum(list(parts.values()), axis=0)
    probability = probabilities(pairs.left, pairs.right, weight, len(rows), len(rows), one_to_one=False)
    decision = decide_double(levels, rule, probability, in_one_household(people, pairs), model)
    left, right = persons.code[pairs.left], persons.code[pairs.right]
    merged = np.flatnonzero(decision == ACCEPTED)
    decision[merged[~persons.join(pairs.take(merged))]] = NOTHING
    told = np.flatnonzero(decision)
    result = Result(
        pairs=pairs.take(told),
        left=left[told],
        right=right[told],
        levels={name: level[told] for name, level in levels.items()},
        weight=weight[told],
        parts={name: bits[told].astype(np.float32) for name, bits in parts.items()},
        probability=probability[told],
        rule=rule[told],
        decision=decision[told],
        rules=rules,
    )
    persons.doubles.append(result.pairs)
    persons.links.append(result)


def hopeful(people: People, pairs: Pairs, model: Model) -> Flags:
    """Siblings share most keys: the name, which every rule asks for, tells most of them apart at once."""
    wanted = np.any([each.allowed["name"] for each in model.rules["double"]], axis=0)
    result: Flags = wanted[compare(people, pairs, ("name",))["name"]]
    return result


def decide_double(
    levels: Levels, rule: NDArray[np.int16], probability: NDArray[np.float64], apart: Flags, model: Model
) -> NDArray[np.uint8]:
    """What becomes of pairs of one list; ``apart`` as ``in_one_household`` says."""
    certain = (rule != NO_RULE) & (probability >= model.accept) & ~apart
    doubtful = _may_be_one(levels, probability >= model.review)
    return np.where(certain, ACCEPTED, np.where(doubtful, REVIEW, NOTHING)).astype(np.uint8)


def in_one_household(people: People, pairs: Pairs) -> Flags:
    """Pairs with two valid numbers in one household: a register holds a child once, so these may be two.

    Two registrations of one child lie in different households, or the register would have refused them.
    """
    valid = people.ids.state[people.id1] == VALID
    unlike = valid[pairs.left] & valid[pairs.right] & (people.id1[pairs.left] != people.id1[pairs.right])
    result: Flags = unlike & same_family(people, pairs.left, pairs.right)
    return result


def _may_be_one(levels: Levels, likely: Flags) -> Flags:
    """A person should see these: one name, and one birthday, telephone or number of a parent.

    Two strangers with one name and one birthday are rarer in a county than children who are registered
    twice (duplicate registrations cancelled 2014 to 2017: 3.1 million, domain notes 5.1). A parent's name
    or a house tells less: hundreds of 卓玛 have a father called 扎西. There the birthday may not be quite
    another, and the pair must be ``likely``, which names that are common are not.
    """
    name = (levels["name"] >= name_comparison.VARIANT) & (levels["name"] != MISSING)
    family = np.where(levels["household"] == MISSING, household.DIFFERENT, levels["household"])
    house = (levels["place"] >= place.HOUSE) & (levels["place"] != MISSING)
    # A missing birthday, 255, is none that disagrees.
    near = likely & (levels["birth"] >= birth_comparison.ONE_PART)
    told = (levels["birth"] == birth_comparison.EQUAL) | (family >= household.PHONE)
    result: Flags = name & (told | (near & ((family >= household.NAME) | house)))
    return result
