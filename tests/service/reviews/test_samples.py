"""Blind samples: what is drawn, what is hidden, what the figures come to on a county whose truth is known."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from service.db import transaction
from service.demo import make_county
from service.errors import ConflictError, InvalidError
from service.jobs.perform import perform
from service.privacy.custody import cipher_of
from service.reviews import rules, samples
from service.reviews.estimates import Part, estimate, wilson
from service.reviews.models import ReviewSample
from service.reviews.rules import Choice
from service.runs.child import known_of
from service.runs.results import child, finished_run
from tests.service.reviews.county import no_of, places, say, who
from tests.service.runs.county import ALL, Site, account_id


def draw(site: Site, size: int) -> ReviewSample:
    with transaction(site.settings.database_url, ALL) as session:
        made = samples.ask_for(session, finished_run(session, 1), size, account_id(session, "officer"))
        number = made.job_id
    assert perform(site.settings, number) == "done", site.one(
        "select error from job order by id desc limit 1"
    )
    with transaction(site.settings.database_url, ALL) as session:
        return samples.newest(session, 1)


def find(
    site: Site, sample: ReviewSample, no: int, verdict: str, place: str = "", login: str = "officer"
) -> str:
    person = who(site, login)
    with transaction(site.settings.database_url, ALL) as session:
        run = finished_run(session, 1)
        choice = Choice(verdict, (place,) if place else (), blinded=True)
        return samples.find(session, site.settings, run, sample, no, person, choice)


def options(site: Site, no: int) -> list[str]:
    return [each[0] for each in site.one("select options from review_sample_item where no = :no", no=no)]


def test_a_sample_is_of_every_part_and_can_be_drawn_again(site: Site) -> None:
    sample = draw(site, 21)
    rows = site.rows(
        "select stratum, enrolment, count(*) from review_sample_item join run_child using (no) group by 1, 2"
    )
    assert {row[:2] for row in rows} == {("accepted", "enrolled"), ("review", "review")}
    assert sum(row[2] for row in rows) == 21
    assert sample.totals == {"accepted": 30, "review": 7, "unlinked": 0}
    with transaction(site.settings.database_url, ALL) as session:
        again = samples.drawn(session, 1, sample.seed, 21)
        assert sorted(no for numbers in again[1].values() for no in numbers) == sorted(
            row[0] for row in site.rows("select no from review_sample_item")
        )
        with pytest.raises(InvalidError):
            samples.ask_for(session, finished_run(session, 1), 2, 1)


def test_nothing_of_what_the_run_thought_is_shown(site: Site) -> None:
    draw(site, 37)
    browser = site.browser("officer")
    for name in ("钱多多", "陈思雨"):
        page = browser.get(f"/reviews/1/sample/{no_of(site, name)}").text
        assert name in page
        body = page[page.index("<h1") :]
        for hidden in (
            "可能性：",
            "99%",
            "待人工确认",
            "已匹配在籍",
            "比对的依据",
            "次优",
            "学籍记录",
            "自动认定",
        ):
            assert hidden not in body, (name, hidden)
    linked = site.one("select no from run_child where enrolment = 'enrolled' limit 1")
    page = browser.get(f"/reviews/1/sample/{linked}").text
    assert "学籍记录" not in page[page.index("<h1") :]
    assert "疑似学籍" in page


def test_what_a_blind_reviewer_finds_counts_and_stands(site: Site) -> None:
    sample = draw(site, 37)
    linked = site.one("select no from run_child where enrolment = 'enrolled' order by no limit 1")
    slip, twin = no_of(site, "钱多多"), no_of(site, "次仁")
    assert find(site, sample, slip, "same", options(site, slip)[0]) in ("own", "other")
    assert find(site, sample, twin, "unsure") == "unsure"
    assert find(site, sample, linked, "different") == "none"
    with pytest.raises(ConflictError):
        find(site, sample, linked, "different", login="leader")
    assert site.one("select bool_and(blinded) from review_decision")
    with transaction(site.settings.database_url, ALL) as session:
        told = samples.facts(session, 1)
        settled = rules.settled(session, finished_run(session, 1))
    assert told["looked"] == 3
    assert told["parts"]["accepted"] == Part(30, 30, none=1)
    assert settled[linked] == "not_enrolled", "a link of the run that is wrong is no secret"
    browser = site.browser("officer")
    assert "抽取 37 名，已看 3 名" in browser.get("/reviews/1").text
    assert "抽取 37 名，已看 3 名" in browser.get("/runs/1").text
    number = site.one("select id from review_decision where child_no = :no limit 1", no=linked)
    with transaction(site.settings.database_url, ALL) as session:
        rules.withdraw(session, site.settings, number, who(site, "officer"), "看错了一行")
    assert site.one("select finding from review_sample_item where no = :no", no=linked) == ""
    assert site.rows("select state from review_item where no = :no", no=linked) == []
    for no in (twin, slip):
        with transaction(site.settings.database_url, ALL) as session:
            assert samples.undo(session, site.settings, sample, who(site, "officer")) == no
    assert site.one("select count(*) from review_sample_item where finding <> ''") == 0
    assert site.one("select count(*) from review_decision where withdrawn_at is null") == 0


def test_who_knows_what_the_run_thought_is_not_asked_blindly(site: Site) -> None:
    sample = draw(site, 37)
    say(site, "officer", "钱多多", "same", places(site, "钱多多"))
    no, seen = no_of(site, "钱多多"), set()
    with transaction(site.settings.database_url, ALL) as session:
        me, other = (account_id(session, login) for login in ("officer", "leader"))
    for person, login in ((me, "officer"), (other, "leader")):
        while True:
            with transaction(site.settings.database_url, ALL) as session:
                found = samples.next_in(session, sample, person)
            if found is None:
                break
            find(site, sample, found, "unsure", login=login)
            seen.add((login, found))
    assert ("leader", no) in seen
    assert ("officer", no) not in seen
    assert len(seen) == 37


def truth_of(folder: Path) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Place -> truth children of it; truth child -> its places on a roll."""
    make_county(400, 1, folder)
    rows = pd.read_csv(folder / "rows.csv", dtype=str, keep_default_na=False)
    rows["place"] = rows["file"] + "#" + rows["sheet"] + ":" + rows["row"]
    of, rolls = {}, {}
    for place, kind, number in rows[["place", "kind", "child_id"]].itertuples(index=False):
        of.setdefault(place, set()).add(number)
        if kind == "roll":
            rolls.setdefault(number, set()).add(place)
    return of, rolls


def test_the_figures_of_a_sample_hold_the_truth_within_their_interval(run_site: Site, tmp_path: Path) -> None:
    """A reviewer who knows the truth: what is estimated from a part of the county is true of the whole."""
    of, rolls = truth_of(tmp_path)
    sample = draw(run_site, 120)
    cipher = cipher_of(run_site.settings)
    right = linked = on_roll = 0
    pupils: dict[int, set[str]] = {}
    with transaction(run_site.settings.database_url, ALL) as session:
        query = run_site.rows(
            "select no from run_child where enrolment <> 'enrolled' or rule <> '' order by no"
        )
        for (no,) in query:
            row = known_of(session, 1, child(session, 1, no, cipher), cipher).row
            mine = [of.get(source, set()) for source in str(row["sources"]).split(";")]
            people = set.intersection(*mine) if mine else set()
            pupils[no] = {place for number in people for place in rolls.get(number, ())}
            if row["enrolment"] == "enrolled":
                linked += 1
                right += bool(set(str(row["roll_source"]).split(";")) & pupils[no])
            on_roll += bool(pupils[no])
    for (no,) in run_site.rows("select no from review_sample_item"):
        shown = [place for place in options(run_site, no) if place in pupils[no]]
        find(run_site, sample, no, "same" if shown else "different", shown[0] if shown else "")
    with transaction(run_site.settings.database_url, ALL) as session:
        told = samples.facts(session, 1)["estimate"]
    for figure, true in ((told.precision, right / linked), (told.recall, right / on_roll)):
        assert figure.low <= true <= figure.high, (figure, true)
        assert figure.high - figure.low < 0.2


def test_intervals_cover_as_often_as_they_say() -> None:
    """A thousand samples of one county: the truth lies in the interval in at least 93 of a hundred."""
    chance = random.Random(1)
    county = {
        "accepted": ["own"] * 9700 + ["other"] * 100 + ["none"] * 200,
        "review": ["own"] * 60 + ["none"] * 40,
        "unlinked": ["other"] * 15 + ["none"] * 285,
    }
    precision, recall = 9700 / 10_000, 9700 / (9700 + 100 + 60 + 15)
    inside = {"precision": 0, "recall": 0}
    for _ in range(1000):
        parts = {}
        for name, children in county.items():
            found = chance.sample(children, 100 if name == "accepted" else 60)
            parts[name] = Part(
                len(children), len(found), *(found.count(each) for each in ("own", "other", "none"))
            )
        told = estimate(parts)
        inside["precision"] += told.precision.low <= precision <= told.precision.high
        inside["recall"] += told.recall.low <= recall <= told.recall.high
    assert min(inside.values()) >= 930, inside


def test_a_part_that_was_looked_at_whole_leaves_nothing_open() -> None:
    whole = estimate({"accepted": Part(10, 10, own=10), "review": Part(2, 2, none=2), "unlinked": Part(0)})
    assert (whole.precision.low, whole.recall.low) == (1.0, 1.0)
    assert wilson(5, 10, 10**9).low == pytest.approx(0.2366, abs=1e-3)
    assert estimate({name: Part(5) for name in ("accepted", "review", "unlinked")}).precision.value is None
    assert replace(Part(5), own=1).told == 1
