"""Evidence of cases: known by its content, encrypted, and for those who may see it."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest

from service.privacy.custody import blobs_of
from service.runs.orphans import remove_orphans
from tests.service.cases.desk import JPG, picture, step
from tests.service.runs.county import Site


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [
        (JPG, "照片.jpg", 303),
        (JPG, "照片.exe", 303),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64 + b"IEND\xaeB`\x82", "x.png", 303),
        (b"%PDF-1.7\n" + b"0" * 200 + b"\n%%EOF\n", "证明.pdf", 303),
        (b"%PDF-1.7\n/OpenAction << /S /JavaScript >>\n%%EOF\n", "证明.pdf", 400),
        (b"%PDF-1.7\n" + b"0" * 200, "断的.pdf", 400),
        (JPG[:-2], "断的.jpg", 400),
        (b"MZ\x90\x00" + b"\0" * 200, "照片.jpg", 400),
        (b"<svg onload=alert(1)>", "照片.svg", 400),
        (b"PK\x03\x04" + b"\0" * 100, "证明.docx", 400),
        (b"", "空.jpg", 400),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_evidence_is_known_by_its_content(case_at_work, data: bytes, name: str, status: int) -> None:
    site, who, case_id = case_at_work
    before = site.one("select count(*) from evidence")
    assert picture(who, case_id, data=data, name=name) == status
    assert site.one("select count(*) from evidence") - before == (status == 303)


def test_a_file_that_is_too_large_is_not_kept(case_at_work) -> None:
    site, _, case_id = case_at_work
    small = Site(replace(site.settings, evidence_mib=0), site.database)
    assert picture(small.browser("verifier"), case_id) == 413


def test_evidence_goes_out_as_a_file_and_to_those_who_may(case_at_work) -> None:
    site, who, case_id = case_at_work
    assert picture(who, case_id, name="../../母亲王某的照片.png") == 303
    number = site.one("select max(id) from evidence")
    sent = who.get(f"/cases/{case_id}/evidence/{number}")
    assert sent.data == JPG
    assert "attachment" in sent.headers["Content-Disposition"]
    assert sent.headers["Content-Type"] == "image/jpeg"
    sent.close()
    auditor = site.browser("auditor")
    assert auditor.get(f"/cases/{case_id}/evidence/{number}").status_code == 403
    assert "王某" not in auditor.get(f"/cases/{case_id}").text
    assert site.browser("verifier_1").get(f"/cases/{case_id}/evidence/{number}").status_code == 404
    stored = site.one("select octet_length(file_name) from evidence where id = :n", n=number)
    assert stored > 32, "encrypted"


def test_a_judicial_paper_is_kept_by_its_number_alone(case_at_work) -> None:
    site, who, case_id = case_at_work
    assert picture(who, case_id, kind="司法文书编号") == 400
    assert step(site, who, case_id, "evidence", kind="司法文书编号", number="(2026)青刑字第3号") == 303
    assert step(site, who, case_id, "evidence", kind="学籍截图", number="") == 400


def test_the_sweep_of_files_leaves_evidence_alone(case_at_work) -> None:
    site, who, case_id = case_at_work
    assert picture(who, case_id) == 303
    number = site.one("select max(id) from evidence")
    blobs = blobs_of(site.settings)
    stray = blobs.put(io.BytesIO(b"nobody names it"))
    for blob in (site.one("select blob_id from evidence where id = :n", n=number), stray.id):
        path = next(Path(site.settings.state).rglob(blob))
        os.utime(path, (0, 0))
    assert remove_orphans(site.settings, blobs) == 1
    with who.get(f"/cases/{case_id}/evidence/{number}") as sent:
        assert sent.data == JPG
