"""Names: what they keep, what they lose, and which names share a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import code_list
from schemas.fields.name_sounds import fold
from schemas.fields.personal_name import FIELD, LOST, parse, simplified, sounds

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)
DOTS = "·•・‧．.。"


@given(HAN, HAN, st.sampled_from(DOTS))
def test_every_dot_is_one_dot(first: str, second: str, dot: str) -> None:
    assert FIELD.clean(f"{first}{dot}{second}") == f"{first}·{second}"
    assert parse(f"{first} {dot} {second}").parts == (first, second)


@given(HAN)
def test_spaces_and_brackets_do_not_change_a_name(name: str) -> None:
    expected = FIELD.clean(name)
    assert FIELD.clean("  " + "\u3000".join(name)) == expected


@given(HAN)
def test_the_mask_shows_one_character(name: str) -> None:
    assert FIELD.mask(name) == name[0] + "*" * (len(name) - 1)


@pytest.mark.parametrize(
    ("raw", "own_script", "remark", "lost"),
    [
        ("卓玛 (སྒྲོལ་མ)", "སྒྲོལ་མ", "", False),
        ("阿依古丽 ئايگۈل", "ئايگۈل", "", False),
        ("张三（已故）", "", "已故", False),
        ("李四（残疾）", "", "残疾", False),
        ("徐(莹加王旁)", "", "莹加王旁", True),
        ("马（由页）", "", "由页", True),
        ("李明2", "", "2", False),
        ("张三、李四", "", "李四", False),
        ("马di", "", "", True),
        ("李明zhangsan", "zhangsan", "", False),
    ],
)
def test_what_stands_beside_a_name_is_kept_apart(raw: str, own_script: str, remark: str, lost: bool) -> None:
    parsed = parse(raw)
    assert (parsed.own_script, parsed.remark, parsed.lost) == (own_script, remark, lost)
    assert parsed.lost == (LOST in parsed.text)


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        ("阿卜杜拉·买买提", "阿卜杜拉买买提", "plain"),
        ("張偉", "张伟", "simplified"),
        ("王峯", "王峰", "simplified"),
        ("王堃", "王坤", "simplified"),
        ("頔马", "𬱖马", "simplified"),
        ("李梓涵", "李子涵", "sound"),
        ("王怡", "王仪", "sound"),
        ("阿卜杜拉", "阿布都拉", "sound"),
        ("阿不都拉", "阿布都拉", "sound"),
        ("阿依古丽", "阿伊古丽", "sound"),
        ("次仁", "才仁", "sound_folded"),
        ("泽仁", "才仁", "sound_folded"),
        ("多吉", "多杰", "sound_folded"),
        ("张宁", "臧林", "sound_folded"),
    ],
)
def test_names_that_may_be_one_share_a_key(one: str, other: str, key: str) -> None:
    assert FIELD.keys(one)[key] == FIELD.keys(other)[key]


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        ("王喆", "王哲", "simplified"),
        ("李乾", "李干", "simplified"),
        ("张三", "张山", "sound"),
        ("李明", "李敏", "sound"),
    ],
)
def test_names_that_differ_keep_their_key(one: str, other: str, key: str) -> None:
    assert FIELD.keys(one)[key] != FIELD.keys(other)[key]


@pytest.mark.parametrize("name", ["李乾", "赵昇", "刘徵", "於敏"])
def test_a_mainland_name_is_not_simplified_away(name: str) -> None:
    assert simplified(name) == name


@pytest.mark.parametrize(
    ("name", "text"), [("劉徵偉", "刘征伟"), ("後藤", "后藤"), ("蕭鐘", "萧钟"), ("薑黨", "姜党")]
)
def test_a_traditional_name_is_simplified(name: str, text: str) -> None:
    assert simplified(name) == text


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("单晓明", "shan xiao ming"),
        ("仇英", "qiu ying"),
        ("曾国", "zeng guo"),
        ("解放", "xie fang"),
        ("查文", "zha wen"),
        ("朴英", "piao ying"),
        ("区明", "ou ming"),
        ("尉迟恭", "yu chi gong"),
        ("万俟雅", "mo qi ya"),
        ("李单", "li dan"),
    ],
)
def test_a_surname_is_read_as_a_surname(name: str, first: str) -> None:
    assert sounds(name)[0] == FIELD.keys(name)["sound"] == first


def test_every_reading_is_offered() -> None:
    assert sounds("覃明") == ("qin ming", "tan ming")
    assert sounds("单晓") == ("shan xiao", "dan xiao")
    assert sounds("") == ()


@given(HAN)
def test_the_first_sound_is_the_key(name: str) -> None:
    keys = FIELD.keys(name)
    assert sounds(name)[0] == keys["sound"]
    assert keys["sound_folded"] == fold(keys["sound"])
    assert len(keys["sound"].split(" ")) == len(keys["plain"])


def test_surnames_have_one_syllable_a_character() -> None:
    for row in code_list("surname_reading"):
        assert all(len(reading.split(" ")) == len(row["surname"]) for reading in row["readings"].split("|"))


def test_a_variant_is_not_itself_usual() -> None:
    rows = code_list("name_variant")
    assert not {row["variant"] for row in rows} & {row["usual"] for row in rows}
