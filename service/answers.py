"""How errors are answered: one shape for programs, one page for people, never a trace."""

from __future__ import annotations

import logging
from typing import Any

from apiflask import HTTPError
from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from service.accounts import guard
from service.errors import ConflictError, ServiceError, UnavailableError, disk_full, said
from service.privacy.ciphers import TamperedError

log = logging.getLogger(__name__)

SAID = {
    400: ("invalid", lazy_gettext("提交的内容缺少或有误。请返回上一页，检查后重新提交。")),
    401: ("unauthenticated", lazy_gettext("没有登录，或登录已过期。请重新登录。")),
    403: ("forbidden", lazy_gettext("您的角色不能做这件事。工作确有需要的，请联系安全管理员授予相应角色。")),
    404: ("not_found", lazy_gettext("地址不存在，或内容不在您的权限范围内。请核对地址，或从导航重新进入。")),
    405: ("method_not_allowed", lazy_gettext("这个地址不支持这种操作。请返回上一页，用页面上的按钮。")),
    409: (
        "conflict",
        lazy_gettext("在您打开之后别人先做了修改，您的修改没有保存。请刷新，看过最新内容后再改。"),
    ),
    413: ("too_large", lazy_gettext("文件超过了允许的大小。请另存为 CSV，或按乡镇拆成几个文件上传。")),
    415: ("unsupported", lazy_gettext("不支持这种内容类型。")),
    422: ("invalid", lazy_gettext("有的字段填写有误，没有保存。请按提示改正后重新提交。")),
    429: ("too_many", lazy_gettext("短时间内的请求太多，已暂停受理。请等一分钟再试，不必反复刷新。")),
    500: (
        "error",
        lazy_gettext(
            "您的操作没有完成，已有的数据不受影响。请稍后重试；仍不行，请把下面的编号告诉系统管理员。"
        ),
    ),
    503: (
        "unavailable",
        lazy_gettext("正在维护，或数据库暂时连接不上。请过几分钟再试，已提交的任务会自动继续。"),
    ),
}
"""HTTP status -> code for programs, sentence for people."""


FULL = "服务器的磁盘已满，没有保存。请告诉系统管理员；腾出空间后，再提交一次即可。"


def install(app: Flask) -> None:
    """Answer every error of the app."""
    app.register_error_handler(ServiceError, _service)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StaleDataError, lambda _: _service(ConflictError(_said(409)[1])))
    app.register_error_handler(OperationalError, _database)
    # A value that no column can hold (a zero byte, a number beyond its range): the sender's to mend.
    app.register_error_handler(DataError, lambda _: answer(422, *_said(422), {}))
    app.register_error_handler(Exception, _unforeseen)
    # Not by ``error_processor``, which would take every HTTP error as well, pages' among them.
    app.error_callback = _unfit  # type: ignore[attr-defined]


def _unfit(error: HTTPError) -> ResponseReturnValue:
    """What a schema of the API refuses."""
    return answer(error.status_code, _said(error.status_code)[0], "", error.detail)


def of_program() -> bool:
    """Whether a program asked, not a person with a browser."""
    return request.path.startswith("/api/") or request.path.startswith("/health/")


def _service(error: ServiceError) -> ResponseReturnValue:
    message = gettext(error.message) if error.message else ""
    return answer(error.status, error.code, message, error.details)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    answered = answer(status, *_said(status), {})
    if error.get_response().headers.get("Allow"):
        answered[0].headers["Allow"] = error.get_response().headers["Allow"]
    return answered


def _database(error: OperationalError) -> ResponseReturnValue:
    log.error("database: %s", type(error.orig).__name__)
    return _service(UnavailableError(_said(503)[1]))


def _unforeseen(error: Exception) -> ResponseReturnValue:
    if isinstance(error, TamperedError):
        guard.tampered(error)
    if disk_full(error):
        log.error("request %s: the disk is full", g.get("request_id"))
        return _service(UnavailableError(FULL))
    # Without values: an exception's text may quote a record.
    log.error("request %s\n%s", g.get("request_id"), said(error))
    return answer(500, *_said(500), {})


def _said(status: int) -> tuple[str, str]:
    code, sentence = SAID.get(status, SAID[500 if status >= 500 else 400])
    return code, str(sentence)


def answer(status: int, code: str, message: str, details: dict[str, Any]) -> tuple[Any, int]:
    """The answer to an error, as JSON or as a page."""
    message = message or _said(status)[1]
    if of_program():
        return _body(status, code, message, details)
    page = render_template(
        "error.html", status=status, code=code, message=message, request_id=g.get("request_id", "")
    )
    return make_response(page), status


def _body(status: int, code: str, message: str, details: Any) -> tuple[Any, int]:
    said = {"code": code, "message": message, "details": details or {}, "request_id": g.get("request_id", "")}
    return jsonify({"error": said}), status
