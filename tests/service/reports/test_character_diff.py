"""Aligned differing characters of names and numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reports.character_diff import Pieces, covered, differences


def marked(pieces: Pieces) -> str:
    return "".join(f"[{text}]" if differs else text for text, differs in pieces)


@pytest.mark.parametrize(
    ("left", "right", "shown_left", "shown_right"),
    [
        ("王佳", "王嘉", "王[佳]", "王[嘉]"),
        ("王佳", "王佳", "王佳", "王佳"),
        ("王佳", "", "王佳", ""),
        ("买买提·艾力", "买买提艾力", "买买提[·]艾力", "买买提艾力"),
        ("张小明", "张明", "张[小]明", "张明"),
        ("659999201503180113", "659999201503180913", "659999201503180[1]13", "659999201503180[9]13"),
        ("201503", "201530", "2015[03]", "2015[30]"),
        ("659999201503180***", "659999201503180113", "659999201503180***", "659999201503180113"),
        ("马□", "马迪", "马□", "马迪"),
        ("65999920150318011", "659999201503180113", "65999920150318011", "65999920150318011[3]"),
        ("𠮷田", "吉田", "[𠮷]田", "[吉]田"),
    ],
)
def test_differing_characters(left, right, shown_left, shown_right):
    assert tuple(map(marked, differences(left, right))) == (shown_left, shown_right)


texts = st.text(alphabet="王佳嘉01·", max_size=10)


@given(texts, texts)
def test_pieces_join_to_the_text_and_the_unmarked_parts_agree(left, right):
    pieces_left, pieces_right = differences(left, right)
    assert "".join(text for text, _ in pieces_left) == left
    assert "".join(text for text, _ in pieces_right) == right
    if left and right:
        same_left = "".join(text for text, differs in pieces_left if not differs)
        same_right = "".join(text for text, differs in pieces_right if not differs)
        assert same_left == same_right


@given(texts, texts)
def test_two_different_texts_always_show_a_difference(left, right):
    shown = any(differs for pieces in differences(left, right) for _, differs in pieces)
    assert shown == bool(left and right and left != right)


def test_marks_laid_over_a_masked_number_show_the_place_only():
    pieces = differences("659999201503180113", "659999201603180113")[0]
    assert marked(covered(pieces, "6599**********0113")) == "6599*****[*]****0113"
    assert marked(covered(pieces, "6599")) == "6599"
