"""The review for programs; and that every act, by page or program, leaves exactly one entry (G1)."""

from __future__ import annotations

from typing import Any

from service.jobs.perform import perform
from tests.architecture.routes import UNSAFE, methods, rules
from tests.service.reviews.county import no_of, places
from tests.service.runs.county import Site
from tests.web import Browser

HEAD = "select number from audit_head"


def sent(who: Browser, path: str, **form: Any) -> Any:
    """A form to a page, JSON to a program's address, with the token of somebody's browser."""
    headers = {"X-CSRFToken": who.token, "Referer": f"{who.base}/"}
    how = {"json": form} if path.startswith("/api/") else {"data": form}
    return who.client.post(path, base_url=who.base, headers=headers, **how)


def test_a_program_reads_decides_and_withdraws(site: Site) -> None:
    who, no = site.browser("officer"), no_of(site, "次仁")
    listed = who.get("/api/v1/reviews/1?school=城关第一小学").json
    assert [each["no"] for each in listed["children"]] == [no]
    assert (listed["done"], listed["total"], listed["more"]) == (0, 7, False)
    path = f"/api/v1/reviews/1/children/{no}"
    told = who.get(path).json
    assert [each["place"] for each in told["candidates"]] == places(site, "次仁")
    assert told["may"]
    assert "*" in "".join(
        piece[0] for row in told["records"]["rows"] for cell in row["cells"] for piece in cell
    )
    first, second = places(site, "次仁")
    made = sent(who, f"{path}/decisions", verdict="different", places=[first])
    assert (made.status_code, made.json["state"]) == (201, "open")
    refused = sent(who, f"{path}/decisions", verdict="same", places=[first])
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "conflict")
    assert sent(who, f"{path}/decisions", verdict="same", places=[second]).json["state"] == "enrolled"
    (number,) = made.json["decisions"]
    assert sent(who, f"/api/v1/reviews/decisions/{number}/withdraw", reason="x").status_code in (400, 422)
    taken = sent(who, f"/api/v1/reviews/decisions/{number}/withdraw", reason="看错了学校")
    assert (taken.status_code, taken.json["child_no"]) == (200, no)
    assert who.get(path).json["history"][-1]["withdrawn_reason"] == "看错了学校"
    leader = site.browser("leader").get(path).json
    assert "次仁" not in str(leader)


def test_g1_every_act_leaves_one_entry(site: Site) -> None:
    who, no, other = site.browser("officer"), no_of(site, "钱多多"), no_of(site, "欧阳雪")
    acts = [
        ("reviews.decide", f"/reviews/1/children/{no}/decide", {"verdict": "none"}),
        ("reviews.undo", "/reviews/1/undo", {}),
        ("reviews_api.decide", f"/api/v1/reviews/1/children/{other}/decisions", {"verdict": "different"}),
        ("reviews.withdraw", "/reviews/decisions/2/withdraw", {"reason": "看错了一行"}),
        ("reviews_api.decide", f"/api/v1/reviews/1/children/{other}/decisions", {"verdict": "unsure"}),
        ("reviews_api.withdraw", "/api/v1/reviews/decisions/3/withdraw", {"reason": "看错了一行"}),
        ("reviews.draw", "/reviews/1/sample", {"size": "37"}),
        ("reviews.find", f"/reviews/1/sample/{no}", {"finding": "different"}),
        ("reviews.undo_sampled", "/reviews/1/sample/undo", {}),
    ]
    for endpoint, path, form in acts:
        if endpoint == "reviews.find":
            assert perform(site.settings, site.one("select job_id from review_sample")) == "done"
        before = site.one(HEAD)
        answer = sent(who, path, **form)
        assert answer.status_code < 400, (endpoint, answer.text[-300:])
        assert site.one(HEAD) - before == 1, endpoint
    there = {
        rule.endpoint
        for rule in rules(site.app)
        if rule.endpoint.startswith("reviews") and set(methods(rule)) & set(UNSAFE)
    }
    assert there == {each[0] for each in acts}
