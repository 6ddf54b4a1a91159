"""The quarterly review report (季度复核报告): what the county tells about a round, to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from schemas.case import outcomes
from schemas.indicator import FAMILIES
from service.county_time import COUNTY_TIME
from service.export.document import FANG, HEI, Align, Document
from service.export.word_chart import Chart, Series
from service.figures import charts
from service.figures.charts import name_of
from service.figures.dashboard import Dashboard, words
from service.figures.place import Place
from service.figures.published import TOTAL
from service.figures.wording import COLUMNS, labels

STACKED = ("out_of_school", "watch", "apart", "pending")
"""Of a township's bar in the report: what is still open."""

PERCENT = '0.0"%"'
_BAR, _MOST = 0.62, 20.0
"""Height of a lying bar, and of a whole chart at most, in centimetres."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on the report beside the figures. ``area``: the county. ``mark``: who took it, and when."""

    area: str
    author: str
    made: datetime
    mark: str


def report(told: Dashboard, paper: Paper) -> bytes:
    """The report as a .docx."""
    of = told.figures.round
    out = Document(f"季度复核报告-{of.name}", created=paper.made, mark=paper.mark)
    out.heading(f"{paper.area}控辍保学季度复核报告", 20)
    out.heading(of.name, 14, FANG, 4)
    edition = "供本单位和上级使用" if told.shown.exact else "分送联席会议成员单位(小数字已隐去)"
    day = paper.made.astimezone(COUNTY_TIME).date()
    _said(
        out,
        f"编制单位：{paper.author}　　编制时间：{_day(day)}　　{edition}",
        indent=0,
        align="center",
    )
    for part, (title, write) in enumerate(_PARTS.items()):
        _head(out, f"{_NUMERALS[part]}、{title}")
        write(out, told)
    _signatures(out)
    return out.bytes()


def _said(out: Document, text: str, indent: int = 2, align: Align = "left") -> None:
    out.paragraph(text, size=12, font=FANG, indent=indent, align=align, after=4, line=21)


def _head(out: Document, text: str) -> None:
    out.paragraph(text, size=14, font=HEI, after=4, line=26, keep=True)


def _caption(out: Document, text: str) -> None:
    out.paragraph("", size=5, after=0)
    out.paragraph(text, size=10.5, font=HEI, align="center", after=2, keep=True)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _whole(out: Document, told: Dashboard) -> None:
    def n(column: str) -> str:
        return told.shown.text(TOTAL, column)

    of = told.figures.round
    _said(
        out,
        f"本批次以{_day(of.as_of)}为比对日期，学籍、户籍、民政、乡村振兴、残联各名单合并后，"
        f"共有学龄儿童{n('children')}名。比对确认在籍{n('enrolled')}名(其中名在人不在{n('absent')}名)，"
        f"疑似匹配待人工确认{n('review')}名，未找到学籍{n('not_enrolled')}名。",
    )
    if told.figures.preliminary:
        _said(out, "本批次尚未进入核查，以上为比对结果，未经核实，不得作为认定依据。")
    else:
        _said(
            out,
            f"列入核查{n('all_cases')}名。已凭佐证销号{n('closed')}名；确认失学辍学{n('out_of_school')}名，"
            f"疑似辍学{n('watch')}名，失联待查{n('apart')}名(另列，不计入失学辍学)，"
            f"说明期内或复学跟踪{n('explained')}名；尚未核实{n('pending')}名。",
        )
    for note in words(told)["notes"]:
        out.paragraph(f"注：{note}", size=10.5, after=3)
    steps = charts.funnel(told, labels())[1:]
    _caption(out, "图1　从比对到结果(名)")
    values = [told_number(step["count"]) for step in steps]
    out.chart(Chart("从比对到结果", "bars", [step["label"] for step in steps], [Series("儿童", values)]), 4.6)


def told_number(text: str) -> float | None:
    """A number as it was shown; None where it was not."""
    plain = text.replace(",", "")
    return float(plain) if plain.isdigit() else None


def _townships(out: Document, told: Dashboard) -> None:
    rows = [_row(told, place.code, name_of(place)) for place in told.places]
    rows.append(_row(told, TOTAL, "合计"))
    _caption(out, "表1　分乡镇情况(名)")
    out.table(
        ["乡镇", *(labels()[column] for column in COLUMNS)],
        rows,
        [1.9, *[1.0] * len(COLUMNS)],
        8,
        range(1, 13),
    )
    places = sorted(told.places, key=lambda place: (-place.all_cases, place.code))
    places = [place for place in places if any(place.cases[column] for column in STACKED)]
    if not places:
        return
    _caption(out, "图2　各乡镇尚未了结的儿童(名)")
    height = min(_MOST, 2.6 + _BAR * len(places))
    out.chart(_bars(told, places), height)


def _row(told: Dashboard, code: str, name: str) -> list[str]:
    return [name, *(told.shown.text(code, column) for column in COLUMNS)]


def _bars(told: Dashboard, places: Sequence[Place]) -> Chart:
    series = [
        Series(labels()[column], [told.shown.number(place.code, column) for place in places])
        for column in STACKED
    ]
    return Chart("各乡镇尚未了结的儿童", "bars", [name_of(each) for each in places], series, stacked=True)


def _outcomes(out: Document, told: Dashboard) -> None:
    counted = told.figures.total.outcomes
    rows = [
        [code, each.name, each.group_name, told.shown.text(TOTAL, f"outcome:{code}")]
        for code, each in outcomes().items()
        if counted.get(code)
    ]
    if counted.get(""):
        rows.append(["—", "尚无审核通过的结果", "", told.shown.text(TOTAL, "outcome:")])
    if not rows:
        _said(out, "本批次还没有个案。")
        return
    _caption(out, "表2　核查结果分类(名)")
    out.table(["代码", "核查结果", "类别", "个案"], rows, [1, 5.5, 2.5, 1], 9, (3,))


def _groups(out: Document, told: Dashboard) -> None:
    if not told.groups:
        _said(out, "名单中没有标明人群类别的儿童。")
        return
    columns = {
        "children": "名单儿童",
        "suspects": "未确认在班",
        "cases": "列入核查",
        "out_of_school": "失学辍学",
    }
    rows = [[each.name, *(told.shown.group(each, column) for column in columns)] for each in told.groups]
    _caption(out, "表3　重点人群(名；一名儿童可属几类)")
    out.table(["人群类别", *columns.values()], rows, [2.4, 1, 1, 1, 1], 9, range(1, 5))


def _trend(out: Document, told: Dashboard) -> None:
    told_ = charts.trend(told, labels())
    _caption(out, "表4　逐批次")
    columns = told_["columns"]
    out.table(columns, told_["rows"], [2.2, *[1.0] * (len(columns) - 1)], 9, range(1, len(columns)))
    names = [point.round.name for point in told.trend]
    if len(names) < 2:
        _said(out, "这是第一个批次，还不能比较。")
        return
    shares = [row[-2:] for row in told_["rows"]]
    series = [
        Series(name, [charts.percent(str(row[at])) for row in shares])
        for at, name in enumerate(told_["columns"][-2:])
    ]
    _caption(out, "图3　未确认在班占比与误报占比")
    out.chart(Chart("未确认在班占比与误报占比", "lines", names, series, form=PERCENT), 6.5)


def _indicators(out: Document, told: Dashboard) -> None:
    for at, (family, name) in enumerate(FAMILIES.items(), start=5):
        measures = [each for each in told.measures if each.indicator.family == family]
        rows = [
            [
                each.indicator.name,
                told.shown.measure(each),
                f"{each.numerator:,} ÷ {each.denominator:,}"
                if told.shown.exact and each.numerator is not None and each.denominator is not None
                else "",
                each.why_not or each.indicator.formula,
            ]
            for each in measures
        ]
        _caption(out, f"表{at}　{name}")
        out.table(
            ["指标", "数值", "分子 ÷ 分母", "算法；不能计算的，还需要什么"], rows, [3, 1.2, 1.6, 4.2], 9
        )
    _said(out, "名称相近的指标算法不同，不能互相比较；上报官方数字以教育事业统计为准。")


def _lists(out: Document, told: Dashboard) -> None:
    quality = charts.agencies(told, labels())
    if not quality["rows"]:
        _said(out, "本批次还没有完成的比对。")
        return
    _caption(out, "表8　各部门名单的质量")
    rows = [[f"{each:,}" if isinstance(each, int) else each for each in row] for row in quality["rows"]]
    out.table(quality["columns"], rows, [3.2, 1, 1.2, 1.2, 1, 1], 9, range(1, 6))
    lists = [each for each in told.agencies if each.flawed is not None]
    series = [Series("本批次", [round(100 * (each.flawed or 0), 2) for each in lists])]
    if any(each.before is not None for each in lists):
        before = [None if each.before is None else round(100 * each.before, 2) for each in lists]
        series.insert(0, Series("上批次", before))
    _caption(out, "图4　缺证件号码或号码有误的记录占比")
    names = [f"{each.agency} {each.label}" for each in lists]
    height = min(_MOST, 2.4 + _BAR * len(names) * len(series))
    out.chart(Chart("缺证件号码或号码有误的记录占比", "bars", names, series, form='0.0"%"'), height)
    if told.corrections:
        _caption(out, "表9　数据更正")
        rows = [
            [each.agency, *map(told.shown.alone, (each.all, each.waiting, each.done, each.refused))]
            for each in told.corrections
        ]
        out.table(["单位", "共", "待办", "已更正", "原值无误"], rows, [3, 1, 1, 1, 1], 9, range(1, 5))


def _signatures(out: Document) -> None:
    out.paragraph("", size=12, after=6)
    out.form(
        [
            [("编制人", 1, True), ("", 2, False), ("审核人", 1, True), ("", 2, False)],
            [("分管领导", 1, True), ("", 2, False), ("日期", 1, True), ("", 2, False)],
        ],
        least=1.2,
    )


_PARTS = {
    "总体情况": _whole,
    "分乡镇情况": _townships,
    "核查结果": _outcomes,
    "重点人群": _groups,
    "逐批次的变化": _trend,
    "指标": _indicators,
    "名单质量与数据更正": _lists,
}
_NUMERALS = "一二三四五六七八九"
