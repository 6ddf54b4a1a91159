"""A7: what is not seen cannot be asked about: no filter, no search, and no difference in the answers."""

from __future__ import annotations

import re

import pytest

from schemas.masking import Sight
from tests.security.canaries import CHILD, OTHER
from tests.security.conftest import ROLES, World

SEARCHES = {
    "number": ({"id_number": CHILD["id_number"]}, {"id_number": "659921201407294178"}, ("id_number",)),
    "name": (
        {"name": CHILD["name"], "birth_date": CHILD["birth_date"]},
        {"name": "无此人", "birth_date": CHILD["birth_date"]},
        ("name", "birth_date"),
    ),
}
"""What is there, what is not, and the fields that one must see, or may look up, to ask."""

CHILDREN = ("officer", "leader", "auditor", "member", "verifier", "verifier_1")
"""Who sees children at all."""


def _sight(login: str) -> Sight:
    return Sight(frozenset({ROLES[login]}))


def _said(page: str) -> str:
    """A page without what is another one in each answer: the form's token, the request's id, the address."""
    page = re.sub(r'(value|content)="[\w.-]{60,}"|[0-9a-f]{8}(-[0-9a-f]{4,12}){4}', "", page)
    return re.sub(r"/children/\d+", "", page)


@pytest.mark.parametrize("what", SEARCHES)
@pytest.mark.parametrize("login", ROLES)
def test_who_does_not_see_a_field_does_not_find_by_it(world: World, login: str, what: str) -> None:
    there, none, needed = SEARCHES[what]
    who = world.browser(login)
    who.get("/me")
    answers = [who.post("/runs/1/children/search", **each) for each in (there, none)]
    may = login in CHILDREN and all(_sight(login).may_look_up(each) for each in needed)
    assert [each.status_code for each in answers] == [200 if may else 403] * 2
    if not may:
        assert len(answers[0].data) == len(answers[1].data)
        assert not [each for each in answers if CHILD["name"] in each.text]


def test_a_child_of_another_region_is_like_one_that_is_not_there(world: World) -> None:
    who = world.browser("verifier_1")
    who.get("/runs/1/children")
    there, none, _needed = SEARCHES["number"]
    answers = [who.post("/runs/1/children/search", **each) for each in (there, none)]
    assert [each.status_code for each in answers] == [200, 200]
    pages = {_said(each.text) for each in answers}
    assert len(pages) == 1
    for path in ("/runs/1/children/{}", "/api/v1/runs/1/children/{}"):
        answers = [who.get(path.format(no)) for no in (world.no_of(CHILD), 99_999)]
        assert [each.status_code for each in answers] == [404, 404]
        assert len({_said(each.text) for each in answers}) == 1
    assert OTHER["name"] in who.get(f"/runs/1/children/{world.no_of(OTHER)}").text


@pytest.mark.parametrize("login", CHILDREN)
def test_a_filter_by_what_is_not_seen_is_refused(world: World, login: str) -> None:
    who = world.browser(login)
    status = 200 if _sight(login).may_filter("groups") else 400
    for path in ("/runs/1/children?group=", "/api/v1/runs/1/children?group="):
        answers = [who.get(f"{path}{group}") for group in ("残疾", "孤儿")]
        assert [each.status_code for each in answers] == [status, status], path
        if status == 400:
            assert len({len(each.data) for each in answers}) == 1


HIDDEN = (
    "id_number",
    "name",
    "phone",
    "address",
    "guardian_name",
    "guardian_id",
    "disability_no",
    "ethnicity",
)


@pytest.mark.parametrize("login", ["leader", "member"])
def test_no_parameter_sorts_or_filters_by_a_hidden_field(world: World, login: str) -> None:
    """Whatever is sent, the list is the same or refused; never a shorter or reordered one."""
    who = world.browser(login)
    path = "/api/v1/runs/1/children"
    whole = who.get(path).json["children"]
    for name in HIDDEN:
        for asked in (
            f"{name}={CHILD.get(name, '53')}",
            f"sort={name}",
            f"order={name}",
            f"q={CHILD['name']}",
        ):
            answer = who.get(f"{path}?{asked}")
            assert answer.status_code >= 400 or answer.json["children"] == whole, asked
