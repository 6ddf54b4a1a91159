"""``--as``: a kind of list in the words of whoever writes the command, its Chinese name or its identifier."""

from __future__ import annotations

import click

from schemas.records import record_types

LIST = "名单"
"""What most names of kinds end in, and nobody types."""


class Kind(click.ParamType[str]):
    """A kind of list; the value is its identifier, as ``roll`` of 学籍, 学籍名单 and ROLL."""

    name = "种类"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The identifier of what was said."""
        said = value.strip()
        for kind, of in record_types().items():
            if said.lower() == kind or said.removesuffix(LIST) == of.label.removesuffix(LIST):
                return kind
        known = "、".join(f"{of.label.removesuffix(LIST)}({kind})" for kind, of in record_types().items())
        self.fail(f"{value!r} 不是名单种类。可以写：{known}。", param, ctx)


class KindOfFile(click.ParamType[tuple[str, str]]):
    """``kind=FILE``; the value is the file and the kind."""

    name = "种类=文件"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """The file and the identifier of its kind."""
        kind, _, file = value.partition("=")
        if not file:
            self.fail(f"{value!r}：写成 种类=文件，如 学籍=学籍.csv。", param, ctx)
        return file, Kind().convert(kind, param, ctx)


kind_option = click.option(
    "--as",
    "kind",
    type=Kind(),
    metavar="种类",
    callback=lambda _, __, given: given or "",
    help="指明名单种类，不自动判断，如 学籍。",
)
kinds_option = click.option(
    "--as",
    "kinds",
    multiple=True,
    type=KindOfFile(),
    metavar="种类=文件",
    callback=lambda _, __, given: dict(given),
    help="指明一个文件是哪种名单，优先于自动识别，如 学籍=学籍.csv；可多次使用。",
)
