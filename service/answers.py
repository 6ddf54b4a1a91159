"""How errors are answered: one shape for programs, one page for people, never a trace."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from service.errors import ConflictError, ServiceError, UnavailableError

log = logging.getLogger(__name__)

SAID = {
    400: ("invalid", "请求的内容有误，请返回检查后重试。"),
    401: ("unauthenticated", "请先登录。"),
    403: ("forbidden", "您没有这项权限。"),
    404: ("not_found", "没有找到这个页面或记录，也可能不在您的权限范围内。"),
    405: ("method_not_allowed", "这个地址不支持这种操作。"),
    409: ("conflict", "别人刚刚做了修改，请刷新后再试。"),
    413: ("too_large", "文件超过了允许的大小。请拆分后上传，或联系系统管理员。"),
    415: ("unsupported", "不支持这种内容类型。"),
    422: ("invalid", "有的字段填写有误，请检查。"),
    429: ("too_many", "操作过于频繁，请稍后再试。"),
    500: ("error", "系统出错，已记录。请把下面的编号告诉系统管理员。"),
    503: ("unavailable", "服务暂时不可用，请稍后再试。"),
}
"""HTTP status -> code for programs, sentence for people."""


def install(app: Flask) -> None:
    """Answer every error of the app."""
    app.register_error_handler(ServiceError, _service)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StaleDataError, lambda _: _service(ConflictError(SAID[409][1])))
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _unforeseen)
    if hasattr(app, "error_processor"):
        app.error_processor(lambda error: _body(error.status_code, "invalid", error.message, error.detail))


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
    return _service(UnavailableError(SAID[503][1]))


def _unforeseen(error: Exception) -> ResponseReturnValue:
    # Without values: an exception's text may quote a record.
    log.error("request %s: %s", g.get("request_id"), type(error).__name__, exc_info=error)
    return answer(500, *_said(500), {})


def _said(status: int) -> tuple[str, str]:
    code, sentence = SAID.get(status, SAID[500 if status >= 500 else 400])
    return code, gettext(sentence)


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
