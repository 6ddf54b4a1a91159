"""Two runs of a round, child by child: new, gone, changed; and the API over the same results."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from service.db import transaction
from service.jobs.perform import perform
from service.privacy.custody import cipher_of, index_of
from service.runs.compare import compare, compared, slots_of
from service.runs.models import RunChange, RunChild
from tests.service.conftest import Kept
from tests.service.runs.county import ALL, Site, start_run


@pytest.fixture(scope="module")
def kept_two(kept_run: Kept) -> Kept:
    """The county with a second run over the same lists."""
    site = kept_run.lend()
    _, job_id = start_run(site.settings, 1, again=1)
    assert perform(site.settings, job_id) == "done"
    return Kept(kept_run.servers, site)


@pytest.fixture
def two(kept_two: Kept) -> Iterator[Site]:
    """The same for one test, which changes it."""
    with kept_two.lent() as site:
        yield site


def again(site: Site) -> dict[tuple[str, int], tuple[int, str, str]]:
    with transaction(site.settings.database_url, ALL) as session:
        compare(session, 2, 1, slots_of(site.settings))
        found = session.scalars(select(RunChange)).all()
        assert sum(compared(session, 2, 1).values()) == len(found)
        return {(each.kind, each.no): (each.other_no, each.before, each.after) for each in found}


def change(site: Site, statement: str, **values: object) -> None:
    with transaction(site.settings.database_url, ALL) as session:
        session.execute(text(statement), values)


def one_key(site: Site) -> list[int]:
    """Numbers of children whose key nobody else has."""
    alone = (
        "select min(no) from run_child where run_id = 2 and key is not null group by key having count(*) = 1"
    )
    return sorted(row[0] for row in site.rows(alone))


def test_the_same_lists_differ_in_nothing(two: Site) -> None:
    assert again(two) == {}


def test_new_gone_and_changed_are_told_apart(two: Site) -> None:
    new, gone, changed = one_key(two)[:3]
    change(two, "delete from run_child where run_id = 1 and no = :no", no=new)
    change(two, "delete from run_child where run_id = 2 and no = :no", no=gone)
    other = "case enrolment when 'review' then 'enrolled' else 'review' end"
    change(two, f"update run_child set enrolment = {other} where run_id = 1 and no = :no", no=changed)
    found = again(two)
    assert {key: row[0] for key, row in found.items()} == {
        ("new", new): 0,
        ("gone", gone): gone,
        ("changed", changed): changed,
    }
    assert found["changed", changed][1].startswith(("review/", "enrolled/"))


def test_a_number_put_right_is_the_same_child(two: Site) -> None:
    """Its key is another one; name and birthday tell who it is."""
    named = "select no from run_child where run_id = 2 and name_birth_index is not null"
    no = next(row[0] for row in two.rows(named) if row[0] in one_key(two))
    index = index_of(two.settings, "child")
    other = index.column(["659999201001010011"], ["某"], [""])[0]
    change(two, "update run_child set key = :key where run_id = 1 and no = :no", key=other, no=no)
    assert again(two) == {}


def test_children_under_one_number_are_paired_in_their_order(two: Site) -> None:
    """A guardian's number in two children's rows makes no child new or gone."""
    one, other = one_key(two)[:2]
    same = "(select key from run_child where run_id = 2 and no = :one)"
    change(two, f"update run_child set key = {same} where no = :other", one=one, other=other)
    assert again(two) == {}


def test_the_page_lists_the_changes_and_leads_to_the_children(two: Site) -> None:
    new, gone = one_key(two)[:2]
    change(two, "delete from run_child where run_id = 1 and no = :no", no=new)
    change(two, "delete from run_child where run_id = 2 and no = :no", no=gone)
    again(two)
    who = two.browser("officer")
    assert f"/runs/2/children/{new}" in who.get("/runs/2/compare/1?kind=new").text
    assert f"/runs/1/children/{gone}" in who.get("/runs/2/compare/1?kind=gone").text
    assert who.get("/runs/2/compare/1?kind=x").status_code == 404
    assert who.get("/runs/1/compare/2").status_code == 404
    assert "上一次比对" in who.get(f"/runs/2/children/{one_key(two)[5]}").text
    assert "上一次比对" not in who.get(f"/runs/2/children/{new}").text


def test_the_api_gives_the_same_children_masked(finished: Site) -> None:
    who = finished.browser("officer")
    seen, after = [], 0
    while after is not None:
        answer = who.get(f"/api/v1/runs/1/children?after={after}&limit=100")
        assert answer.status_code == 200
        seen += [each["no"] for each in answer.json["children"]]
        after = answer.json["after"]
    total = finished.one("select count(*) from run_child")
    assert seen == list(range(1, total + 1))
    assert answer.json["total"] == total
    assert all("*" in each["id_number"] for each in answer.json["children"] if each["id_number"])


def test_the_api_tells_runs_and_one_child(finished: Site) -> None:
    who = finished.browser("officer")
    (run,) = who.get("/api/v1/runs/").json["runs"]
    assert run["children"] == finished.one("select count(*) from run_child")
    told = who.get("/api/v1/runs/1").json
    assert told["progress"]["state"] == "done"
    assert "children.csv" in told["files"]
    child = who.get("/api/v1/runs/1/children/3").json
    assert child["child"]["no"] == 3
    assert child["records"]["rows"]
    assert who.get("/api/v1/runs/1/children/99999").status_code == 404
    assert who.get("/api/v1/runs/1/children?band=x").status_code == 422


def test_what_is_compared_is_encrypted_by_its_row(two: Site) -> None:
    """A row moved to another run does not open."""
    with transaction(two.settings.database_url, ALL) as session:
        row = session.scalars(select(RunChild).where(RunChild.run_id == 2, RunChild.no == 1)).one()
        with pytest.raises(Exception, match="密文未通过校验"):
            cipher_of(two.settings).decrypt(row.name, "run_child", "name", "1/1", row.region_code)
