"""``python -m tests.bench.service_run``: two large lists through the web, a run, and its pages.

Starts ``rollcall up`` on a state of its own, signs in as two clerks, uploads a household register and a roll
as CSV by the page's own form, confirms them, runs, and opens pages of the list of children with many filters.
What it measured is kept in ``out/bench/service-CHILDREN.json`` and stands in docs/quality.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select

from service.accounts.credentials import take
from service.accounts.models import AccountRole
from service.accounts.passwords import Passwords, one_time
from service.accounts.rules import Draft, create
from service.agencies.models import Agency, Region
from service.config import Settings
from service.db import SYSTEM, transaction
from service.embedded.installation import settings_at_hand
from service.jobs.models import Job
from service.rounds.rules import open_round
from tests.bench.cells import machine
from tests.bench.worlds import HOME, HOUSEHOLD, ROLL, ROOT, World, make_world

COUNTY = "659999"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PEOPLE = {"officer": ("education", "officer"), "police": ("police", "clerk")}
PAGES = 30
"""Pages of the list opened, one after the other, for each set of filters."""

FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"enrolment": "not_enrolled"},
    {"enrolment": "review"},
    {"attendance": "absent"},
    {"enrolment": "enrolled"},
)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--children", type=int, default=500_000)
    parser.add_argument("--port", type=int, default=8097)
    asked = parser.parse_args()
    world = World("pair", "base", asked.children, 161)
    make_world(world)
    state = HOME / "service"
    shutil.rmtree(state, ignore_errors=True)
    os.environ["ROLLCALL_STATE"] = str(state)
    with settings_at_hand() as settings:
        passwords = _people(settings)
    measured: dict[str, Any] = {"children": asked.children, "machine": machine(), "load": os.getloadavg()[0]}
    with Service(state, asked.port) as service:
        measured |= _played(service, world, passwords)
        measured["memory_mib"] = service.peaks()
    path = HOME / f"service-{asked.children}.json"
    path.write_text(json.dumps(measured, ensure_ascii=False, indent=1), "utf-8")
    print(json.dumps(measured, ensure_ascii=False, indent=1))


def _people(settings: Settings) -> dict[str, str]:
    """Two bureaus, a person in each, a round; login -> password."""
    hasher, passwords = Passwords(), {}
    with transaction(settings.database_url, SYSTEM) as session:
        session.add(Region(code=COUNTY, name="青禾县"))
        session.flush()
        for login, (kind, role) in PEOPLE.items():
            agency = Agency(kind=kind, name=kind, region_code=COUNTY)
            session.add(agency)
            session.flush()
            account, _ = create(session, settings, hasher, Draft(login, login, agency.id))
            account.roles.append(AccountRole(role=role))
            passwords[login] = one_time()
            take(settings, hasher, account, passwords[login])
        open_round(session, "bench", COUNTY, date(2026, 9, 1), account.id)
    return passwords


class Service:
    """``rollcall up`` as a process, and the memory of what it starts."""

    def __init__(self, state: Path, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.database_url = ""
        self._log = (state / "up.log").open("w")
        command = [Path(sys.executable).with_name("rollcall"), "up", "--port", str(port), "--state", state]
        environ = os.environ | {"PYTHONPATH": str(ROOT), "ROLLCALL_VIEWS_PER_DAY": "100000"}
        self._process = subprocess.Popen(
            [str(each) for each in command], stdout=self._log, stderr=subprocess.STDOUT, env=environ
        )
        self._peaks: dict[str, int] = {}
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Service:
        self._watch.start()
        until = time.monotonic() + 240
        while time.monotonic() < until:
            try:
                if requests.get(f"{self.base}/health/ready", timeout=5).status_code == 200:
                    return self
            except requests.RequestException:
                time.sleep(0.5)
        raise RuntimeError("rollcall up did not answer: see up.log")

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)
        self._log.close()

    def peaks(self) -> dict[str, int]:
        """MiB at the peak of the largest process of each program."""
        return {name: peak // 1024 for name, peak in sorted(self._peaks.items())}

    def _sample(self) -> None:
        while not self._ended.wait(0.3):
            for name, kib in _descendants(self._process.pid):
                self._peaks[name] = max(self._peaks.get(name, 0), kib)


def _descendants(root: int) -> list[tuple[str, int]]:
    """Program and KiB at its peak of every process below one."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
        except OSError:
            continue
    for pid in parents:
        above = pid
        while above in parents and above != root:
            above = parents[above]
        if above == root and pid != root:
            try:
                words = (
                    Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                )
                peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
            except OSError:
                continue
            found.append((_program(words), int(peak[1]) if peak else 0))
    return found


def _program(words: str) -> str:
    """What a process is, by its command line."""
    for sign, name in (
        ("reader_child", "reader of a file"),
        ("gunicorn", "web"),
        ("celery", "worker"),
        ("postgres", "database"),
        ("valkey", "broker"),
    ):
        if sign in words:
            return name
    return "other"


def _played(service: Service, world: World, passwords: dict[str, str]) -> dict[str, Any]:
    files = world.folder / "files"
    with settings_at_hand() as settings:
        url = settings.database_url
    measured: dict[str, Any] = {}
    officer, police = (_signed_in(service, login, passwords[login]) for login in ("officer", "police"))
    for who, file, kind in ((police, HOUSEHOLD, "household"), (officer, ROLL, "roll")):
        measured[kind] = _sent(service, who, files / file, kind, url)
    measured["run"] = _run(service, officer, url)
    measured["pages_ms"] = _pages(service, officer)
    return measured


def _signed_in(service: Service, login: str, password: str) -> requests.Session:
    browser = requests.Session()
    sent = {"login": login, "password": password, "csrf_token": _token(browser, f"{service.base}/login")}
    answer = browser.post(f"{service.base}/login", data=sent, headers={"Referer": service.base})
    answer.raise_for_status()
    return browser


def _token(browser: requests.Session, url: str) -> str:
    found = TOKEN.search(browser.get(url).text)
    if found is None:
        raise RuntimeError(f"no form on {url}")
    return found[1]


def _sent(service: Service, who: requests.Session, path: Path, kind: str, url: str) -> dict[str, Any]:
    """Upload a file by the form, wait until it is read, submit it."""
    form = f"{service.base}/lists/new"
    sent = {"csrf_token": _token(who, form), "round": "1", "kind": kind}
    began = time.perf_counter()
    with path.open("rb") as file:
        answer = who.post(form, data=sent, files={"file": (path.name, file)}, headers={"Referer": form})
    answer.raise_for_status()
    uploaded = time.perf_counter() - began
    page = answer.url
    job = _waited(url, "read_list")
    token = _token(who, page)
    said = {"csrf_token": token, "checked": "1"}
    who.post(f"{page.partition('?')[0]}/commit", data=said, headers={"Referer": page}).raise_for_status()
    with path.open("rb") as file:
        rows = sum(1 for _ in file) - 1
    about = {"rows": rows, "mib": path.stat().st_size >> 20}
    return about | {"upload_s": round(uploaded, 1), "steps_s": job}


def _run(service: Service, officer: requests.Session, url: str) -> dict[str, Any]:
    page = f"{service.base}/runs?round=1"
    sent = {"csrf_token": _token(officer, page), "round": "1"}
    officer.post(f"{service.base}/runs", data=sent, headers={"Referer": page}).raise_for_status()
    return _waited(url, "run")


def _waited(url: str, kind: str) -> dict[str, float]:
    """Seconds of each step of the newest job of a kind, once it is done."""
    while True:
        with transaction(url, SYSTEM) as session:
            job = session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id.desc())).first()
            if job is not None and job.ended_at is not None and job.started_at is not None:
                if job.state != "done":
                    raise RuntimeError(f"{kind}: {job.state}: {job.error}")
                whole = (job.ended_at - job.started_at).total_seconds()
                return {name: round(took, 1) for name, took in {**job.seconds, "whole": whole}.items()}
        time.sleep(0.3)


def _pages(service: Service, officer: requests.Session) -> dict[str, Any]:
    """Milliseconds of pages of the list, and of children's pages: median, 95th percentile, longest."""
    spent: dict[str, list[float]] = {}
    children: list[str] = []
    for filters in FILTERS:
        address: str | None = f"{service.base}/runs/1/children"
        name = "list " + (" ".join(f"{key}={value}" for key, value in filters.items()) or "all")
        for number in range(PAGES):
            answer = officer.get(str(address), params=filters if not number else None)
            answer.raise_for_status()
            spent.setdefault(name, []).append(answer.elapsed.total_seconds() * 1000)
            children += re.findall(r'href="(/runs/1/children/\d+)"', answer.text)[:2]
            following = re.search(r'href="([^"]+)"[^>]*rel="next"|rel="next"[^>]*href="([^"]+)"', answer.text)
            if not following:
                break
            link = (following[1] or following[2]).replace("&amp;", "&")
            address = service.base + link if link.startswith("/") else f"{service.base}/runs/1/children{link}"
    for child in children[:PAGES]:
        answer = officer.get(service.base + child)
        answer.raise_for_status()
        spent.setdefault("child", []).append(answer.elapsed.total_seconds() * 1000)
    return {name: _spread(each) for name, each in spent.items()}


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "pages": len(ordered),
        "median": round(statistics.median(ordered)),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))]),
        "longest": round(ordered[-1]),
    }


if __name__ == "__main__":
    main()
