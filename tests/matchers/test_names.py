"""Names as arrays: tables of characters, one spelling of components, and laws of the kernel that compares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.comparisons import name as comparison
from matchers.comparisons.name import name_levels
from matchers.name_characters import NEAR, NONE, SAME, SHAPE, SOUND, build_characters
from matchers.name_distance import distances
from matchers.name_spelling import automaton
from matchers.name_table import build_names
from matchers.name_text import distinct_texts, flatten, simplify
from schemas.fields.name_components import components
from schemas.fields.name_sounds import EVERYWHERE, Confusions, fold_syllable, simplified, sound
from tests.examples import FEW
from tests.matchers.cases import cases

KINDS = {NONE: "none", NEAR: "near", SHAPE: "shape", SOUND: "sound", SAME: "same"}
HAN = "张章李季王玉陈阵单善仇次才仁扎西卓玛嘎旦增阿卜布不都杜拉买麦提古丽热依吐尔逊洪明张偉乾□䶮𬱖欧阳"
NAME = st.lists(st.text(HAN, min_size=1, max_size=6), min_size=1, max_size=3).map("·".join)
NAMES = st.lists(NAME, min_size=2, max_size=12)


def points(texts: list[str]) -> np.ndarray:
    return np.array([ord(each) for text in texts for each in text], dtype=np.uint32)


def levels(left: list[str], right: list[str], confusions: Confusions = EVERYWHERE) -> list[str]:
    names, codes = build_names([*left, *right], confusions)
    found = name_levels(names, codes[: len(left)], codes[len(left) :])
    return [comparison.LEVELS[level].name for level in found.tolist()]


CHARACTERS = cases("characters")


@pytest.mark.parametrize("head", [6000, 8], ids=["square", "pair by pair"])
def test_characters(head: int) -> None:
    """The table of pairs holds, whether likeness is looked up or worked out."""
    table = build_characters(
        points([row["left"] + row["right"] for row in CHARACTERS]), EVERYWHERE, head=head
    )
    one, other = (table.code_of[points([row[side] for row in CHARACTERS])] for side in ("left", "right"))
    for x, y in ((one, other), (other, one)):
        found = [KINDS[each] for each in table.likeness(x, y).tolist()]
        assert dict(zip(PAIRS, found, strict=True)) == dict(
            zip(PAIRS, [row["likeness"] for row in CHARACTERS], strict=True)
        )


PAIRS = [row["left"] + row["right"] for row in CHARACTERS]


def test_every_pair_of_characters_by_both_ways() -> None:
    """What is looked up is what is worked out, for every pair of the characters of a list of names."""
    texts = [row["left"] + row["right"] for row in cases("names")]
    square, direct = (build_characters(points(texts), EVERYWHERE, head=head) for head in (6000, 1))
    codes = np.arange(len(square.points))
    one, other = (each.ravel() for each in np.meshgrid(codes, codes))
    assert np.array_equal(square.likeness(one, other), direct.likeness(one, other))


@pytest.mark.parametrize(
    ("off", "left", "right"),
    [
        ("retroflex", "张珊", "张三"),
        ("lateral", "刘兰", "牛兰"),
        ("labial", "胡兰", "福兰"),
        ("nasal", "陈今", "陈京"),
    ],
)
def test_a_confusion_can_be_switched_off(off: str, left: str, right: str) -> None:
    assert levels([left], [right]) == ["fuzzy_sound"]
    assert levels([left], [right], Confusions(**{off: False})) != ["fuzzy_sound"]


def test_no_form_stands_for_two_components() -> None:
    forms = components()
    assert all(forms[standing] == standing for standing in forms.values())
    assert max(map(len, forms)) <= automaton().longest


def test_every_form_of_a_component_is_the_component() -> None:
    forms = sorted(components().items())
    texts = [[f"{form}·{form}", f"{own}·{form}", form, own] for form, own in forms]
    names, codes = build_names([text for four in texts for text in four])
    wrong = [
        form
        for (form, _), (one, other, alone, own) in zip(forms, codes.reshape(-1, 4), strict=True)
        if names.folded[one] != names.folded[other]
        or (names.folded[alone] != names.folded[own] and len(form) > 1)
        or names.first_part[one] != names.first_part[other]
    ]
    assert wrong == []


@given(NAMES)
def test_simplified_texts_and_sounds_are_those_of_the_schema(texts: list[str]) -> None:
    """The arrays say what ``schemas.fields.name_sounds`` says of each name alone."""
    _, distinct = distinct_texts(texts)
    flat = flatten(distinct)
    written = simplify(flat)
    for row, text in enumerate(distinct.to_pylist()):
        own = written[flat.start[row] : flat.start[row + 1]]
        assert "".join(map(chr, own.tolist())) == simplified(text.replace("·", ""))
    names, codes = build_names(texts)
    short = [at for at, text in enumerate(texts) if len(text) <= 4 and "·" not in text]
    keys = [sound(simplified(texts[at])) for at in short]
    folds = [" ".join(fold_syllable(each) for each in key.split()) for key in keys]
    for x, left in enumerate(short):
        for y, right in enumerate(short):
            one, other = codes[left], codes[right]
            assert (names.sound[one] == names.sound[other]) == (keys[x] == keys[y])
            if not names.foreign[one] and not names.foreign[other]:
                assert (names.folded[one] == names.folded[other]) == (folds[x] == folds[y])


@settings(max_examples=FEW)
@given(NAMES, st.randoms(use_true_random=False))
def test_left_and_right_and_the_order_of_names_make_no_difference(texts: list[str], random: object) -> None:
    left, right = texts, texts[::-1]
    found = levels(left, right)
    assert levels(right, left) == found
    order = list(range(len(texts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert levels([left[at] for at in order], [right[at] for at in order]) == [found[at] for at in order]
    assert [levels([x], [y])[0] for x, y in zip(left, right, strict=True)] == found


@given(NAME)
def test_a_name_is_itself_with_other_dots_and_without(text: str) -> None:
    names, codes = build_names([text, text.replace("·", ""), "", text])
    assert codes[0] == codes[3]
    assert codes[2] == 0
    assert names.plain[codes[0]] == names.plain[codes[1]]
    assert name_levels(names, codes[:1], codes[1:2]).tolist() == [comparison.EXACT]


@settings(max_examples=FEW)
@given(NAMES)
def test_every_kind_of_column_gives_the_same_table(texts: list[str]) -> None:
    forms = [
        texts,
        np.array(texts, dtype=object),
        pd.Series(texts),
        pa.array(texts),
        pa.chunked_array([texts]),
    ]
    first, *others = (build_names(each) for each in forms)
    for names, codes in others:
        assert codes.tolist() == first[1].tolist()
        assert names.text.equals(first[0].text)
        assert names.folded.tolist() == first[0].folded.tolist()


def test_missing_texts_are_the_empty_name() -> None:
    names, codes = build_names(np.array(["李明", None, ""], dtype=object))
    assert codes.tolist() == [1, 0, 0]
    assert [names.folded[0], names.surname[0], names.given[0], names.simple[0]] == [0, 0, 0, 0]
    empty, none = build_names([])
    assert len(empty) == 1
    assert name_levels(empty, none, none).tolist() == []


ROWS = st.lists(st.sampled_from(["买买提", "麦合买提", "艾买提", "吐尔逊", "吐尔洪", "热依汗"]), min_size=1)


@given(ROWS)
def test_distances(texts: list[str]) -> None:
    """Nothing apart from itself, the same both ways, never more than all of both."""
    names, codes = build_names([f"{text}·拉" for text in texts])
    rows = names.wide.syllables[names.wide_row[codes]]
    one, other = rows, rows[::-1]
    far = distances(names.syllables, one, other)
    assert np.array_equal(far, distances(names.syllables, other, one))
    assert not distances(names.syllables, one, one).any()
    assert np.all(far <= 10 * np.maximum((one > 0).sum(axis=1), (other > 0).sum(axis=1)))
    assert np.array_equal(far == 0, (one == other).all(axis=1))
