"""Templates from anybody's computer: what is refused, by which words, and that nothing is lost."""

from __future__ import annotations

import zipfile
from io import BytesIO

import docx
import pytest
from docx.oxml.ns import qn

from schemas.notice import NOTICES
from service.errors import InvalidError
from service.notices.defaults import default_template, wording
from service.notices.documents import checked, filled, text_of
from service.notices.fields import FIELDS, examples
from tests.service.notices.papers import replaced, split_runs, template, with_field, with_parts

EXTERNAL = (
    b'<Relationship Id="rId99" TargetMode="External" Target="http://203.0.113.9/x.dotm" Type='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/></Relationships>'
)
LINK = EXTERNAL.replace(b"attachedTemplate", b"hyperlink")
RELS = "word/_rels/document.xml.rels"


@pytest.mark.parametrize("kind", NOTICES)
def test_our_own_templates_are_good(kind: str) -> None:
    used = checked(default_template(kind))
    assert {"文号", "儿童姓名", "监护人", "发文单位", "发文日期"} <= set(used)
    assert ("前一文书" in used) == bool(NOTICES[kind].after)
    assert ("依据" in used) == NOTICES[kind].basis
    assert ("期限天数" in used) == bool(NOTICES[kind].term)
    assert set(wording()) == set(NOTICES)


FIELDS_NEEDED = "{{ 文号 }}{{ 儿童姓名 }}"
MAIN, MACRO = b"document.main", b"document.macroEnabled.main"
OLE = b"\xd0\xcf"

BAD = {
    "no file at all": (lambda: b"", "打不开"),
    "a text": (lambda: "{{ 文号 }}{{ 儿童姓名 }}".encode(), "打不开"),
    "another archive": (lambda: with_parts({}).replace(b"word/", b"xord/"), "不是 .docx"),
    "cut off": (lambda: template()[:4000], "打不开"),
    "an unknown field": (
        lambda: template([FIELDS_NEEDED, "{{ 监护任 }}{{ x }}"]), r"\{\{ x \}\}、\{\{ 监护任 \}\}"
    ),
    "an unknown field in a header": (lambda: template(header="{{ 抬头 }}"), r"\{\{ 抬头 \}\}"),
    "an unknown field in a table": (lambda: template(table=["{{ 文号 }}", "{{ 页眉 }}"]), r"\{\{ 页眉 \}\}"),
    "no number": (lambda: template(["{{ 儿童姓名 }}"]), r"缺少必需的字段：\{\{ 文号 \}\}"),
    "no child": (lambda: template(["{{ 文号 }}"]), r"缺少必需的字段：\{\{ 儿童姓名 \}\}"),
    "a loop": (lambda: template(["{% for x in y %}{{ 文号 }}{{ 儿童姓名 }}{% endfor %}"]), "不支持的写法"),
    "a comment": (lambda: template(["{{ 文号 }}{{ 儿童姓名 }}", "{# 注 #}"]), "不支持的写法"),
    "code": (
        lambda: template([FIELDS_NEEDED, "{{ 文号.__class__.__mro__ }}"]), r"字段：\{\{ 文号\.__class__"
    ),
    "a filter": (lambda: template(["{{ 文号 }}{{ 儿童姓名|safe }}"]), r"不认识的字段：\{\{ 儿童姓名\|safe"),
    "raw xml": (lambda: template(["{{ 文号 }}{{r 儿童姓名 }}"]), "不认识的字段"),
    "half a brace": (lambda: template(["{{ 文号 }}{{ 儿童姓名 }}", "{{ 性别"]), "没写完的花括号"),
    "a brace over two paragraphs": (lambda: template([FIELDS_NEEDED, "{{ 性", "别 }}"]), "没写完的花括号"),
    "a macro": (lambda: with_parts({"word/vbaProject.bin": b"\xd0\xcf"}), "宏"),
    "a macro by its type": (lambda: replaced("[Content_Types].xml", MAIN, MACRO), "宏"),
    "an embedded object": (lambda: with_parts({"word/embeddings/oleObject1.bin": OLE}), "嵌入的对象"),
    "a template from elsewhere": (lambda: replaced(RELS, b"</Relationships>", EXTERNAL), "文件以外的内容"),
    "a field that fetches": (lambda: with_field(' INCLUDETEXT "http://203.0.113.9/x" '), "从别处取内容"),
    "a command": (lambda: with_field(" DDEAUTO c:\\\\x cmd "), "从别处取内容"),
    "an entity": (lambda: replaced("word/document.xml", b"<w:body>", b"<!DOCTYPE x><w:body>"), "打不开"),
    "too large": (lambda: with_parts({"word/media/x.png": bytes(5 * 2**20)}) + bytes(5 * 2**20), "4 MiB"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_template_that_cannot_be_used_is_refused_with_why(case: str) -> None:
    made, why = BAD[case]
    data = made()
    with pytest.raises(InvalidError, match=why):
        checked(data)


def test_an_unknown_field_is_named_with_those_that_there_are() -> None:
    with pytest.raises(InvalidError) as refused:
        checked(template(["{{ 文号 }}{{ 儿童姓名 }}{{ 家长 }}"]))
    assert refused.value.details == {"unknown": ["家长"]}
    assert all(name in refused.value.message for name in FIELDS)


def test_a_link_to_click_is_no_harm() -> None:
    assert checked(replaced(RELS, b"</Relationships>", LINK)) == [
        "文号",
        "儿童姓名",
        "监护人",
        "学校",
        "期限天数",
        "发文单位",
    ]


def test_a_field_that_word_has_cut_into_runs_is_one_field() -> None:
    data = split_runs("请送{", "{ 儿童", "姓名 }", "}到校")
    assert checked(data) == ["文号", "儿童姓名"]
    assert "请送阿依古丽·买买提到校" in text_of(filled(data, examples()))


NAMES = [
    "张三",
    "<张>&“三”'",
    "{{ 文号 }}",
    "{% for %}",
    "</w:t></w:r>",
    "阿卜杜热合曼·买买提依明江·" * 20,
    "𠮷野𡈼",
    "ئايگۈل مەمەت",
    "a\x00b\x08c",
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_filled_in_stands_there_as_it_is(name: str) -> None:
    values = {**examples(), "儿童姓名": name, "事由": f"第一行\n{name}"}
    for data in (
        default_template("order"),
        template(table=["{{ 儿童姓名 }}", "{{ 文号 }}"], header="{{ 儿童姓名 }}"),
    ):
        made = filled(data, values)
        written = name.replace("\x00", "").replace("\x08", "")
        text = text_of(made)
        assert text.count(written) >= 2
        assert values["文号"] in text
        assert "{{" not in text.replace(written, "")
        for part in zipfile.ZipFile(BytesIO(made)).namelist():
            assert "vba" not in part.lower()


def test_a_value_with_line_breaks_stays_within_its_paragraph() -> None:
    made = docx.Document(BytesIO(filled(default_template("persuade"), {**examples(), "事由": "一\n二\n三"})))
    lines = [each.text for each in made.paragraphs if each.text.startswith("一")]
    assert lines == ["一\n二\n三"]


def test_a_paragraph_that_would_be_empty_is_left_out() -> None:
    full, empty = (
        docx.Document(BytesIO(filled(default_template("persuade"), {**examples(), "事由": said})))
        for said in ("未到校。", "")
    )
    assert len(full.paragraphs) == len(empty.paragraphs) + 1


def test_two_fields_beside_each_other_are_no_empty_paragraph() -> None:
    data = template(["{{ 文号 }}{{ 儿童姓名 }}", "{{ 事由 }}", "{{ 事由 }}{{ 依据 }}"])
    assert checked(data) == ["文号", "儿童姓名", "事由", "依据"]
    made = filled(data, {**examples(), "事由": "", "依据": "某条例"})
    assert text_of(made).split() == ["城关镇人民政府控辍〔2026〕1号阿依古丽·买买提", "某条例"]


@pytest.mark.parametrize("kind", NOTICES)
def test_chinese_is_set_in_a_chinese_font_and_tables_fit_the_page(kind: str) -> None:
    made = docx.Document(BytesIO(filled(default_template(kind), examples())))
    for paragraph in made.element.body.iter(qn("w:p")):
        for run in paragraph.iter(qn("w:r")):
            if any(ord(char) > 0x2E80 for text in run.iter(qn("w:t")) for char in text.text or ""):
                fonts = run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
                assert fonts is not None
                assert fonts.get(qn("w:eastAsia")) in ("宋体", "黑体", "仿宋")
    section = made.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    for table in made.tables:
        assert sum(column.width for column in table.columns) <= room + 635 * len(table.columns)


def test_a_bureaus_template_without_a_chinese_font_gets_one() -> None:
    doc = docx.Document(
        BytesIO(filled(replaced("word/styles.xml", b"w:eastAsiaTheme", b"w:csTheme2"), examples()))
    )
    fonts = [each.get(qn("w:eastAsia")) for each in doc.styles.element.iter(qn("w:rFonts"))]
    assert "仿宋" in fonts
