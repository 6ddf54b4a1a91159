"""Filters of the list: what nobody has is not asked for, and whatever is asked an index answers."""

from __future__ import annotations

from itertools import combinations

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from service.db import Scope, transaction
from service.runs.cells import BANDS, CELLS
from service.runs.filters import Filters, Near, shown_query
from tests.service.runs.county import Site, township_code
from tests.service.runs.test_pages import numbers
from tests.web import statements

CHOSEN = {
    "enrolment": "enrolled",
    "attendance": "unknown",
    "band": "sure",
    "township": township_code(0),
    "group": "脱贫户",
    "school": "",
}
COMBINATIONS = [names for size in range(len(CHOSEN) + 1) for names in combinations(CHOSEN, size)]


@pytest.fixture(scope="module")
def officer(finished: Site):
    return finished.browser("officer")


def test_the_database_numbers_the_cells_as_the_program_does(finished: Site) -> None:
    found = finished.rows("select enrolment, attendance, probability, cell from run_child")
    for enrolment, attendance, probability, cell in found:
        band = next(name for name, (low, high) in BANDS.items() if low <= probability < high)
        assert cell == CELLS[enrolment, attendance, band]
    assert len({row[3] for row in found}) > 3


def test_every_group_of_every_child_is_found_by_it(finished: Site) -> None:
    array = "select run_id, g, cell, no, region_code from run_child, unnest(groups) g"
    table = "select run_id, group_name, cell, no, region_code from run_child_group"
    assert sorted(finished.rows(array)) == sorted(finished.rows(table)) != []


@pytest.mark.parametrize(
    "asked",
    [
        "group=没有的人群",
        "group=脱贫户&enrolment=enrolled&attendance=absent&band=slight",
        "enrolment=not_enrolled&band=sure",
        "township=659999999",
        f"township={township_code(0)}&enrolment=not_enrolled&attendance=absent",
        "enrolment=enrolled&band=slight&after=50",
    ],
)
def test_what_nobody_has_is_not_asked_for(finished: Site, officer, asked: str) -> None:
    officer.get("/runs/1/children")
    with statements(finished) as said:
        page = officer.get(f"/runs/1/children?{asked}")
    assert page.status_code == 200
    assert numbers(page.text) == []
    assert [each for each in said if "run_child" in each] == []


CONDITIONS = {
    "enrolment": "enrolment = 'enrolled'",
    "attendance": "attendance = 'unknown'",
    "band": "probability >= 0.99",
    "township": f"region_code = '{township_code(0)}'",
    "group": "'脱贫户' = any(groups)",
    "school": "school = :school",
}


@pytest.mark.parametrize("names", COMBINATIONS, ids="+".join)
def test_each_combination_gives_its_children_and_its_plan_is_of_indexes(
    finished: Site, names: tuple[str, ...]
) -> None:
    largest = "select school from run_child where school <> '' group by 1 order by count(*) desc limit 1"
    chosen = {**CHOSEN, "school": finished.one(largest)}
    filters = Filters(**{name: chosen[name] for name in names})
    where = " and ".join(["run_id = 1", *(CONDITIONS[name] for name in names)])
    told = finished.rows(f"select no from run_child where {where} order by no", **chosen)
    wanted = [row[0] for row in told]
    middle = wanted[len(wanted) // 2] if wanted else 10
    with transaction(finished.settings.database_url, Scope("all")) as session:
        for near, right in (
            (Near(20), wanted[:20]),
            (Near(20, middle), [no for no in wanted if no > middle][:20]),
            (Near(20, before=middle), [no for no in wanted if no < middle][-20:]),
        ):
            query = shown_query(1, filters, "", near)
            assert sorted(row.no for row in session.execute(query)) == right
        session.execute(text("set local enable_seqscan = off"))
        said = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        plan = list(session.connection().exec_driver_sql(f"explain {said}").scalars())
    conditions = " ".join(line for line in plan if "Index Cond" in line)
    assert "Seq Scan" not in "".join(plan), plan
    assert "run_id" in conditions, plan
    if "group" in names and "school" not in names:
        assert "group_name" in conditions, plan
