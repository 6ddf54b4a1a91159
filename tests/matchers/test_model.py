"""The model file: what it contradicts is named, and rules say what they are read to say."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from matchers import ModelError, load_model, screen
from matchers.comparisons import MISSING, comparisons
from matchers.model import parse_model
from matchers.steps.s8_decide import NO_RULE, rule_of
from tests.matchers.county import AS_OF, County, family, known_at_school

TEXT = resources.files("matchers").joinpath("models", "v1.toml").read_text("utf-8")
MODEL = load_model()


def rule(condition: str) -> str:
    return f'{TEXT}\n[[rules.person]]\nrule = "extra"\nlabel = "x"\n{condition}\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"{TEXT}\n[levels.shoe]\nequal = {{ m = 0.5, u = 0.5 }}\n", ["shoe"]),
        (TEXT.replace("[levels.sex]", "[levels.sex]\nalike = { m = 0.1, u = 0.1 }"), ["sex", "alike"]),
        (TEXT.replace("lunar     =", "moon      ="), ["birth", "lunar", "moon"]),
        (TEXT.replace('["retroflex", ', '["tones", '), ["names.confusions", "tones"]),
        (rule('name = "identical"'), ["extra", "name", "identical"]),
        (rule('name = "exact sound- missing"'), ["extra", "sound-"]),
        (rule('shoe = "equal"'), ["shoe"]),
    ],
    ids=[
        "comparison",
        "level too many",
        "level renamed",
        "confusion",
        "level in a rule",
        "sign in a rule",
        "comparison in a rule",
    ],
)
def test_what_does_not_exist_is_named(text: str, named: list[str]) -> None:
    with pytest.raises(ModelError) as raised:
        parse_model(text)
    assert all(word in str(raised.value) for word in named)


def test_an_unknown_model_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load_model("v0")


def test_the_hash_is_that_of_the_text() -> None:
    assert parse_model(TEXT).sha256 == MODEL.sha256
    assert parse_model(TEXT + "\n# a remark\n").sha256 != MODEL.sha256


def test_sounds_that_the_place_tells_apart_make_no_likeness() -> None:
    """凌 and 林 are of one sound where -ing and -in are not told apart, and only there."""
    county = County()
    county.registered("凌小山", birth_date="2016-03-01", **family())
    county.pupil("林小山", birth_date="2016-03-01", **known_at_school())
    found = {}
    for kept in ('"retroflex", "lateral", "labial", "nasal"', '"retroflex", "lateral", "labial"'):
        used = parse_model(TEXT.replace('"retroflex", "lateral", "labial", "nasal"', kept))
        links = screen(county.records(), as_of=AS_OF, model=used).links
        found[used.confusions.nasal] = links["level_name"].tolist()
    assert found[True] == ["fuzzy_sound"]
    assert found[False] != ["fuzzy_sound"]


def test_facts_name_every_rule() -> None:
    facts = MODEL.facts()
    names = [each.name for rules in MODEL.rules.values() for each in rules]
    assert [each["name"] for each in facts["rules"]] == names  # type: ignore[attr-defined]
    assert len(set(names)) == len(names), "a rule's name stands in every result: it must be one rule's"
    assert all(each.label for rules in MODEL.rules.values() for each in rules)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('sex = "equal"', {"equal"}),
        ('sex = "equal missing"', {"equal", "missing"}),
        ('household = "phone+"', {"phone", "number", "two"}),
        ('household = "phone+ missing"', {"phone", "number", "two", "missing"}),
        ('household = "name two"', {"name", "two"}),
    ],
)
def test_conditions(condition: str, holds: set[str]) -> None:
    extra = parse_model(rule(condition)).rules["person"][-1]
    name = condition.split(" ", 1)[0]
    levels = [each.name for each in comparisons()[name].levels]
    marks = np.array([*range(len(levels)), MISSING], dtype=np.uint8)
    held = extra.holds({name: marks})
    assert {each for each, yes in zip([*levels, "missing"], held.tolist(), strict=True) if yes} == holds


def test_the_first_rule_that_holds_names_the_link() -> None:
    rules = MODEL.rules["person"]
    names = {name: comparisons()[name] for name in comparisons()}
    exact = {name: np.array([len(each.levels) - 1, MISSING], dtype=np.uint8) for name, each in names.items()}
    assert rule_of(exact, rules).tolist() == [0, NO_RULE]


def test_no_rule_accepts_where_nothing_is_known_but_a_name() -> None:
    """A name alone must never take a child off the list, whatever the rules come to say."""
    levels = {name: np.array([MISSING], dtype=np.uint8) for name in comparisons()}
    levels["name"] = np.array([comparisons()["name"].level("exact")], dtype=np.uint8)
    for use in ("person", "double", "pupil"):
        assert rule_of(levels, MODEL.rules[use]).tolist() == [NO_RULE], use


def test_no_rule_accepts_two_valid_numbers_that_differ() -> None:
    """Between two lists, other valid numbers are other persons (twins, namesakes): a person must look."""
    for level in ("different", "near_valid"):
        levels = {
            name: np.array([len(each.levels) - 1], dtype=np.uint8) for name, each in comparisons().items()
        }
        levels["id_number"] = np.array([comparisons()["id_number"].level(level)], dtype=np.uint8)
        for use in ("person", "pupil"):
            assert rule_of(levels, MODEL.rules[use]).tolist() == [NO_RULE], (use, level)


def test_no_rule_accepts_a_name_that_is_not_alike() -> None:
    """Equal number or not: 号同名异 goes to a person."""
    for level in ("different", "same_surname"):
        levels = {
            name: np.array([len(each.levels) - 1], dtype=np.uint8) for name, each in comparisons().items()
        }
        levels["name"] = np.array([comparisons()["name"].level(level)], dtype=np.uint8)
        assert rule_of(levels, MODEL.rules["person"]).tolist() == [NO_RULE], level


def test_thresholds_are_probabilities() -> None:
    assert 0 < MODEL.review < MODEL.accept < 1
    assert MODEL.accept >= 0.99
