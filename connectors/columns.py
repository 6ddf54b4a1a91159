"""What each column means: the header proposes, the content decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.contents import EXPECTED, TESTS, Profile, profile, sentence
from connectors.formats.grid import Body
from connectors.headings import Meaning, interpret

SHARED = ("group", "cancelled", "remark")
"""Fields that several columns may fill together; every other field has one column."""

_LONG_NUMBERS = ("id_number", "student_no", "disability_no")
_BY_CONTENT = (
    ("id_number", "id_valid", 0.6),
    ("disability_no", "disability_no", 0.6),
    ("student_no", "student_no", 0.6),
)
_UNHEADED = (
    *_BY_CONTENT,
    ("sex", "sex", 0.95),
    ("phone", "phone", 0.9),
    ("birth_date", "date", 0.9),
    ("name", "name", 0.85),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one column is taken for, and on what ground."""

    column: int
    header: str
    meaning: Meaning
    profile: Profile
    field: str = ""
    confidence: float = 0.0
    why: str = ""
    problem: str = ""

    @property
    def item(self) -> str:
        """The field without the member it belongs to."""
        return self.field.rpartition(".")[2]

    def dropped(self, why: str, problem: str = "") -> Claim:
        """The same column, not used."""
        return replace(self, field="", confidence=0.0, why=why, problem=problem)


def claims(
    names: Sequence[str],
    body: Body,
    extra: Mapping[str, str] | None = None,
    fixed: Mapping[int, str] | None = None,
) -> list[Claim]:
    """Say what each column is taken for, before columns that claim the same field are compared.

    Args:
        names: the header of each column; may be shorter than the rows.
        body: the rows of persons.
        extra: further headers of the source, normalised -> field.
        fixed: column from 0 -> field, from a saved layout; it is not questioned.
    """
    width = max(len(names), body.width(max(1, len(body) // 200)))
    made = []
    for column in range(width):
        header = names[column] if column < len(names) else ""
        content = profile(body, column)
        if not header and not content.values and column not in (fixed or {}):
            continue
        claim = Claim(column, header, interpret(header, extra) if header else Meaning(), content)
        if fixed is not None:
            made.append(_fixed(claim, fixed.get(column, "")))
        else:
            made.append(_judge(claim))
    return made if fixed is not None else _fill_gaps(made)


def _fixed(claim: Claim, field: str) -> Claim:
    if not field:
        return claim.dropped("已指定不使用。")
    return replace(claim, field=field, confidence=1.0, why="含义是指定的。")


def _judge(claim: Claim) -> Claim:
    """One column by itself: header and content together."""
    meaning, content = claim.meaning, claim.profile
    field = meaning.field
    shown = f"表头“{claim.header[:30]}”"
    if meaning.role == "other" and meaning.known:
        whose = "说的不是名单上的人" if meaning.item else "是已知的其他内容"
        return claim.dropped(f"{shown}{whose}，不使用。")
    if not field:
        return claim.dropped(f"{shown}不认识，没有使用。" if claim.header else "没有表头。")
    if not content.values:
        return replace(
            claim, field=field, confidence=round(0.6 * meaning.score, 2), why=f"{shown}，该列没有值。"
        )
    prefix, _, item = field.rpartition(".")
    if item in _LONG_NUMBERS and (better := _number_kind(item, content)) != item:
        test = EXPECTED[better][0]
        why = f"{shown}，但内容{sentence(test, content.share(test))}，以内容为准。"
        return replace(claim, field=f"{prefix}.{better}" if prefix else better, confidence=0.8, why=why)
    if item not in EXPECTED:
        return replace(claim, field=field, confidence=round(meaning.score * 0.9, 2), why=f"{shown}。")
    return _weigh(claim, field, *EXPECTED[item])


def _weigh(claim: Claim, field: str, test: str, least: float) -> Claim:
    share, count = claim.profile.share(test), len(claim.profile.values)
    shown = f"表头“{claim.header[:30]}”"
    said = sentence(test, share)
    # Names in another script, or mostly lost to an encoding, still are names; numbers never are.
    lenient = test == "name" and claim.meaning.score >= 0.9 and claim.profile.share("number") < 0.5
    if (
        share < least
        and not lenient
        and (count >= 3 or (share == 0 and (count >= 2 or claim.profile.seen >= 10)))
    ):
        why = f"按表头应是{TESTS[test][1]}，但只有 {share:.0%} 的值符合。"
        return claim.dropped(why, "column.content_mismatch")
    confidence = 0.5 * claim.meaning.score + 0.5 * min(1.0, share / 0.9)
    extra = ""
    if test == "id_near":
        extra = f"，其中 {claim.profile.share('id_valid'):.0%} 校验通过"
    return replace(claim, field=field, confidence=round(confidence, 2), why=f"{shown}，内容{said}{extra}。")


def _number_kind(item: str, content: Profile) -> str:
    """Which of the three long numbers a column really holds."""
    if content.share(EXPECTED[item][0]) >= EXPECTED[item][1]:
        return item
    for other in _LONG_NUMBERS:
        if content.share(EXPECTED[other][0]) >= 0.6:
            return other
    return item


def _fill_gaps(made: list[Claim]) -> list[Claim]:
    """Fields that no header claims are looked for in columns whose header is blank or unknown."""
    taken = {claim.field for claim in made if claim.field}
    has_header = any(claim.header for claim in made)
    # Beside a head, names and numbers without a header are further members (members.py), not the person.
    head_only = "head_name" in taken and "name" not in taken
    result = list(made)
    for field, test, least in _UNHEADED:
        if field in taken or (field == "id_number" and "disability_no" in taken):
            continue
        best, share = -1, least
        for at, claim in enumerate(result):
            open_to_guess = not claim.meaning.known or claim.problem
            numbers = (field, test, least) in _BY_CONTENT
            if claim.field or not open_to_guess or (claim.header and has_header and not numbers):
                continue
            if head_only and not claim.header:
                continue
            found = _likelihood(claim.profile, field, test)
            if found > share or (found == share and best < 0):
                best, share = at, found
        if best >= 0:
            why = f"没有可用的表头，内容{sentence(test, result[best].profile.share(test))}。"
            result[best] = replace(
                result[best], field=field, confidence=round(0.7 * share, 2), why=why, problem=""
            )
            taken.add(field)
    return result


def _likelihood(content: Profile, field: str, test: str) -> float:
    share = content.share(test)
    if field == "name":
        # Villages and nicknames are Han words too: a column of names begins with surnames.
        return share if surname_share(content) >= 0.5 else 0.0
    if field == "birth_date":
        return (
            share
            if content.share("id_near") < 0.1 and not all(len(value) <= 5 for value in content.values)
            else 0.0
        )
    return share


_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池"
    "滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺普阿买吐艾扎次旦达多"
)


def surname_share(content: Profile) -> float:
    """The share of values that begin with a frequent surname (or syllable of transliterated names)."""
    if not content.values:
        return 0.0
    return sum(1 for value in content.values if value[0] in _SURNAMES) / len(content.values)


def _rank(claim: Claim) -> tuple[float, float, int]:
    """Order of rivals: the sure and well-filled column first; of numbers the one that checks."""
    content = claim.profile
    valid = content.share("id_valid") if claim.item in ("id_number", "head_id", "guardian_id") else 0.0
    return (
        -round(claim.confidence * bool(content.values), 1) - valid,
        -round(content.filled, 1),
        claim.column,
    )


def settle(made: Sequence[Claim]) -> list[Claim]:
    """Where several columns claim one field the best keeps it; the others are reported, not mixed in."""
    rivals: dict[str, list[Claim]] = defaultdict(list)
    for claim in made:
        if claim.field and claim.item not in SHARED:
            rivals[claim.field].append(claim)
    lost: dict[int, Claim] = {}
    for group in rivals.values():
        best, *others = sorted(group, key=_rank)
        for other in others:
            why = f"表头“{other.header[:30]}”与“{best.header[:30]}”说的是同一项，用后者。"
            lost[other.column] = other.dropped(why, "column.second_claim" if other.profile.values else "")
    return [lost.get(claim.column, claim) for claim in made]
