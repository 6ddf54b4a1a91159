"""The model: weights, thresholds and rules as a reviewed TOML file, read once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchers.comparisons import MISSING, Comparison, comparisons
from schemas.fields.name_sounds import Confusions

Levels = Mapping[str, NDArray[np.uint8]]


class ModelError(ValueError):
    """The model file names something that does not exist: which, and where."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of agreement that may be accepted without a person.

    ``allowed[comparison]`` marks the levels (by index, MISSING included) that will do.
    """

    name: str
    label: str
    sure: bool
    allowed: Mapping[str, NDArray[np.bool_]]

    def holds(self, levels: Levels) -> NDArray[np.bool_]:
        """Which pairs fulfil every condition."""
        size = len(next(iter(levels.values())))
        held = np.ones(size, dtype=bool)
        for name, allowed in self.allowed.items():
            held &= allowed[levels[name]] if name in levels else bool(allowed[MISSING])
        return held


@dataclass(frozen=True, slots=True)
class Learnt:
    """Pairs that persons have decided, counted by level, and what the counts are weighed against.

    Attributes:
        links: children known by their number: the counts of ``same`` join as many.
        pairs: pairs that the lists could form: the counts of ``different`` join as many. Decided pairs are
            chosen because they are doubtful; counted among all, they cannot draw a weight far.
        same, different: for each comparison the number of decided pairs of each level.
    """

    links: int
    pairs: int
    same: Mapping[str, NDArray[np.int64]]
    different: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Model:
    """Shares of each level among one person's records (m) and two persons' (u), rules and thresholds.

    ``rules`` by use: "person" between lists, "double" within a list, "pupil" between roll and roster.
    ``confusions``: sounds that the speakers of the place do not tell apart.
    ``prior_m`` and ``prior_u`` are the shares before any decision was counted (``learnt``).
    """

    name: str
    version: str
    sha256: str
    prior_pairs: float
    accept: float
    review: float
    m: Mapping[str, NDArray[np.float64]]
    u: Mapping[str, NDArray[np.float64]]
    rules: Mapping[str, tuple[Rule, ...]]
    confusions: Confusions
    prior_m: Mapping[str, NDArray[np.float64]]
    prior_u: Mapping[str, NDArray[np.float64]]
    learnt: Learnt | None = None

    def taught(self, learnt: Learnt) -> Model:
        """The same model with these decisions counted, in the place of any counted before.

        Conjugate counts: a share that rests on N pairs, and c of n more, is (N * share + c) / (N + n).
        Always from the prior shares, so that the same decisions count once however often they are given.
        """
        m, u = dict(self.prior_m), dict(self.prior_u)
        for shares, counts, size in ((m, learnt.same, learnt.links), (u, learnt.different, learnt.pairs)):
            for name, count in counts.items():
                shares[name] = (size * shares[name] + count) / (size + count.sum())
        return replace(self, m=m, u=u, learnt=learnt)

    def facts(self) -> dict[str, object]:
        """What a report says of the model."""
        return {
            "name": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "thresholds": {"accept": self.accept, "review": self.review},
            "decided_pairs": self._decided(),
            "rules": [
                {"name": rule.name, "label": rule.label, "sure": rule.sure}
                for rules in self.rules.values()
                for rule in rules
            ],
        }

    def _decided(self) -> dict[str, int]:
        """How many decided pairs of each kind the weights rest on: those of the comparison with most."""
        counts = (self.learnt.same, self.learnt.different) if self.learnt else ({}, {})
        most = [max((int(each.sum()) for each in count.values()), default=0) for count in counts]
        return dict(zip(("same", "different"), most, strict=True))


def load_model(name: str = "v1") -> Model:
    """Read a model of this package, e.g. ``v1``. Raises ModelError where it contradicts the comparisons."""
    text = resources.files("matchers").joinpath("models", f"{name}.toml").read_text("utf-8")
    return parse_model(text)


def parse_model(text: str) -> Model:
    """Read a model from TOML text."""
    raw = tomllib.loads(text)
    m: dict[str, NDArray[np.float64]] = {}
    u: dict[str, NDArray[np.float64]] = {}
    for name, entries in raw["levels"].items():
        levels = [level.name for level in _comparison(name).levels]
        if set(entries) != set(levels):
            raise ModelError(f"levels.{name}: {sorted(set(entries) ^ set(levels))} stand on one side only")
        m[name] = np.array([entries[level]["m"] for level in levels])
        u[name] = np.array([entries[level]["u"] for level in levels])
    rules = {use: tuple(_rule(each) for each in entries) for use, entries in raw["rules"].items()}
    model = Model(
        name=raw["name"],
        version=raw["version"],
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        prior_pairs=float(raw["prior_pairs"]),
        accept=float(raw["thresholds"]["accept"]),
        review=float(raw["thresholds"]["review"]),
        m=m,
        u=u,
        rules=rules,
        confusions=_confusions(raw["names"]["confusions"]),
        prior_m=m,
        prior_u=u,
    )
    return model.taught(_learnt(raw["learnt"])) if "learnt" in raw else model


def _learnt(raw: Mapping[str, Any]) -> Learnt:
    counts: dict[str, dict[str, NDArray[np.int64]]] = {"same": {}, "different": {}}
    for kind, entries in counts.items():
        for name, given in raw[kind].items():
            levels = [level.name for level in _comparison(name).levels]
            if set(given) - set(levels):
                raise ModelError(f"learnt.{kind}.{name}: no level {sorted(set(given) - set(levels))}")
            entries[name] = np.array([given.get(level, 0) for level in levels], dtype=np.int64)
    return Learnt(int(raw["links"]), int(raw["pairs"]), counts["same"], counts["different"])


def _confusions(names: Sequence[str]) -> Confusions:
    every = [each.name for each in fields(Confusions)]
    if strange := set(names) - set(every):
        raise ModelError(f"names.confusions: no {sorted(strange)}; there are {every}")
    return Confusions(**{name: name in names for name in every})


def _comparison(name: str) -> Comparison:
    try:
        return comparisons()[name]
    except KeyError as error:
        raise ModelError(f"there is no comparison {name!r}") from error


def _rule(raw: Mapping[str, object]) -> Rule:
    conditions = {key: str(text) for key, text in raw.items() if key not in ("rule", "label", "sure")}
    allowed = {name: _allowed(str(raw["rule"]), name, text) for name, text in conditions.items()}
    return Rule(str(raw["rule"]), str(raw["label"]), bool(raw.get("sure", False)), allowed)


def _allowed(rule: str, comparison: str, text: str) -> NDArray[np.bool_]:
    levels = [level.name for level in _comparison(comparison).levels]
    marks = np.zeros(256, dtype=bool)
    for token in text.split():
        word = token.removesuffix("+")
        if word == "missing":
            marks[MISSING] = True
        elif word not in levels:
            raise ModelError(f"rule {rule}: comparison {comparison} has no level {word!r}")
        elif token.endswith("+"):
            marks[levels.index(word) : len(levels)] = True
        else:
            marks[levels.index(word)] = True
    return marks
