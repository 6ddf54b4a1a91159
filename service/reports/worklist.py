"""``核查名单.xlsx``: what the joint meeting works from, and what townships and schools fill in on paper."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from schemas.codes import code_list
from service.export import Marked, SheetColumn, Workbook
from service.reports import figures
from service.reports.character_diff import differences
from service.reports.limits import ABSENT, MISSING, REVIEW, WORKLIST, Sheet, write_sheet
from service.reports.result import RunResult

NAME = f"{WORKLIST}.xlsx"
_VERDICTS = ("是同一人", "不是同一人", "还不能确定")


def write(result: RunResult, out: Path) -> list[Path]:
    """Write the five sheets; numbers are in clear unless ``result.seen`` masks them."""
    path = out / NAME
    with Workbook(path, created=result.created) as book:
        for title, name in (("核查方式", "method"), ("核查结果", "outcome"), ("原因", "reason")):
            book.choices(title, _choices(name))
        book.choices("确认结论", _VERDICTS)
        book.text_sheet("说明", f"{result.school_year} 学年义务教育适龄儿童少年就学核查名单", _guide(result))
        more = [
            whole
            for sheet in (_missing_sheet(result), _review_sheet(result), _absent_sheet(result))
            for whole in write_sheet(book, sheet)
        ]
        _groups_sheet(book, result)
    return [path, *more]


def _choices(name: str) -> list[str]:
    """A code list as the texts of a drop-down list: ``A01 死亡(户籍未注销)``."""
    return [f"{row['code']} {row['name']}" for row in code_list(name)]


def _guide(result: RunResult) -> list[tuple[str, str]]:
    counts, (first, last) = figures.headline(result), result.cohort
    lines = [
        ("这份表说明什么", ""),
        ("学龄口径", f"{first} 至 {last} 出生，以 {result.as_of} 所在学年计"),
        ("学龄儿童", f"{counts.children:,} 人（各部门名单合并，同一儿童只算一人）"),
        ("已匹配在籍", f"{counts.enrolled:,} 人"),
        ("待人工确认", f"{counts.review:,} 人：有相近的学籍，但不足以认定，见“待人工确认”"),
        ("未就学", f"{counts.not_enrolled:,} 人：各学籍名单中都没有找到，见“未就学核查”"),
        ("名在人不在", f"{counts.absent:,} 人：有学籍，但不在班级花名册上，见“名在人不在”"),
        ("怎样使用", ""),
        ("未就学核查", "逐人核查，填写右侧空白栏；方式、结果、原因从下拉列表中选，见“代码表”。"),
        ("待人工确认", "上行是名单上的儿童，下行是学籍候选人，红字是不同之处；在“结论”栏选择。"),
        ("名在人不在", "由学校核实去向，填写核查结果。"),
        ("出处", "“文件#工作表:行”是原名单中的位置，行号就是电子表格左侧的行号。"),
        ("信息质量", "写明“无证件号码”等的，先向名单来源单位补齐信息，再作核查。"),
        ("所用名单", ""),
    ]  # fmt: skip
    lines += [
        (
            figures.kind_label(reading.kind),
            f"{reading.file}，{len(reading.records):,} 条记录，SHA-256 {reading.sha256[:16]}…",
        )
        for reading in result.readings
    ]
    return lines


def _missing_sheet(result: RunResult) -> Sheet:
    children = figures.missing_rows(result)
    return Sheet(
        MISSING,
        f"{result.school_year} 学年疑似失学儿童少年核查表",
        [
            *_person(children),
            SheetColumn("监护人及电话", _joined(children, "guardian", "phone"), widest=16),
            SheetColumn("住址", children["address"].to_list(), widest=22),
            SheetColumn("名单来源", figures.agencies_of(result, children["sources"]), widest=12),
            SheetColumn("人群类别", _lines(children["groups"]), widest=14),
            SheetColumn(
                "应读年级", [figures.GRADES[grade] for grade in children["expected_grade"].to_list()]
            ),
            SheetColumn("比对说明", _joined(children, "explanation", "quality"), widest=26),
            SheetColumn("核查方式", choices="核查方式", narrowest=10),
            SheetColumn("核查日期", narrowest=10),
            SheetColumn("核查结果代码", choices="核查结果", narrowest=16),
            SheetColumn("原因", choices="原因", narrowest=12),
            SheetColumn("就读学校及年级", narrowest=16),
            SheetColumn("佐证编号", narrowest=9),
            SheetColumn("核查人", narrowest=9),
            SheetColumn("签字", narrowest=9),
            SheetColumn("出处", _lines(children["sources"]), widest=26),
            SheetColumn("编号", children["child_id"].to_list(), widest=12),
        ],
        note=f"共 {len(children):,} 人，按乡镇、村、应读年级排列。空白栏请手工填写或从下拉列表中选择。",
    )


def _review_sheet(result: RunResult) -> Sheet:
    rows = _pairs(result)
    groups = rows["group"].nunique()
    texts = {name: rows[name].to_list() for name in rows.columns}
    return Sheet(
        REVIEW,
        f"{result.school_year} 学年待人工确认的匹配",
        [
            SheetColumn("组", texts["group"], kind="number"),
            SheetColumn("来自", texts["side"], narrowest=10),
            SheetColumn("姓名", texts["name"], narrowest=10, widest=20),
            SheetColumn("性别", texts["sex"]),
            SheetColumn("出生日期", texts["birth"], narrowest=12),
            SheetColumn("证件号码", texts["number"], narrowest=21, widest=24),
            SheetColumn("监护人", texts["guardian"], widest=16),
            SheetColumn("住址或学校、年级", texts["place"], widest=28),
            SheetColumn("出处", texts["source"], widest=28),
            SheetColumn("把握", texts["probability"], kind="share"),
            SheetColumn("相同与不同之处", texts["why"], widest=40),
            SheetColumn("结论", choices="确认结论", narrowest=13),
            SheetColumn("确认人", narrowest=10),
            SheetColumn("备注", narrowest=16),
        ],
        note=f"共 {groups:,} 名儿童，每人一组。上行为名单，下行为学籍候选；红字为不同之处。"
        "未确认之前，这些儿童不作为已就学。",
    )


def _pairs(result: RunResult) -> pd.DataFrame:
    """Two rows a doubtful pair, the child's above the candidate's; one row for a child without a pair."""
    children = result.rows(figures.to_review(result))
    links = result.links(result.doubtful, _LINK_COLUMNS)
    pairs_of: dict[str, list[dict[str, object]]] = {}
    for pair in figures.records_of(links):
        pairs_of.setdefault(str(pair["child_id"]), []).append(pair)
    rows: list[dict[str, object]] = []
    for group, child in enumerate(figures.records_of(children), start=1):
        pairs = pairs_of.get(str(child["child_id"]), [])
        for pair in pairs:
            rows += _pair_rows(group, pair)
        if not pairs:
            rows.append(_lone_row(group, child))
    return pd.DataFrame(rows, columns=list(_PAIR_COLUMNS))


_SHOWN = {"name": "name", "sex": "sex", "birth": "birth", "number": "id", "guardian": "guardian"}
_LINK_COLUMNS = (
    "child_id",
    "left_source",
    "right_source",
    "probability",
    "left_address",
    "right_school",
    "right_grade",
    "right_address",
    "sentences",
    *(f"{side}_{column}" for side in ("left", "right") for column in _SHOWN.values()),
)
_PAIR_COLUMNS = (
    "group",
    "side",
    "name",
    "sex",
    "birth",
    "number",
    "guardian",
    "place",
    "source",
    "probability",
    "why",
)


def _lone_row(group: int, child: dict[str, object]) -> dict[str, object]:
    same = ("name", "sex", "guardian", "probability")
    return {name: child[name] for name in same} | {
        "group": group,
        "side": "名单",
        "birth": child["birth_date"],
        "number": child["id_number"],
        "place": child["address"],
        "source": child["candidates"] or child["sources"],
        "why": child["explanation"],
    }


def _pair_rows(group: int, pair: dict[str, object]) -> list[dict[str, object]]:
    above: dict[str, object] = {"group": group, "side": "名单", "place": pair["left_address"]}
    below: dict[str, object] = {"group": group, "side": "学籍候选"}
    school = (str(pair["right_school"]), _grade(str(pair["right_grade"])), str(pair["right_address"]))
    below["place"] = " ".join(text for text in school if text)
    for name, column in _SHOWN.items():
        left, right = differences(str(pair[f"left_{column}"]), str(pair[f"right_{column}"]))
        above[name], below[name] = Marked(left), Marked(right)
    above |= {"source": pair["left_source"], "probability": pair["probability"], "why": pair["sentences"]}
    below |= {"source": pair["right_source"], "probability": "", "why": ""}
    return [above, below]


def _grade(text: str) -> str:
    return figures.GRADES[int(text)] if text.isdigit() and 0 < int(text) < 10 else text


def _absent_sheet(result: RunResult) -> Sheet:
    children = figures.not_in_class_rows(result)
    return Sheet(
        ABSENT,
        f"{result.school_year} 学年有学籍、不在班级花名册的学生",
        [
            SheetColumn("学校", children["school"].to_list(), widest=26, narrowest=12),
            SheetColumn("年级", [_grade(str(grade)) for grade in children["grade"].to_list()], narrowest=7),
            *_person(children),
            SheetColumn("监护人及电话", _joined(children, "guardian", "phone"), widest=16),
            SheetColumn("人群类别", _lines(children["groups"]), widest=14),
            SheetColumn("学籍出处", _lines(children["roll_source"]), widest=28),
            SheetColumn("比对说明", children["explanation"].to_list(), widest=30),
            SheetColumn("核查结果代码", choices="核查结果", narrowest=16),
            SheetColumn("原因", choices="原因", narrowest=12),
            SheetColumn("学校核查人", narrowest=10),
            SheetColumn("签字", narrowest=9),
            SheetColumn("编号", children["child_id"].to_list(), widest=12),
        ],
        note=f"共 {len(children):,} 人，按学校、年级排列。学校没有送花名册的，不在此列。",
    )


def _groups_sheet(book: Workbook, result: RunResult) -> None:
    """Count the key groups by township: of school age, missing, to review, not in class."""
    rows = figures.group_rows(result.children)
    rows = rows.assign(
        township=rows["township"].astype("str").replace("", figures.NOWHERE),
        missing=(rows["enrolment"] == "not_enrolled") & (rows["origin"] == "population"),
        review=(rows["enrolment"] == "review") & (rows["origin"] == "population"),
        absent=rows["attendance"] == "absent",
    )
    by_place = rows.groupby(["group", "township"], observed=True)
    table = by_place[["missing", "review", "absent"]].sum()
    table.insert(0, "children", by_place.size())
    flat = table.reset_index()
    columns = [
        SheetColumn("人群类别", flat["group"].to_list(), narrowest=16),
        SheetColumn("乡镇", flat["township"].to_list(), narrowest=16),
    ]
    labels = {"children": "学龄儿童", "missing": "未就学", "review": "待人工确认", "absent": "名在人不在"}
    columns += [
        SheetColumn(label, flat[name].to_list(), kind="number", narrowest=12)
        for name, label in labels.items()
    ]
    note = "一名儿童属于几类人群的，在每一类中各计一次，各类不能相加。"
    book.table_sheet(
        "重点人群汇总", f"{result.school_year} 学年重点人群就学情况（按乡镇）", columns, note=note
    )


def _person(children: pd.DataFrame) -> list[SheetColumn]:
    return [
        SheetColumn("序号", list(range(1, len(children) + 1)), kind="number"),
        SheetColumn("乡镇", children["township"].to_list(), widest=14),
        SheetColumn("村", children["village"].to_list(), widest=14),
        SheetColumn("姓名", children["name"].to_list(), widest=20, narrowest=8),
        SheetColumn("性别", children["sex"].to_list()),
        SheetColumn("出生日期", children["birth_date"].to_list()),
        SheetColumn("公民身份号码", children["id_number"].to_list(), narrowest=20),
    ]


def _joined(children: pd.DataFrame, first: str, second: str) -> list[str]:
    pairs = zip(children[first].to_list(), children[second].to_list(), strict=True)
    return ["\n".join(text for text in pair if text) for pair in pairs]


def _lines(texts: pd.Series) -> list[str]:
    return [text.replace(";", "\n") for text in texts.to_list()]
