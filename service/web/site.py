"""Make an app speak our pages: words for templates, two languages, headers, files that may be kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, g, request, url_for
from flask_babel import Babel, format_date, format_datetime, get_locale
from markupsafe import Markup, escape

from schemas.permission import ROLES
from service.reports.character_diff import covered, differences

FOLDER = Path(__file__).parent
LANGUAGES = (("zh", "中文", "zh-CN"), ("en", "English", "en"))
"""Code in ``?lang=`` and in the cookie, name in the switch, ``lang`` of the page; the default first."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""On every answer. No inline script, no inline style, no ``data:``: templates are written without them."""

_LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
_TD = re.compile(r"<td\b")


def install(app: Flask) -> None:
    """Give the app the words of the templates, its languages and its headers.

    The app's own ``template_folder`` and ``static_folder`` are ``web/templates`` and ``web/static``.
    """
    Babel(
        app,
        default_locale=_LOCALES["zh"],
        default_timezone="Asia/Shanghai",
        default_translation_directories=str(FOLDER / "translations"),
        locale_selector=lambda: _LOCALES[language()],
    )
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    words = (icon, asset, language, language_url, differences, covered, labelled, page_language, role_names)
    env.globals.update({word.__name__: word for word in words}, LANGUAGES=LANGUAGES)
    env.filters.update(number="{:,}".format, day=_day, moment=_moment)
    app.after_request(_finish)


def language() -> str:
    """The language of this request: asked for by ``?lang=``, kept, the account's, the browser's, Chinese."""
    who = g.get("identity")
    asked = (request.args.get("lang"), request.cookies.get("language"), who.language if who else None)
    chosen = next((code for code in asked if code in _LOCALES), None)
    return chosen or request.accept_languages.best_match(list(_LOCALES)) or "zh"


def page_language() -> str:
    """The ``lang`` attribute of the page."""
    return "en" if str(get_locale()) == "en" else "zh-CN"


def language_url(code: str) -> str:
    """This page in another language; every other argument stays."""
    if request.endpoint is None or request.method != "GET":
        return f"?lang={code}"
    # Behind the address, not given to what builds it: that takes `_scheme` and `_anchor` for its own.
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    place = url_for(request.endpoint, **(request.view_args or {}))
    return f"{place}?{urlencode([*asked, ('lang', code)])}"


def role_names(roles: Collection[str]) -> str:
    """What a person's roles are called, in the order of the table, in the language of the page."""
    held = [role for name, role in ROLES.items() if name in roles]
    return (
        ", ".join(role.english for role in held)
        if language() == "en"
        else "、".join(role.label for role in held)
    )


@cache
def _icons() -> frozenset[str]:
    lines = (FOLDER / "icons.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def icon(name: str, extra: str = "") -> Markup:
    """A drawing from the sprite, hidden from screen readers: the text beside it speaks.

    Raises ValueError for a name that is not in ``service/web/icons.txt``.
    """
    if name not in _icons():
        raise ValueError(f"icon {name!r} is not in service/web/icons.txt: add it, run tools/assets.py")
    # Thirty a page: put together without Markup's own formatting, which is slow. The name is of our list.
    drawing = f'<use href="{escape(asset("vendor/icons.svg"))}#{name}"></use>'
    return Markup(f'<svg class="icon {escape(extra)}" aria-hidden="true" focusable="false">{drawing}</svg>')  # noqa: S704


def asset(path: str) -> str:
    """Address of a static file with a mark of its content, so that browsers may keep it for good."""
    built: dict[str, str] = g.setdefault("assets", {})
    if path not in built:
        built[path] = url_for("static", filename=path, v=_mark(path))
    return built[path]


@cache
def _mark(path: str) -> str:
    file = FOLDER / "static" / path
    if not file.is_file():
        raise FileNotFoundError(
            f"{file} is missing: run `make run` once, or .venv/bin/python tools/assets.py"
        )
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]


def labelled(row: str, labels: Sequence[str]) -> Markup:
    """Write each cell's column name into it, for phones, where a table becomes a list of cards.

    ``row`` is what a template made: its values are escaped already.
    """
    names = iter(labels)
    return Markup(_TD.sub(lambda _: f'<td role="cell" data-label="{escape(next(names, ""))}"', row))  # noqa: S704


def _day(value: object) -> str:
    """A date as ``2026-09-01``; nothing as ``""``."""
    return format_date(value, "yyyy-MM-dd") if value else ""


def _moment(value: object) -> str:
    """A moment (aware, or naive UTC) on the county's clock as ``2026-09-01 08:30``; nothing as ``""``."""
    return format_datetime(value, "yyyy-MM-dd HH:mm") if value else ""


def _finish(response: Response) -> Response:
    """Headers, the cookie of a chosen language, and how long an answer may be kept."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    elif "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if request.args.get("lang") in _LOCALES:
        response.set_cookie(
            "language",
            language(),
            max_age=31_536_000,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure,
        )
    return response
