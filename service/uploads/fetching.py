"""Get the bytes of a feed: a view of another database, or a file of another server.

Only from hosts that the settings name, at the address that was looked at, and no more than may come.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.config import Settings
from service.errors import InvalidError, ServiceError, TooLargeError

CONNECT_SECONDS = 15
_PIECE = 1 << 20
_VIEW = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)?")

Beat = Callable[[int], None]
"""Told the bytes that came; what it raises stops the fetching."""


class FetchError(ServiceError):
    """The other side does not answer as it should; the text says what to look at."""

    code, status = "feed_failed", 502


def check_address(settings: Settings, source: str, address: str, view: str) -> None:
    """Refuse an address that may not be reached, before it is kept.

    Raises:
        InvalidError: what is wrong with it.
    """
    if source == "database":
        _database(address)
        if not _VIEW.fullmatch(view):
            raise InvalidError("视图名称应当写作 视图 或 模式.视图，只含文字、数字和下划线。")
    _allowed(settings, host_of(source, address))


def host_of(source: str, address: str) -> str:
    """The host of an address.

    Raises:
        InvalidError: it is no address of this kind.
    """
    host = _database(address)[0] if source == "database" else _web(address)[1]
    if not host:
        raise InvalidError("地址中没有主机名。")
    return host


def shown_address(source: str, address: str) -> str:
    """An address for a page: without names and passwords."""
    if source == "database":
        host, port, name, _, _ = _database(address)
        return f"postgresql://{host}:{port}/{name}"
    scheme, host, port, path, _ = _web(address)
    return f"{scheme}://{host}:{port}{path.partition('?')[0]}"


def _database(address: str) -> tuple[str, int, str, str, str]:
    """Host, port, database, user, password."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise InvalidError("数据库地址应当写作 postgresql://用户:密码@主机:端口/数据库。") from None
    if url.get_backend_name() != "postgresql":
        raise InvalidError(
            "只能连接 PostgreSQL（postgresql://…）；其他数据库请导出文件放入文件夹，或提供下载地址。"
        )
    return url.host or "", url.port or 5432, url.database or "", url.username or "", str(url.password or "")


def _web(address: str) -> tuple[str, str, int, str, str]:
    """Scheme, host, port, path with query, ``user:password``."""
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise InvalidError("下载地址不正确。") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidError("下载地址应当以 https:// 或 http:// 开头。")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or any(char <= " " for char in path):
        raise InvalidError("下载地址含有空格或汉字，请用编码后的地址。")
    name = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return parts.scheme, parts.hostname, port, path, name


def _allowed(settings: Settings, host: str) -> None:
    named = {each.strip().lower() for each in settings.feed_hosts.split(",") if each.strip()}
    if host.lower() not in named:
        raise InvalidError(f"主机 {host} 不在允许的范围内。请系统管理员把它加入 ROLLCALL_FEED_HOSTS。")


def resolved(settings: Settings, host: str, port: int) -> str:
    """The one address that is then connected to: looked at once, so that no later answer leads elsewhere.

    A name that leads to this machine, or to addresses that are none of a server, is refused; whoever means
    such an address names it as a number in the setting.

    Raises:
        InvalidError: the host may not be reached. FetchError: it is not known.
    """
    _allowed(settings, host)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise FetchError(f"找不到主机 {host}。请检查地址，或请网络管理员检查域名解析。") from None
    addresses = [str(each[4][0]) for each in found]
    for each in addresses:
        at = ipaddress.ip_address(each.partition("%")[0])
        at = getattr(at, "ipv4_mapped", None) or at
        odd = at.is_loopback or at.is_link_local or at.is_multicast or at.is_unspecified or at.is_reserved
        if odd and each != host:
            raise InvalidError(f"主机 {host} 指向本机或保留地址，已拒绝连接。")
    return addresses[0]


def fetch(settings: Settings, source: str, address: str, view: str, target: Path, beat: Beat) -> None:
    """Write what a feed gives into ``target``.

    Raises:
        InvalidError, FetchError, TooLargeError: the text is for the person who set the feed up.
    """
    pieces = _rows(settings, address, view) if source == "database" else _body(settings, address)
    limit, size = settings.upload_mib * 2**20, 0
    until = time.monotonic() + settings.reader_seconds
    with target.open("wb") as out, closing(pieces):
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise TooLargeError(f"对方给出的内容超过了 {settings.upload_mib} MiB，已停止。请缩小范围。")
            if time.monotonic() > until:
                raise FetchError(
                    f"取数据超过了 {settings.reader_seconds} 秒，已停止。请检查对方的速度，或缩小范围。"
                )
            out.write(piece)
            beat(size)


def _rows(settings: Settings, address: str, view: str) -> Generator[bytes, None, None]:
    """The rows of a view as CSV, read in a transaction that cannot write."""
    host, port, name, user, password = _database(address)
    at = resolved(settings, host, port)
    try:
        with psycopg.connect(
            host=host,
            hostaddr=at,
            port=port,
            dbname=name,
            user=user,
            password=password,
            connect_timeout=CONNECT_SECONDS,
            client_encoding="utf8",
            options=f"-c default_transaction_read_only=on -c statement_timeout={settings.reader_seconds}s",
        ) as connection:
            query = sql.SQL("copy (select * from {}) to stdout (format csv, header)").format(
                sql.Identifier(*view.split("."))
            )
            with connection.cursor() as cursor, cursor.copy(query) as copy:
                for piece in copy:
                    yield bytes(piece)
    except psycopg.errors.UndefinedTable:
        raise FetchError(f"对方数据库中没有视图 {view}。") from None
    except psycopg.errors.InsufficientPrivilege:
        raise FetchError(f"没有读取视图 {view} 的权限，请对方授权。") from None
    except psycopg.Error:
        raise FetchError("连接不上对方数据库，或读取中断。请检查主机、端口、用户名和密码。") from None


def _body(settings: Settings, address: str) -> Generator[bytes, None, None]:
    """What a server answers; a redirect is refused, since nobody has looked at where it leads."""
    scheme, host, port, path, name = _web(address)
    link = _link(scheme, host, port, resolved(settings, host, port))
    headers = {"Accept": "*/*", "Connection": "close", "User-Agent": "rollcall"}
    if name:
        headers["Authorization"] = f"Basic {b64encode(name.encode()).decode()}"
    try:
        link.request("GET", path, headers=headers)
        answer = link.getresponse()
        if 300 <= answer.status < 400:
            raise FetchError("对方要求转到另一个地址，为安全起见没有跟随。请直接填写最终的下载地址。")
        if answer.status != 200:
            raise FetchError(f"对方服务器回答 {answer.status}，没有给出文件。请检查地址和权限。")
        while piece := answer.read(_PIECE):
            yield piece
    except (OSError, http.client.HTTPException):
        raise FetchError("连接不上对方服务器，或传输中断。请检查地址和网络。") from None
    finally:
        link.close()


def _link(scheme: str, host: str, port: int, at: str) -> http.client.HTTPConnection:
    """A connection to the address that was looked at, under the host's own name."""
    if scheme == "http":
        link = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
    else:
        link = http.client.HTTPSConnection(host, port, timeout=CONNECT_SECONDS)
    plain = socket.create_connection((at, port), CONNECT_SECONDS)
    context = ssl.create_default_context()
    link.sock = context.wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
    return link
