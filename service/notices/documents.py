"""Templates and what is made of them: looked at before they are kept, filled in without running anything.

A template comes from a person's own computer, so nothing in it is trusted: it is inflated under limits, may
hold no macro and fetch nothing from elsewhere, and its braces may hold names of fields and nothing else.
docxtpl fills them in; values are escaped, so that ``<`` and ``&`` in a name stay what they are.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

import docx
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from connectors.archive import inspect_archive
from connectors.guard import Limits, RefusedError
from service.errors import InvalidError
from service.export.document import FANG, name_fonts, saved, writable
from service.notices.fields import FIELDS, examples

MOST_BYTES = 4 * 2**20
LIMITS = Limits(
    file_bytes=MOST_BYTES,
    archive_entries=200,
    entry_bytes=16 * 2**20,
    total_bytes=32 * 2**20,
    ratio_floor=8 * 2**20,
)
TEXT_BYTES = 2 * 2**20
"""Of one part with text: a notice has some 20 KiB."""

_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
_BRACES = re.compile(r"\{\{(.*?)\}\}", re.S)
_ALONE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_CODE = re.compile(r"\{%|%\}|\{#|#\}")
_ACTIVE = ("vbaproject", "vbadata", "activex", "word/embeddings/", "oleobject", "word/afchunk", "customui")
_FETCHES = re.compile(r"\b(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT)\b", re.I)


def checked(data: bytes) -> list[str]:
    """The fields that a template uses, in the order of ``FIELDS``, once it is known to be harmless.

    Raises:
        InvalidError: naming what is wrong with it and what to do.
    """
    if len(data) > MOST_BYTES:
        raise InvalidError("模板超过 4 MiB。请压缩或删去其中的图片后重新上传。")
    _harmless(data)
    texts = list(_texts(data))
    for text in texts:
        if _CODE.search(text):
            raise InvalidError(
                f"模板中有不支持的写法：“{_short(text)}”。只能用 {{{{ 字段名 }}}}，不能用 {{% %}} 语句。"
            )
        rest = _BRACES.sub("", text)
        if "{{" in rest or "}}" in rest:
            raise InvalidError(
                f"模板中有没写完的花括号：“{_short(text)}”。字段要写成 {{{{ 字段名 }}}}，在同一段内。"
            )
    used = {name.strip() for text in texts for name in _BRACES.findall(text)}
    unknown = sorted(used - set(FIELDS))
    if unknown:
        raise InvalidError(
            f"模板中有不认识的字段：{'、'.join(f'{{{{ {_short(each)} }}}}' for each in unknown[:10])}。"
            f"请改为可用的字段：{'、'.join(FIELDS)}。",
            unknown=unknown[:10],
        )
    missing = [field.name for field in FIELDS.values() if field.needed and field.name not in used]
    if missing:
        raise InvalidError(
            f"模板中缺少必需的字段：{'、'.join(f'{{{{ {each} }}}}' for each in missing)}。请加上后重新上传。"
        )
    _tried(data)
    return [name for name in FIELDS if name in used]


def filled(template: bytes, values: Mapping[str, str]) -> bytes:
    """The document that a template gives with these values; fields without one stay empty.

    Raises:
        InvalidError: the template cannot be filled in.
    """
    known = {name: writable(values.get(name, "")).replace("\a", "").replace("\f", "") for name in FIELDS}
    # Fields are names alone (``checked``); what is not, the sandbox stops.
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    try:
        made = DocxTemplate(BytesIO(template))
        _drop_empty(made.get_docx(), known)
        made.render(known, environment, autoescape=True)
    except (TemplateError, KeyError, ValueError, etree.XMLSyntaxError) as error:
        raise InvalidError("这个模板不能填写。请用 Word 打开后另存为 .docx，再重新上传。") from error
    if not _has_chinese_font(made.docx):
        name_fonts(made.docx, FANG)
    return saved(made.docx)


def _drop_empty(doc: Any, values: Mapping[str, str]) -> None:
    """Remove paragraphs that are one field alone, and that without a value: no blank line stays behind."""
    for paragraph in list(doc.element.body.iter(qn("w:p"))):
        text = "".join(each.text or "" for each in paragraph.iter(qn("w:t"))).strip()
        alone = _ALONE.fullmatch(text)
        if alone and not values.get(alone[1]) and paragraph.getparent().tag != qn("w:tc"):
            paragraph.getparent().remove(paragraph)


def _harmless(data: bytes) -> None:
    """Refuse what is no .docx, what holds a program, and what would fetch something when it is opened."""
    try:
        found = inspect_archive(data, LIMITS)
    except RefusedError:
        raise InvalidError(
            "这个文件打不开，或不是 .docx。请用 Word 另存为“Word 文档(*.docx)”后重新上传。"
        ) from None
    with zipfile.ZipFile(BytesIO(data)) as parts:
        names = parts.namelist()
        if "word/document.xml" not in names or "[Content_Types].xml" not in names:
            raise InvalidError("这个文件不是 .docx。请用 Word 另存为“Word 文档(*.docx)”后重新上传。")
        types = parts.read("[Content_Types].xml").lower()
        lower = [name.lower() for name in names]
        if (
            found.macros
            or b"macroenabled" in types
            or any(word in name for name in lower for word in _ACTIVE)
        ):
            raise InvalidError(
                "模板中有宏、控件或嵌入的对象，不能使用。请在 Word 中另存为不带宏的 .docx 后重新上传。"
            )
        for name in names:
            if name.endswith(".rels"):
                _check_targets(parts.read(name))
            elif _PARTS.fullmatch(name) and parts.getinfo(name).file_size > TEXT_BYTES:
                raise InvalidError("模板的文字太多。文书模板一般只有一两页，请检查是否选错了文件。")


def _check_targets(rels: bytes) -> None:
    """Links to click are harmless; anything else outside the file is not."""
    try:
        tree = _parsed(rels)
    except etree.XMLSyntaxError:
        raise InvalidError("这个文件打不开。请用 Word 另存为 .docx 后重新上传。") from None
    for each in tree.iter("{*}Relationship"):
        if each.get("TargetMode") == "External" and not str(each.get("Type")).endswith("/hyperlink"):
            raise InvalidError(
                "模板引用了文件以外的内容(链接的图片、附加模板等)。请在 Word 中断开链接后重新上传。"
            )


def _texts(data: bytes) -> Iterator[str]:
    """The text of each paragraph, wherever it stands, and the properties of the file."""
    with zipfile.ZipFile(BytesIO(data)) as parts:
        for name in parts.namelist():
            if not _PARTS.fullmatch(name):
                continue
            try:
                tree = _parsed(parts.read(name))
            except etree.XMLSyntaxError:
                raise InvalidError("这个文件打不开。请用 Word 另存为 .docx 后重新上传。") from None
            for code in tree.iter(qn("w:instrText")):
                if _FETCHES.search(code.text or ""):
                    raise InvalidError("模板中有从别处取内容的域。请删去后重新上传。")
            for simple in tree.iter(qn("w:fldSimple")):
                if _FETCHES.search(simple.get(qn("w:instr")) or ""):
                    raise InvalidError("模板中有从别处取内容的域。请删去后重新上传。")
            for paragraph in tree.iter(qn("w:p")):
                yield "".join(each.text or "" for each in paragraph.iter(qn("w:t")))
        if "docProps/core.xml" in parts.namelist():
            yield " ".join(_parsed(parts.read("docProps/core.xml")).itertext())


def _parsed(xml: bytes) -> Any:
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))


def _tried(data: bytes) -> None:
    """Fill it in with made-up values, and find them again."""
    values = examples()
    try:
        text = text_of(filled(data, values))
    except InvalidError:
        raise
    except Exception as error:
        raise InvalidError("这个模板不能填写。请用 Word 打开后另存为 .docx，再重新上传。") from error
    lost = [name for name, field in FIELDS.items() if field.needed and values[name] not in text]
    if lost:
        raise InvalidError(f"模板填写后找不到{'、'.join(lost)}。请把字段放在正文或表格的普通文字中。")


def text_of(data: bytes) -> str:
    """All text of a document, a line a paragraph."""
    doc = docx.Document(BytesIO(data))
    parts = [
        doc.element,
        *(each._element for section in doc.sections for each in (section.header, section.footer)),
    ]
    return "\n".join(
        "".join(each.text or "" for each in paragraph.iter(qn("w:t")))
        for part in parts
        for paragraph in part.iter(qn("w:p"))
    )


def _has_chinese_font(doc: Any) -> bool:
    """Whether the document says in which font its Chinese is set."""
    return any(each.get(qn("w:eastAsia")) for each in doc.styles.element.iter(qn("w:rFonts")))


def _short(text: str) -> str:
    return text.strip()[:40]
