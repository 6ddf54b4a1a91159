"""A model as TOML text that reads back as the same model, bit for bit; and what differs between two."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from matchers.comparisons import MISSING, comparisons
from matchers.model import Learnt, Model, Rule

HEAD = (
    "# The model of one run: shares of each level among one person's records (m) and two persons' (u), what",
    "# persons have decided (learnt), thresholds and rules. Given back by --model, with the same lists and",
    "# the same decisions, it gives the same result.",
)


def model_text(model: Model) -> str:
    """The model as TOML: the shares before decisions, and the decisions as counts."""
    lines = [*HEAD, f"name = {_quoted(model.name)}", f"version = {_quoted(model.version)}"]
    lines.append(f"prior_pairs = {model.prior_pairs!r}")
    lines += ["", "[names]", f"confusions = [{', '.join(map(_quoted, _confusions(model)))}]"]
    for name in model.prior_m:
        lines += ["", f"[levels.{name}]"]
        for level, m, u in zip(
            _levels(name), model.prior_m[name].tolist(), model.prior_u[name].tolist(), strict=True
        ):
            lines.append(f"{level} = {{ m = {m!r}, u = {u!r} }}")
    lines += ["", "[thresholds]", f"accept = {model.accept!r}", f"review = {model.review!r}"]
    for use, rules in model.rules.items():
        for rule in rules:
            lines += ["", f"[[rules.{use}]]", *_rule_lines(rule)]
    if model.learnt:
        lines += ["", "[learnt]", f"links = {model.learnt.links}", f"pairs = {model.learnt.pairs}"]
        for kind, counts in _kinds(model.learnt):
            lines += ["", f"[learnt.{kind}]"]
            for name, count in counts.items():
                told = ", ".join(
                    f"{level} = {n}" for level, n in zip(_levels(name), count.tolist(), strict=True) if n
                )
                lines.append(f"{name} = {{ {told} }}")
    return "\n".join(lines) + "\n"


def _confusions(model: Model) -> list[str]:
    return [name for name, on in asdict(model.confusions).items() if on]


Shares = Mapping[str, NDArray[np.float64]]


def _shares(name: str, m: Shares, u: Shares) -> Iterator[tuple[str, float, float]]:
    return zip(_levels(name), m[name].tolist(), u[name].tolist(), strict=True)


def _kinds(learnt: Learnt) -> tuple[tuple[str, Mapping[str, NDArray[np.int64]]], ...]:
    return ("same", learnt.same), ("different", learnt.different)


def _quoted(text: str) -> str:
    """A TOML basic string; its escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)


def _levels(comparison: str) -> list[str]:
    return [level.name for level in comparisons()[comparison].levels]


def _rule_lines(rule: Rule) -> Iterator[str]:
    yield f"rule = {_quoted(rule.name)}"
    yield f"label = {_quoted(rule.label)}"
    if rule.sure:
        yield "sure = true"
    for name, allowed in rule.allowed.items():
        words = [level for number, level in enumerate(_levels(name)) if allowed[number]]
        words += ["missing"] if allowed[MISSING] else []
        yield f"{name} = {_quoted(' '.join(words))}"


def differences(one: Model, other: Model) -> list[tuple[str, str, str]]:
    """What differs, as (where, in one, in the other); weights in bits. A side that lacks it is empty."""
    first, second = _facts(one), _facts(other)
    return [
        (where, first.get(where, ""), second.get(where, ""))
        for where in {**first, **second}
        if first.get(where) != second.get(where)
    ]


def _facts(model: Model) -> dict[str, str]:
    facts = {
        "name": model.name,
        "version": model.version,
        "prior_pairs": f"{model.prior_pairs:g}",
        "names.confusions": " ".join(_confusions(model)),
        "thresholds.accept": repr(model.accept),
        "thresholds.review": repr(model.review),
    }
    for name in model.m:
        for level, m, u in _shares(name, model.m, model.u):
            facts[f"levels.{name}.{level}"] = f"m={m:.6g} u={u:.6g} {np.log2(m / u):+.2f} bit"
    for use, rules in model.rules.items():
        facts[f"rules.{use}"] = " ".join(rule.name for rule in rules)
        for rule in rules:
            facts[f"rules.{use}.{rule.name}"] = "; ".join(_rule_lines(rule))
    if model.learnt:
        facts |= {"learnt.links": str(model.learnt.links), "learnt.pairs": str(model.learnt.pairs)}
        for kind, counts in _kinds(model.learnt):
            for name, count in counts.items():
                for level, n in zip(_levels(name), count.tolist(), strict=True):
                    facts |= {f"learnt.{kind}.{name}.{level}": str(n)} if n else {}
    return facts
