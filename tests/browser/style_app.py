"""An app with nothing but our templates and made-up values, to look at them and to test them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, flash, redirect, render_template, request
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Response

import service.web
from service.answers import SAID
from service.reports.waterfall import bars
from service.web.site import install

WEB = Path(service.web.__file__).parent
LAST = 9
"""Steps of the made-up job: one is done at every request."""

TOWNS = [
    ("青石镇", 212, 430),
    ("柳河乡", 131, 288),
    ("红旗镇", 96, 175),
    ("钟英傈僳族彝族乡", 240, 301),
    ("杉阳镇", 58, 90),
]
PAIR = [
    {"label": "姓名", "left": "买买提·艾力", "right": "买买提艾力"},
    {"label": "性别", "left": "男", "right": "男"},
    {"label": "出生日期", "left": "2015-03-18", "right": "2015-03-13", "number": True},
    {
        "label": "证件号码",
        "left": "659999201503180113",
        "right": "659999201503180118",
        "number": True,
        "shown_left": "659999********0113",
        "shown_right": "659999********0118",
    },
    {"label": "监护人", "left": "艾力·吐尔逊", "right": ""},
    {"label": "住址", "left": "青石镇河西村3组", "right": "青石镇河西村三组"},
]
NAMES = ("欧阳小明", "阿依古丽·买买提", "王佳", "李雨桐", "张伟", "刘思远", "陈㛃", "赵一诺")


def _rows(first: int) -> list[dict[str, Any]]:
    states = (("待核实", "warn"), ("已核实", "good"), ("未就学", "bad"), ("退回", "neutral"))
    return [
        {
            "name": NAMES[(first + at) % len(NAMES)],
            "number": "659999********0113",
            "birth": date(2014, 3, 1 + at),
            "place": "青石镇 河西村",
            "groups": "农村低保、脱贫户" if at % 3 else "残疾（智力二级）",
            "state": states[at % 4][0],
            "tone": states[at % 4][1],
            "candidates": at % 4,
        }
        for at in range(8)
    ]


def _chart() -> dict[str, Any]:
    return {
        "xAxis": {"type": "category", "data": [town for town, _, _ in TOWNS]},
        "yAxis": {"type": "value"},
        "series": [
            {"name": "未就学", "type": "bar", "data": [count for _, count, _ in TOWNS]},
            {"name": "待人工确认", "type": "bar", "data": [count for _, _, count in TOWNS]},
        ],
    }


def style_app() -> Flask:
    """The app. ``/``: every macro; ``/door``: signing in; ``/progress``: a job; ``/error/404``."""
    app = Flask("style", template_folder=str(WEB / "templates"), static_folder=str(WEB / "static"))
    app.config.update(SECRET_KEY="for a test", TESTING=True)
    here = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_loader = ChoiceLoader([here, FileSystemLoader(WEB / "templates")])
    app.jinja_env.undefined = StrictUndefined
    install(app)
    CSRFProtect(app)
    _words(app)
    _routes(app)
    return app


def _words(app: Flask) -> None:
    """What the real app gives every page of somebody signed in."""
    nav = [
        ("工作台", "style", "layout-dashboard"),
        ("名单上传", "act", "upload"),
        ("比对", "act", "arrows-diff"),
        ("核查名单", "act", "list-check"),
        ("联席会议", "act", "gavel"),
        ("报表", "act", "report-analytics"),
        ("部门与人员", "act", "users"),
        ("操作记录", "act", "history"),
    ]
    rounds = [
        {"label": "2026年秋季核查", "url": "/", "current": True, "state": "人工确认"},
        {"label": "2026年春季核查", "url": "/?round=1", "current": False, "state": "已归档"},
    ]
    words = {
        "nav": nav,
        "here": "style",
        "rounds": rounds,
        "sign_out_url": "/act",
        "account_url": "/door",
        "identity": {"name": "李敏", "roles": {"officer"}, "agency_name": "青石县教育体育局"},
    }
    app.jinja_env.globals["reminded"] = lambda: {"late": 3}
    app.context_processor(lambda: words if request.path != "/door" else {"identity": None})


def _routes(app: Flask) -> None:
    asked = {"times": 0}
    app.add_url_rule("/reminders", "reminders.index", lambda: "")

    @app.get("/")
    def style() -> str:
        first = int(request.args.get("first", 1))
        page = {
            "previous": f"/?first={first - 8}" if first > 8 else None,
            "next": f"/?first={first + 8}",
            "first": first,
            "last": first + 7,
            "total": 1019,
        }
        return render_template(
            "style.html",
            rows=_rows(first),
            page=page,
            pair=PAIR,
            done=4,
            option=_chart(),
            towns=TOWNS,
            bars=bars("name:+4.10;birth:-2.00;id:+5.60;place:+1.10;sex:+0.90;household:-2.50"),
            now=datetime(2026, 9, 12, 0, 30, tzinfo=UTC),
        )

    @app.get("/progress")
    def progress() -> str:
        asked["times"] += 1
        return render_template("progress.html", done=min(asked["times"] * 3, LAST), last=LAST)

    @app.get("/door")
    def door() -> str:
        return render_template("door.html")

    @app.route("/act", methods=["GET", "POST"], defaults={"status": 0})
    @app.route("/act/<int:status>", methods=["GET", "POST"])
    def act(status: int) -> Response:
        flash("已收到。", "good")
        return redirect("/")

    @app.get("/error", defaults={"status": 500})
    @app.get("/error/<int:status>")
    def error(status: int) -> tuple[str, int]:
        return render_template(
            "error.html", status=status, message=str(SAID[status][1]), request_id="7f3a-20c1"
        ), status
