"""The job that draws a blind sample: chooses the children, and looks for pupils who look like them."""

from __future__ import annotations

import random

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from schemas.review import STRATA
from service.county_time import now
from service.jobs.context import Context
from service.jobs.work import Work
from service.privacy.crypto import FieldCipher
from service.privacy.custody import cipher_of
from service.reviews.look import Option
from service.reviews.lookalikes import Sought, find
from service.reviews.models import ReviewSample, ReviewSampleItem
from service.reviews.samples import DRAW, drawn, own_places
from service.runs import results
from service.runs.child import Known, known_in, part_of
from service.runs.models import Run

MOST_OPTIONS = 6
"""Pupils shown beside a child; those that the run named are always among them."""


def draw(context: Context) -> None:
    """Draw a sample; called again after a crash it draws the same one."""
    with context.step("draw"), context.transaction() as session:
        sample = context.subject(session, ReviewSample)
        run = results.finished_run(session, sample.run_id)
        totals, chosen = drawn(session, run.id, sample.seed, sample.size)
        cipher = cipher_of(context.settings)
        numbers = [no for name in STRATA for no in chosen[name]]
        children = results.children(session, run.id, numbers, cipher) if numbers else []
        known = _known(session, run, children, cipher)
    sought = {child.no: _sought(child, known[child.no]) for child in children}
    with context.step("look"):
        with context.transaction() as session:
            find(
                session,
                run.lists,
                list(sought.values()),
                cipher,
                lambda done, total: context.progress(done, total, "条"),
            )
        with context.transaction() as session:
            sample = context.subject(session, ReviewSample)
            session.execute(delete(ReviewSampleItem).where(ReviewSampleItem.sample_id == sample.id))
            chance = random.Random(sample.seed)  # noqa: S311 (an order that can be had again, no secret)
            order = list(numbers)
            chance.shuffle(order)
            stratum = {no: name for name in STRATA for no in chosen[name]}
            rows = [
                {
                    "sample_id": sample.id,
                    "no": child.no,
                    "region_code": child.region_code,
                    "stratum": stratum[child.no],
                    "position": order.index(child.no),
                    "options": _options(sought[child.no], known[child.no], chance),
                }
                for child in children
            ]
            if rows:
                session.execute(insert(ReviewSampleItem), rows)
            sample.totals, sample.sizes = totals, {name: len(found) for name, found in chosen.items()}
            sample.drawn_at = now()
            context.final(session)


def _known(
    session: Session, run: Run, children: list[results.Child], cipher: FieldCipher
) -> dict[int, Known]:
    """The details of each child; each part is opened once."""
    found: dict[int, Known] = {}
    for part in {child.part: child for child in children}.values():
        tables = part_of(session, run.id, part, cipher)
        found |= {child.no: known_in(tables, child.no) for child in children if child.part == part.part}
    return found


def _sought(child: results.Child, known: Known) -> Sought:
    row = known.row
    return Sought(
        child.name, child.id_number, str(row["birth_date"]), str(row["guardian"]), str(row["phone"])
    )


def _options(sought: Sought, known: Known, chance: random.Random) -> list[Option]:
    """The pupils that the run named and the nearest others, in an order that tells nothing."""
    own = dict.fromkeys(own_places(known))
    others = [each for each in sought.best() if each[0] not in {option[0] for option in own}]
    options = [*own, *others][: max(MOST_OPTIONS, len(own))]
    chance.shuffle(options)
    return options


WORK = [Work(DRAW, "reports", draw, "抽取盲审样本", {"draw": "抽取", "look": "查找相近学籍"})]
