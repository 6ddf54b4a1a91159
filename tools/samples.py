"""One of every document from a played county, into docs/samples: ``make guide``, then ``make samples``.

The county is made up. With ``--pictures DIR`` each is rendered there by LibreOffice, to be looked at.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from service.accounts.models import Account
from service.app import create_app
from service.cases.models import Case
from service.db import SYSTEM, transaction
from service.embedded.installation import SIGN_INS, settings_at_hand
from service.notices.models import Notice
from tests.web import Browser

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "docs" / "samples"
PURPOSE = {"purpose": "文书样例存档"}
FIRST, SIGNED, OPEN = 1, 2, 3
"""The first round, where those taught at home are explained; the last one signed; the one in its middle."""


def main() -> None:
    """Write every sample."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--state", type=Path, default=ROOT / "out" / "guide" / "state")
    parser.add_argument("--pictures", type=Path)
    asked = parser.parse_args()
    SAMPLES.mkdir(parents=True, exist_ok=True)
    with settings_at_hand({**os.environ, "ROLLCALL_STATE": str(asked.state)}) as settings:
        app = create_app(settings)
        app.extensions["rollcall.limiter"].enabled = False
        names = _names(asked.state)
        with transaction(settings.database_url, SYSTEM) as session:
            agencies = dict(session.execute(select(Account.login, Account.agency_id)).all())
            wanted = (Case.round_id == OPEN, Case.state == "persuading")
            township = agencies["township"]
            case_id = session.scalars(
                select(Case.id).where(*wanted, Case.assignee_id == township).order_by(Case.id)
            ).first()
        _take(app, names, agencies, int(case_id or 0))
    if asked.pictures:
        _render(asked.pictures)


def _names(state: Path) -> dict[str, str]:
    lines = (state / SIGN_INS).read_text("utf-8").splitlines()
    return {line.split()[0]: line.split()[1] for line in lines if re.match(r"[a-z]", line)}


def _take(app: Flask, names: dict[str, str], agencies: dict[str, int], case_id: int) -> None:
    officer, township = Browser(app), Browser(app)
    officer.sign_in("officer", names["officer"])
    township.sign_in("township", names["township"])
    for name in ("agenda.docx", "agenda.xlsx", "minutes.docx", "summary.xlsx"):
        _keep(f"meeting-{name}", officer, f"/meetings/{SIGNED}/files/{name}")
    for what, of in (("summary", SIGNED), ("approvals", FIRST)):
        _keep(f"print-{what}.xlsx", officer, f"/prints/{what}", round=str(of))
    _keep("check-form.docx", officer, f"/cases/{case_id}/print")
    _keep("quarterly-report.docx", officer, f"/figures/{SIGNED}/report", edition="exact")
    _keep("matching-report.docx", officer, f"/figures/{SIGNED}/matching-report")
    for ledger, of in (("suspected", OPEN), ("dropout", OPEN), ("cancelled", SIGNED)):
        _keep(f"ledger-{ledger}.xlsx", officer, f"/ledgers/{ledger}/export", round=str(of))
    for paper in ("items", "report"):
        place = f"/corrections/{OPEN}/{agencies['police']}/{paper}.xlsx"
        _keep(f"corrections-{paper}.xlsx", officer, place)
    _keep("corrections-report.docx", officer, f"/corrections/{OPEN}/{agencies['police']}/report.docx")
    _keep("worksheet.xlsx", township, f"/rounds/{OPEN}/worksheet/download")
    for kind, school in (("persuade", "青禾县城关镇中心小学"), ("inquiry", "白桦县第二小学")):
        township.get(f"/cases/{case_id}/notices")
        told = {"kind": kind, "school": school, "recipient": "白桦县教育局"}
        township.post(f"/cases/{case_id}/notices", **told)
    with transaction(app.config["ROLLCALL"].database_url, SYSTEM) as session:
        made = session.execute(select(Notice.kind, Notice.id).where(Notice.case_id == case_id)).all()
    for kind, number in made:
        _keep(f"notice-{kind}.docx", township, f"/notices/{number}/file", get=True)


def _keep(name: str, who: Browser, path: str, *, get: bool = False, **form: str) -> None:
    """Fetch a document as somebody; what is refused is said, and ends the script."""
    answer = who.get(path) if get else who.post(path, **PURPOSE, **form)
    if answer.status_code != 200 or answer.data[:2] != b"PK":
        said = re.sub(r"<[^>]+>|\s+", " ", answer.text)[:300] if answer.mimetype == "text/html" else ""
        sys.exit(f"{name}: {path} answered {answer.status_code} {said}")
    (SAMPLES / name).write_bytes(answer.data)


def _render(folder: Path) -> None:
    """Each sample as PDF, by LibreOffice."""
    program = shutil.which("soffice")
    if program is None:
        sys.exit("LibreOffice (soffice) is needed for pictures")
    for suffix in (".docx", ".xlsx"):  # apart, since some papers are written both ways under one name
        files = sorted(str(path) for path in SAMPLES.iterdir() if path.suffix == suffix)
        command = [program, "--headless", "--convert-to", "pdf", "--outdir", str(folder / suffix[1:]), *files]
        subprocess.run(command, check=True)  # noqa: S603 (our own files)


if __name__ == "__main__":
    main()
