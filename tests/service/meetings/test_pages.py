"""Agenda, projector, decisions and papers of a meeting."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from docx import Document
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from schemas.case import STATES, TIERS, outcomes
from schemas.meeting import DECISIONS, GROUPS, TOPICS, place_of, topic_of
from service.db import SYSTEM, transaction
from service.meetings.figures import COUNTS
from service.meetings.views_signing import LABELS
from service.rounds.models import Round
from tests.service.meetings.conftest import Meeting
from tests.service.played import SAID
from tests.web import statements

SEE = {"officer", "leader", "auditor", "member"}
PATHS = ("/meetings", "/meetings/1", "/meetings/1/agenda", "/meetings/1/show/1", "/meetings/1/signing")
NAMED = {
    "law": (),
    "searching": ("nobody knows where",),
    "asked": ("dropped out",),
    "persuading": ("perhaps dropped out", "dropped out next door"),
    "correct": ("dead, not approved",),
    "confirm": ("said to be back, not approved",),
    "watching": ("back and followed", "may stay at home"),
}
"""Heading -> the named cases under it."""


def agenda(made: Meeting) -> list[tuple[int, str, int]]:
    """Position, heading and case of each item."""
    return made.site.rows("select position, topic, case_id from agenda_item order by position")


def position(made: Meeting, name: str) -> int:
    return made.site.one("select position from agenda_item where case_id = :n", n=made.cases[name])


def test_the_tables_agree() -> None:
    assert set(LABELS) == set(COUNTS)
    assert {each.decision for each in TOPICS.values()} <= set(DECISIONS)
    assert {state for each in TOPICS.values() for state in each.states} == set(STATES) - {"closed", "carried"}
    for state in STATES:
        for tier in TIERS:
            for code in ("", *outcomes()):
                found = topic_of(state, tier, code, False, False)
                assert (found is None) == (state in ("closed", "carried"))
    assert place_of(["脱贫户", "孤儿"]) == 0
    assert place_of(["不认识的"]) == len(GROUPS)


@pytest.mark.parametrize("login", ["officer", "leader", "auditor", "member", "verifier", "clerk"])
def test_each_role_sees_the_pages_of_the_table_of_permissions(held: Meeting, login: str) -> None:
    for path in PATHS:
        answer = held.as_(login).get(path)
        assert answer.status_code == (200 if login in SEE else 403), path
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
    if login != "officer":
        assert held.as_(login).post("/meetings/1/agenda").status_code == 403


@pytest.mark.parametrize("topic", NAMED)
def test_a_case_comes_under_its_heading(held: Meeting, topic: str) -> None:
    found = {case for _, name, case in agenda(held) if name == topic}
    for name in NAMED[topic]:
        assert held.cases[name] in found, name


def test_the_agenda_holds_every_open_case_once_the_hardest_first(held: Meeting) -> None:
    items = agenda(held)
    open_ones = held.site.rows("select id from child_case where state not in ('closed', 'carried')")
    assert sorted(case for _, _, case in items) == sorted(number for (number,) in open_ones)
    assert [at for at, _, _ in items] == list(range(1, len(items) + 1))
    order = [list(TOPICS).index(topic) for _, topic, _ in items]
    assert order == sorted(order)
    held.post("officer", "/meetings/1/agenda")
    assert agenda(held) == items, "what is there stays where it is"


def test_items_are_moved_removed_and_put_back(meeting: Meeting) -> None:
    meeting.post("officer", "/meetings/1/agenda", topics="searching")
    assert len(agenda(meeting)) == 1
    meeting.post("officer", "/meetings/1/agenda")
    ids = [row[0] for row in meeting.site.rows("select id from agenda_item order by position")]
    path = "/meetings/1/agenda/order"

    def now() -> list[int]:
        rows = meeting.site.rows("select id, position from agenda_item order by position")
        assert [at for _, at in rows] == list(range(1, len(rows) + 1))
        return [number for number, _ in rows]

    for act, which, wanted in (
        ("down", 0, [ids[1], ids[0], *ids[2:]]),
        ("up", 0, ids),
        ("top", 3, [ids[3], *ids[:3], *ids[4:]]),
        ("up", 3, [ids[3], *ids[:3], *ids[4:]]),
        ("remove", 3, [*ids[:3], *ids[4:]]),
    ):
        meeting.post("officer", path, **{act: str(ids[which])})
        assert now() == wanted, act
    meeting.post("officer", path, 404, remove=str(ids[3]))
    meeting.post("officer", path, 400, sideways="1")
    meeting.post("officer", "/meetings/1/agenda/clear")
    assert now() == []
    meeting.post("officer", "/meetings/1/agenda", 400, topics="nonsense")


def test_the_projector_shows_all_that_is_known_and_leads_on(held: Meeting) -> None:
    at = position(held, "dropped out")
    page = held.as_("officer").get(f"/meetings/1/show/{at}").text
    for said in ("D03", "家访", "报告表", "各名单中的记录", "协查", "待答复", "上门走访", "厌学"):
        assert said in page or said in ("家访",), said
    last = len(agenda(held))
    links = re.findall(r'data-key="(\w+)" href="([^"]+)"', page)
    assert dict(links) == {
        "ArrowLeft": f"/meetings/1/show/{at - 1}",
        "ArrowRight": f"/meetings/1/show/{at + 1}",
        "PageUp": f"/meetings/1/show/{at - 1}",
        "PageDown": f"/meetings/1/show/{at + 1}",
    }
    assert 'rel="next"' not in held.as_("officer").get(f"/meetings/1/show/{last}").text
    assert held.as_("officer").get(f"/meetings/1/show/{last + 1}").status_code == 404
    assert held.site.one("select count(*) from audit_entry where action = 'child.view' and actor = 'officer'")


def test_a_case_that_was_carried_on_shows_who_had_been_there_before(meeting: Meeting) -> None:
    """The case of this round is empty; what lies in the child's case of an earlier one is on the wall."""
    meeting.post("officer", "/meetings/1/agenda")
    site, at = meeting.site, position(meeting, "dropped out")
    told = {"n": meeting.cases["dropped out"], "old": site.one("select min(id) from child_case")}
    assert told["old"] < told["n"]
    with transaction(site.settings.database_url, SYSTEM) as session:
        of = session.get_one(Round, 1)
        session.add(
            Round(
                name="夏", region_code=of.region_code, as_of=of.as_of, school_year=1, created_by=of.created_by
            )
        )
        session.flush()
        for said in (
            "update child_case set round_id = (select max(id) from round), child_id = "
            "(select child_id from child_case where id = :n) where id = :old",
            "update contact set case_id = :old where case_id = :n",
        ):
            session.execute(text(said), told)
    page = meeting.as_("officer").get(f"/meetings/1/show/{at}").text
    assert "上门走访" in page


def test_numbers_and_telephones_are_masked_on_the_wall(held: Meeting) -> None:
    for at, _, _ in agenda(held):
        for login in ("officer", "leader", "member"):
            page = held.as_(login).get(f"/meetings/1/show/{at}").text
            assert not re.search(r"\d{17}[\dX]", page), (at, login)
            assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", page), (at, login)
    page = held.as_("officer").get(f"/meetings/1/show/{position(held, 'dropped out')}").text
    assert "138****8000" in page
    assert SAID[12:] in page
    assert SAID[12:] not in held.as_("leader").get(f"/meetings/1/show/{position(held, 'dropped out')}").text


def test_what_was_unmasked_is_seen_on_the_wall_by_who_asked_for_it_alone(held: Meeting) -> None:
    number = held.cases["nobody knows where"]
    path = f"/meetings/1/show/{position(held, 'nobody knows where')}"
    held.post("officer", f"/cases/{number}/unmask", fields="phone", reason="会上核对监护人电话")
    assert "139****9000" in held.as_("officer").get(path).text
    held.post("leader", "/unmasking/1/decide", decision="grant")
    assert "13900139000" in held.as_("officer").get(path).text
    for login in ("leader", "member"):
        assert "13900139000" not in held.as_(login).get(path).text
    page = held.as_("officer").get(f"/meetings/1/show/{position(held, 'dropped out')}").text
    assert "138****8000" in page


def test_a_page_takes_a_fixed_number_of_statements(held: Meeting) -> None:
    who = held.as_("officer")
    for path, most in zip(PATHS, (17, 25, 21, 45, 25), strict=True):
        who.get(path)
        with statements(held.site) as said:
            who.get(path)
        assert len(said) <= most, (path, len(said), [each[:70] for each in said])


def decide(made: Meeting, name: str, status: int = 303, **form: str) -> str:
    at = position(made, name)
    number = made.cases[name]
    seen = str(made.site.one("select version from child_case where id = :n", n=number))
    return made.post("officer", f"/meetings/1/show/{at}", status, **{"version": seen, **form})


POLICE = "select id from agency where kind = 'police'"


@pytest.mark.parametrize(
    ("name", "form", "wrong"),
    [
        ("dropped out", {"kind": "law"}, "办结期限"),
        ("dropped out", {"kind": "lead", "due": "2026-12-31"}, "单位"),
        ("being looked at", {"kind": "confirm"}, "还没有上报"),
        ("dropped out", {"kind": "other"}, "内容"),
        ("dropped out", {"kind": "nonsense"}, "种类"),
        ("dropped out", {"kind": "go_on", "due": "31.12."}, "日期"),
        ("dropped out", {"kind": "other", "text": "好" * 501}, "500"),
    ],
)
def test_half_a_decision_is_sent_back(held: Meeting, name: str, form: dict[str, str], wrong: str) -> None:
    assert wrong in decide(held, name, 400, **form)


def test_a_decision_is_taken_down_with_who_was_there_and_passed_on(held: Meeting) -> None:
    site, name = held.site, "nobody knows where"
    police = site.one(POLICE)
    assert held.as_("clerk").get(f"/cases/{held.cases[name]}").status_code == 404
    said = {"kind": "lead", "lead": str(police), "due": "2026-12-31", "text": "请查13900139000的去向"}
    page = decide(held, name, **said)
    assert "指定牵头单位" in page
    assert "139****9000" in page
    row = site.rows("select kind, lead_id, present, sitting_id from meeting_decision")[0]
    part = [each[0] for each in site.rows("select agency_id from meeting_agency order by 1")]
    assert row == ("lead", police, part[:-1], 1)
    asked = site.rows(
        "select kind, agency_id, state, due::text from case_request where case_id = :n", n=held.cases[name]
    )
    assert asked == [("help", police, "asked", "2026-12-31")]
    assert held.as_("clerk").get(f"/cases/{held.cases[name]}").status_code == 200
    assert (
        site.one(
            "select count(*) from case_event where kind = 'meeting' and case_id = :n", n=held.cases[name]
        )
        == 1
    )
    assert not site.rows("select 1 from meeting_decision where text::text like '%139001%'")
    decision = site.one("select id from meeting_decision where case_id = :n", n=held.cases[name])
    path = f"/meetings/1/decisions/{decision}/withdraw"
    held.post("officer", path, 400)
    assert "已撤销" in held.post("officer", path, reason="记错了单位")
    held.post("officer", path, 409, reason="再撤一次")


def test_nothing_is_decided_about_what_has_changed(held: Meeting) -> None:
    assert "改动" in decide(held, "dropped out", 409, kind="go_on", due="2026-12-31", version="0")


def test_nothing_is_decided_when_nobody_is_there(meeting: Meeting) -> None:
    meeting.post("officer", "/meetings/1/agenda")
    assert "到会" in decide(meeting, "dropped out", 409, kind="go_on", due="2026-12-31")
    meeting.post("officer", "/meetings/1/sittings", day="2026-11-20")
    assert "到会" in decide(meeting, "dropped out", 409, kind="go_on", due="2026-12-31")
    assert meeting.as_("officer").get("/meetings/1").text.count("第 1 场") == 1
    meeting.post("officer", "/meetings/1/sittings", 400, day="20.11.2026")


def paper(
    made: Meeting, name: str, login: str = "officer", status: int = 200, purpose: str = "会前印发"
) -> bytes:
    who = made.as_(login)
    answer = who.post(f"/meetings/1/files/{name}", purpose=purpose)
    data = answer.data
    answer.close()
    assert answer.status_code == status
    return data


def words(data: bytes) -> str:
    """All text of a document, its tables included."""
    found = Document(io.BytesIO(data))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in found.paragraphs), *cells])


def sheet(data: bytes, number: int = 0) -> list[list[Any]]:
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        return book.get_sheet_by_index(number).to_python()


def test_the_agenda_goes_out_on_paper_and_as_a_sheet(held: Meeting) -> None:
    data = paper(held, "agenda.docx")
    text = words(data)
    assert "控辍保学联席会议议题单" in text
    for name in ("dropped out", "nobody knows where"):
        no = held.site.one("select no from child_case where id = :n", n=held.cases[name])
        assert f"2026-09-{no:04d}" in text
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        body = file.read("word/document.xml").decode()
        assert 'w:eastAsia="宋体"' in body
        foot = "".join(file.read(each).decode() for each in file.namelist() if "footer" in each)
        assert "officer" in foot
    rows = sheet(paper(held, "agenda.xlsx"))
    assert len(rows) - 3 == len(agenda(held))
    for bytes_, login in ((paper(held, "agenda.docx", "member"), "member"), (data, "officer")):
        assert not re.search(r"\d{17}[\dX]", words(bytes_)), login
    assert "欧阳甲" in text
    assert "欧阳甲" not in words(paper(held, "agenda.docx", "member"))
    entry = held.site.rows(
        "select purpose, detail ->> 'file' from audit_entry where detail ? 'file' order by number"
    )
    assert ("会前印发", "agenda.docx") in entry
    paper(held, "agenda.docx", status=400, purpose="x")
    paper(held, "novel.docx", status=404)
    paper(held, "agenda.docx", "verifier", 403)


def test_the_minutes_say_who_came_what_was_decided_and_the_figures(held: Meeting) -> None:
    decide(
        held,
        "dropped out next door",
        kind="law",
        due="2026-12-15",
        text="同意<进入>法律程序 & 由乡镇办理\x07",
    )
    text = words(paper(held, "minutes.docx"))
    for said in (
        "控辍保学联席会议纪要",
        "县政府三楼会议室",
        "张副县长",
        "李某 副局长",
        "未到会：青禾县womens_federation",
        "同意<进入>法律程序 & 由乡镇办理",
        "2026-12-15",
        "未签署",
    ):
        assert said in text, said
    assert "核查个案合计：个案 15" in text


def test_the_summary_is_township_by_outcome(held: Meeting) -> None:
    rows = sheet(paper(held, "summary.xlsx"))
    heads, body = rows[2], rows[3:]
    assert "未签署" in rows[1][0]
    assert heads[:3] == ["乡镇", "个案", "已销号"]
    total = body[-1]
    assert total[0] == "合计"
    for at in range(1, len(heads)):
        assert sum(row[at] for row in body[:-1]) == total[at], heads[at]
    assert total[1] == held.site.one("select count(*) from child_case")
    assert sum(total[len(LABELS) + 1 :]) == total[1]


def test_a_round_has_one_meeting_and_only_when_it_is_verified(held: Meeting) -> None:
    assert "已有联席会议" in held.post("officer", "/rounds/1/meeting", 409)
    held.post("officer", "/rounds/77/meeting", 404)
    held.post("member", "/rounds/1/meeting", 403)
    assert held.as_("officer").get("/meetings/9").status_code == 404


def test_programs_ask_for_the_figures(held: Meeting) -> None:
    who = held.as_("auditor")
    assert [each["round_id"] for each in who.get("/api/v1/meetings/").json["meetings"]] == [1]
    told = who.get("/api/v1/meetings/1/figures").json
    assert told["digest"] == held.digest()
    assert told["figures"]["total"]["cases"] == 15
    assert (len(told["signers"]), told["closed"]) == (8, False)
    assert held.as_("clerk").get("/api/v1/meetings/1/figures").status_code == 403
