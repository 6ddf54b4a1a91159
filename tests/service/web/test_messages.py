"""Every Chinese text that people read has an English one; what they fill in is the same in both."""

from __future__ import annotations

import re

from babel.messages.mofile import read_mo

from tools.messages import ENGLISH, gathered, translated


def test_every_text_has_an_english_translation() -> None:
    known = translated()
    missing = [f"{place}: {text}" for text, place in gathered().items() if not known.get(text)]
    assert missing == [], "`make messages` adds them to messages.po; write the English beside them"


def test_no_translation_is_of_a_text_that_is_gone() -> None:
    assert sorted(set(translated()) - set(gathered())) == [], "`make messages` takes them out"


def test_translations_fill_in_the_same_values() -> None:
    for text, english in translated().items():
        assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", english)), text


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    with ENGLISH.with_suffix(".mo").open("rb") as file:
        compiled = {str(each.id): str(each.string) for each in read_mo(file) if each.id}
    assert compiled == {text: english for text, english in translated().items() if english}
