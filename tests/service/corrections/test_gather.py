"""Corrections of a county written by hand: each mistake is found once, at its place, for whom it concerns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from service.corrections import finding, rules
from service.corrections.keeping import mended
from service.corrections.rules import Answer, Filters, Item
from service.privacy.custody import cipher_of
from tests.service.corrections import county
from tests.service.corrections.county import BORN, MISTYPED, OWN, PARENT
from tests.service.runs.county import Site


def items(site: Site, agency: str, round_id: int = 1, **filters: str) -> list[Item]:
    """What an agency sees of a round."""
    owner = site.one("select id from agency where kind = :kind", kind=agency)
    with site.acting("officer", "correction.view") as (session, _):
        return rules.page(
            session, (round_id, owner), Filters(**filters), cipher_of(site.settings), limit=rules.MOST
        )


def said(found: list[Item]) -> set[tuple[str, str, int, str, str]]:
    return {(each.name, each.kind, each.row, each.value, each.suggestion) for each in found}


ROW = {name: at for at, name in enumerate(BORN, 2)}
EDUCATION = {
    ("王子宣", "name_differs", ROW["王子轩"], "王子宣", "王子轩"),
    ("李佳怡", "pupil_number", ROW["李佳怡"], "", OWN["李佳怡"]),
    ("张浩然", "pupil_number", ROW["张浩然"], MISTYPED, OWN["张浩然"]),
    ("刘雨桐", "guardian_number", ROW["刘雨桐"], PARENT, OWN["刘雨桐"]),
    ("杨若曦", "birth_differs", ROW["杨若曦"], "2015-12-21", "2015-12-12"),
    ("冯小远", "unknown_pupil", 14, "", ""),
}
CIVIL = {
    ("陈思源", "name_differs", 2, "陈思源", "陈思远"),
    ("马晓东", "unknown_child", 4, "", ""),
}


def test_each_mistake_is_found_at_its_place_for_the_agency_whose_list_it_is(site: Site) -> None:
    assert said(items(site, "education")) == EDUCATION
    assert said(items(site, "civil_affairs")) == CIVIL
    assert items(site, "police") == []


def test_what_is_said_of_a_child_names_the_list_that_proves_it(site: Site) -> None:
    proofs = {each.name: each.proof for each in items(site, "education")}
    assert "户籍人口.csv#1:2" in proofs["王子宣"]
    assert "户籍人口.csv#1:4" in proofs["张浩然"]
    assert {each.state for each in items(site, "education")} == {"open"}


def test_nothing_personal_lies_in_plain(site: Site) -> None:
    with site.acting("officer", "correction.view") as (session, _):
        raw = session.connection().exec_driver_sql("select correction::text from correction").scalars().all()
    hexed = [name.encode().hex() for name in ("王子宣", "陈思远", OWN["李佳怡"], PARENT)]
    assert raw
    assert not [each for each in raw for value in hexed if value in each]


def test_gathering_again_changes_nothing_and_keeps_the_answers(site: Site) -> None:
    before = items(site, "education")
    with site.acting("officer", "correction.answer") as (session, who):
        told = {before[0].id: Answer("done"), before[1].id: Answer("refused", "已核对户口簿")}
        assert rules.answer(session, told, who.account_id, cipher_of(site.settings)) == 2
    answered = items(site, "education")
    run_id = county.matched(site, 1)
    assert run_id == 2
    assert items(site, "education") == answered
    assert [each.state for each in answered[:2]] == ["done", "refused"]


def test_what_a_corrected_list_of_the_same_round_has_right_is_gone(site: Site, tmp_path: Path) -> None:
    with site.acting("officer", "list.upload") as (session, _):
        session.connection().exec_driver_sql("update agency_list set state = 'replaced' where kind = 'roll'")
    with site.acting("officer", "list.upload") as (session, _):
        agency = {"education": site.one("select id from agency where kind = 'education'")}
        path = county.files(tmp_path / "again", roll=county.roll({"王子轩": {"name": "王子宣"}}))[1]
        county.send(session, site.settings, 1, path, agency)
    county.matched(site, 1)
    gone = {each.name for each in items(site, "education") if each.gone}
    assert gone == {name for name, *_ in EDUCATION} - {"王子宣", "冯小远"}
    assert said(items(site, "education")) == EDUCATION


def test_the_next_quarter_knows_what_was_mended_what_is_still_there_and_what_is_new(
    site: Site, tmp_path: Path
) -> None:
    first = {each.name: each for each in items(site, "education")}
    with site.acting("officer", "correction.answer") as (session, who):
        told = {
            first["王子宣"].id: Answer("done", "已改"),
            first["杨若曦"].id: Answer("refused", "户口簿就是这样"),
        }
        rules.answer(session, told, who.account_id, cipher_of(site.settings))
    left = {name: county.WRONG_ROLL[name] for name in ("王子轩", "张浩然", "杨若曦")}
    number = county.next_round(site, tmp_path, roll=county.roll({**left, "周静雯": {"name": "周静文"}}))
    found = {each.name: each for each in items(site, "education", number)}
    assert {name: each.before for name, each in found.items()} == {
        "王子宣": "done", "张浩然": "open", "杨若曦": "refused", "冯小远": "open", "周静文": "",
    }  # fmt: skip
    assert (found["杨若曦"].state, found["杨若曦"].note) == ("refused", "户口簿就是这样")
    assert found["王子宣"].state == "open", "it was said to be mended and is still there: it is asked again"
    with site.acting("officer", "correction.view") as (session, _):
        gone = mended(session, number)
    education = site.one("select id from agency where kind = 'education'")
    assert gone == {education: 2}, "李佳怡 and 刘雨桐 have their numbers now"
    again = {each.name for each in items(site, "education", number, since="again")}
    assert again == {"王子宣", "张浩然", "杨若曦", "冯小远"}


def test_what_was_not_delivered_is_not_called_mended(site: Site, tmp_path: Path) -> None:
    number = county.next_round(site, tmp_path, kinds=("household", "roll"))
    with site.acting("officer", "correction.view") as (session, _):
        assert mended(session, number) == {}
    assert items(site, "civil_affairs", number) == []
    third = county.next_round(site, tmp_path, kinds=("household", "roll", "civil"))
    assert {each.before for each in items(site, "civil_affairs", third)} == {"open"}


def test_a_run_that_another_has_followed_changes_nothing(site: Site) -> None:
    from service.jobs.perform import perform
    from tests.service.runs.county import start_run

    late, job = start_run(site.settings, 1)
    assert perform(site.settings, job) == "done"
    county.matched(site, 1)
    before = items(site, "education")
    county.gathered(site, late)
    assert items(site, "education") == before
    assert site.one("select max(run_id) from correction") == late + 1


def test_a_run_that_suggests_nothing_gives_nothing() -> None:
    """Of no row pandas does not know that it holds text."""
    none = {name: pd.Series([], dtype="str") for name in finding._OF_RUN}
    listed = pd.DataFrame(
        [("户籍.csv", 1, 1, "household")], columns=["file", "list_id", "agency_id", "list_kind"]
    )
    assert finding._suggested(pd.DataFrame(none), listed).empty
