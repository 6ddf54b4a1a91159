"""The figures are what the tables hold: counted once more by pandas, row by row."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pandas as pd
import pytest

from schemas.case import outcomes
from schemas.indicator import AT_SCHOOL, DROPPED_OUT, FINISHED, NO_CHILD
from service.figures.place import CASES, LISTED, Figures
from service.figures.rules import figures_of
from service.rounds.rules import round_of
from tests.service.played import Played
from tests.service.runs.county import COUNTY, Site, township_code

TODAY = date(2026, 9, 20)
PLACES = (COUNTY, *(township_code(at) for at in range(8)))


def figures(site: Site, round_id: int = 1, login: str = "officer") -> Figures:
    with site.acting(login, "figure.view") as (session, _):
        return figures_of(session, round_of(session, round_id), TODAY)


def table(site: Site, name: str, columns: str, where: str = "true") -> pd.DataFrame:
    rows = site.rows(f"select {columns} from {name} where {where}")
    return pd.DataFrame(rows, columns=[each.strip() for each in columns.split(",")])


class ByHand:
    """The same numbers, counted by loops over the tables as they are."""

    def __init__(self, site: Site, round_id: int) -> None:
        self.list = table(
            site,
            "run_child",
            "no, region_code, enrolment, attendance, groups, id_index, name_birth_index",
            "run_id = 1",
        )
        self.cases = table(
            site,
            "child_case",
            "id, round_id, child_id, region_code, run_no, state, outcome, approved_by, kind",
        )
        self.children = table(site, "child", "id, id_index, name_birth_index").set_index("id")
        self.events = table(site, "case_event", "id, case_id, kind, before, detail->>'outcome'")
        self.events.columns = pd.Index(["id", "case_id", "kind", "before", "outcome"])
        self.round_id = round_id
        self.here = self.cases[self.cases["round_id"] == round_id]

    def outcome(self, case: pd.Series) -> str:
        """The approved outcome that counts."""
        if pd.notna(case["approved_by"]):
            return str(case["outcome"])
        same = self.cases[(self.cases["child_id"] == case["child_id"]) & (self.cases["id"] <= case["id"])][
            "id"
        ]
        approved = self.events[(self.events["kind"] == "approve") & self.events["case_id"].isin(same)]
        last = str(approved.sort_values("id")["outcome"].iloc[-1]) if len(approved) else ""
        # Out of school, or back and followed, stays until something else is approved.
        return last if last and (last in DROPPED_OUT or last in ("D01", "D08")) else ""

    def state(self, case: pd.Series) -> str:
        if case["state"] != "carried":
            return str(case["state"])
        carried = self.events[(self.events["kind"] == "carry") & (self.events["case_id"] == case["id"])]
        return str(carried["before"].iloc[-1])

    def classes(self, place: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for _, case in self.here[self.here["region_code"].str.fullmatch(place)].iterrows():
            code = self.outcome(case)
            if self.state(case) == "closed":
                found["closed"] += 1
            elif not code:
                found["pending"] += 1
            else:
                counts = {"yes": "out_of_school", "watch": "watch", "apart": "apart", "no": "explained"}
                found[counts[outcomes()[code].counts]] += 1
        return found

    def listed(self, place: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for _, child in self.list[self.list["region_code"] == place].iterrows():
            if child["enrolment"] == "enrolled":
                found["absent" if child["attendance"] == "absent" else "in_class"] += 1
            else:
                found[child["enrolment"]] += 1
        return found

    def of_age(self, place: str) -> tuple[int, int]:
        """At school or finished, and of school age: one child after the other."""
        numerator = denominator = 0
        for _, child in self.list[self.list["region_code"] == place].iterrows():
            in_class = child["enrolment"] == "enrolled" and child["attendance"] != "absent"
            code = self._said_of(child)
            denominator += code not in NO_CHILD
            numerator += code in (*AT_SCHOOL, *FINISHED) or (in_class and code is None)
        for _, case in self.here[(self.here["region_code"] == place) & self.here["run_no"].isna()].iterrows():
            code = self.outcome(case)
            denominator += code not in NO_CHILD
            numerator += code in (*AT_SCHOOL, *FINISHED)
        return numerator, denominator

    def _said_of(self, child: pd.Series) -> str | None:
        """What people found about a child of the list: None where nobody was asked."""
        own = self.here[self.here["run_no"] == child["no"]]
        if len(own):
            return self.outcome(own.iloc[0])
        if child["enrolment"] == "enrolled" and child["attendance"] != "absent":
            return None
        same = self.children.index[self.children["name_birth_index"] == child["name_birth_index"]]
        earlier = self.cases[self.cases["child_id"].isin(same) & (self.cases["round_id"] < self.round_id)]
        closed = earlier[earlier["state"] == "closed"]
        return str(closed["outcome"].iloc[-1]) if len(closed) else ""


@pytest.mark.parametrize("round_id", [1, 2])
def test_county_and_each_township_are_what_the_tables_hold(two_rounds: Played, round_id: int) -> None:
    site = two_rounds.site
    told, counted = figures(site, round_id), ByHand(site, round_id)
    places = {place.code: place for place in told.places}
    assert set(places) <= set(PLACES)
    total: Counter[str] = Counter()
    for code in PLACES:
        place = places[code]
        assert {name: place.listed[name] for name in LISTED if place.listed[name]} == counted.listed(code), (
            code
        )
        assert {name: place.cases[name] for name in CASES if place.cases[name]} == counted.classes(code), code
        at_school = place.value("at_school") + place.value("of_age_finished")
        of_age = place.value("of_age") - place.value("of_age_no_child")
        assert (at_school, of_age) == counted.of_age(code), code
        total += place.cases
    assert total == +told.total.cases
    assert told.total.children == site.one("select children from run where id = 1")
    assert told.total.all_cases == site.one("select count(*) from child_case where round_id = :n", n=round_id)


def test_the_second_round_counts_those_who_are_not_asked_again(two_rounds: Played) -> None:
    """Found at school in the first round and without a case in the second: the child is at school."""
    site = two_rounds.site
    closed = site.one(
        "select count(*) from child_case where round_id = 1 and state = 'closed' and run_no > 0"
    )
    told = figures(site, 2)
    suspects = told.total.value("suspects")
    cases = site.one("select count(*) from child_case where round_id = 2 and run_no is not null")
    assert (closed, suspects - cases) == (1, 1)
    back = site.one("select count(*) from child_case where round_id = 2 and outcome = 'D08' and run_no > 0")
    assert told.total.counts["at_school"] - told.total.counts["at_school_off"] == (
        told.total.listed["in_class"] + closed + back
    )
    assert told.total.counts["unverified"] == 0


def test_a_place_reads_its_own_numbers_as_the_county_does(played: Played) -> None:
    county = {place.code: place for place in figures(played.site).places}
    own = figures(played.site, login="verifier")
    assert [place.code for place in own.places] == [township_code(0)]
    assert own.total.listed == county[township_code(0)].listed
    assert own.total.cases == county[township_code(0)].cases


def test_days_are_from_the_assignment_to_the_first_result(played: Played) -> None:
    """Half and nine tenths, by hand: of what was reported twice the first report counts."""
    rows = played.site.rows(
        "select c.id, extract(epoch from min(e.at) - c.assigned_at) / 86400 from child_case c"
        " join case_event e on e.case_id = c.id and e.kind = 'submit' group by c.id"
    )
    took = pd.Series([float(days) for _id, days in rows])
    days = figures(played.site).total.days
    assert days is not None
    assert days == pytest.approx((took.quantile(0.5), took.quantile(0.9)), abs=1e-6)


def test_late_are_those_past_their_day_whom_nobody_has_answered(played: Played) -> None:
    late = played.site.one(
        "select count(*) from child_case where state in ('assigned', 'verifying') and due < :day", day=TODAY
    )
    assert late == 2
    assert figures(played.site).total.counts["late"] == late


def test_before_the_cases_are_open_the_figures_are_of_the_matching_alone(run_site: Site) -> None:
    told = figures(run_site)
    assert told.preliminary
    assert told.total.all_cases == 0
    assert told.total.counts["at_school"] == told.total.listed["in_class"]
    assert told.total.counts["unverified"] == told.total.value("suspects") > 0
