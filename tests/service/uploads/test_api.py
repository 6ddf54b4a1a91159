"""Lists by programs: the same as by the pages, with a key."""

from __future__ import annotations

import io

import pytest

from tests.service.uploads.county import County, browser, household


@pytest.fixture
def police(county: County):
    return browser(county.app(), "police")


def send(client, data: bytes, name: str = "户籍.csv", **said):
    form = {"round_id": "1", **said, "file": (io.BytesIO(data), name)}
    return client.client.post("/api/v1/lists/", data=form, headers=own(client), base_url=client.base)


def own(client) -> dict[str, str]:
    """What shows that the request is our own page's."""
    return {"X-CSRFToken": client.token, "Referer": f"{client.base}/"}


def ask(client, path: str, said: object):
    return client.client.post(path, json=said, headers=own(client), base_url=client.base)


def test_from_a_file_to_a_confirmed_list(county: County, police):
    sent = send(police, household(12, {3: {"id": "65992120130104"}}), kind="household", basis="条例第十七条")
    assert sent.status_code == 201, sent.text
    list_id = sent.json["id"]
    assert (sent.json["state"], sent.json["again"], sent.json["basis"]) == ("waiting", False, "条例第十七条")
    again = send(police, household(12, {3: {"id": "65992120130104"}}))
    assert (again.status_code, again.json["id"], again.json["again"]) == (200, list_id, True)
    county.work()
    one = police.get(f"/api/v1/lists/{list_id}").json
    assert (one["state"], one["kind"], one["records"]) == ("to_confirm", "household", 12)
    assert one["sheets"][0]["columns"][3]["field"] == "name"
    first = police.get(f"/api/v1/lists/{list_id}/issues?limit=2").json
    rest = police.get(f"/api/v1/lists/{list_id}/issues?limit=200&after={first['next']}").json
    assert first["total"] == len(first["issues"]) + len(rest["issues"])
    assert rest["next"] is None
    warned = police.get(f"/api/v1/lists/{list_id}/issues?severity=warning").json
    assert {each["severity"] for each in warned["issues"]} == {"warning"}
    confirmed = ask(police, f"/api/v1/lists/{list_id}/confirm", {"checked": True})
    assert (confirmed.status_code, confirmed.json["state"]) == (200, "committed")
    listed = police.get("/api/v1/lists/?round_id=1&state=committed").json
    assert [each["id"] for each in listed["lists"]] == [list_id]
    corrected = send(police, household(13), "户籍改.csv", kind="household").json["id"]
    county.work()
    assert ask(police, f"/api/v1/lists/{corrected}/replace", {"replaces": list_id}).status_code == 200
    county.work()
    assert police.get(f"/api/v1/lists/{corrected}").json["changes"]["added"] == 1
    assert ask(police, f"/api/v1/lists/{corrected}/confirm", {"checked": True}).status_code == 200
    assert police.get(f"/api/v1/lists/{list_id}").json["state"] == "replaced"
    assert ask(police, f"/api/v1/lists/{corrected}/withdraw", {}).json["state"] == "withdrawn"
    assert ask(police, f"/api/v1/lists/{corrected}/cancel", {}).status_code == 409


def test_a_kind_that_the_agency_does_not_send_asks_twice(county: County, police):
    civil = browser(county.app(), "civil")
    list_id = send(civil, household(12), kind="household").json["id"]
    county.work()
    assert "通常由公安局报送" in civil.get(f"/api/v1/lists/{list_id}").json["foreign"]
    path = f"/api/v1/lists/{list_id}/confirm"
    refused = ask(civil, path, {"checked": True})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "conflict")
    assert "种类无误" in refused.json["error"]["message"]
    assert ask(civil, path, {"checked": True, "meant": True}).json["state"] == "committed"
    own = send(police, household(13), kind="household").json["id"]
    county.work()
    assert police.get(f"/api/v1/lists/{own}").json["foreign"] == ""


@pytest.mark.parametrize(
    ("said", "status"),
    [({"round_id": "99"}, 404), ({"round_id": "x"}, 422), ({"kind": "x"}, 422), ({"replaces": "77"}, 404)],
)
def test_what_cannot_be_is_said_in_one_shape(county: County, police, said, status):
    answer = send(police, household(), **said)
    assert answer.status_code == status, answer.text
    assert set(answer.json["error"]) == {"code", "message", "details", "request_id"}
    assert county.count("select count(*) from agency_list") == 0


def test_without_a_file_it_says_so(county: County, police):
    answer = police.client.post("/api/v1/lists/", data={"round_id": "1"}, headers=own(police))
    assert answer.status_code in (400, 422)
