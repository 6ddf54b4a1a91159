"""From a stored file to records and issues in the database, through the real child process."""

from __future__ import annotations

from service.privacy.custody import cipher_of
from service.uploads.records import issues_of, records_of
from tests.service.uploads.county import County, household


def test_a_list_is_read_and_everything_in_it_is_kept_encrypted(county: County):
    listed = county.read(household(7, {3: {"id": "65992120130104"}}), "户籍人口2026.csv")
    assert (listed.state, listed.kind, listed.records) == ("to_confirm", "household", 7)
    assert listed.content
    assert listed.reading["confidence"] > 0.5
    with county.system() as session:
        cipher = cipher_of(county.settings)
        records = records_of(session, listed, cipher)
        issues = issues_of(session, listed, cipher)
    assert list(records["name"])[:2] == ["王甲天", "王乙天"]
    found = [(each.row, each.column) for each in issues if each.severity == "warning"]
    assert found == [(5, "H")], issues
    assert (
        county.count("select count(*) from record_chunk where position('王' in encode(data, 'escape')) > 0")
        == 0
    )
