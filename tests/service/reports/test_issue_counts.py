"""The counts of a list's issues are those of its own rows, looked through one list at a time."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from schemas.issue import ISSUE_COLUMNS
from service.reports.issue_counts import NONE, count_issues

CODES = ("id_number.check", "id_number.region", "name.odd", "sheet.empty")
FILES = ("甲.xlsx", "乙.csv", "丙.xls")


def issues(rows):
    table = pd.DataFrame(
        [dict.fromkeys(ISSUE_COLUMNS, "") | {"message": str(at), **row} for at, row in enumerate(rows)],
        columns=list(ISSUE_COLUMNS),
    )
    numbers = dict.fromkeys(("sheet", "row"), "int64")
    return table.astype({name: numbers.get(name, "str") for name in ISSUE_COLUMNS})


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "file": st.sampled_from(FILES[:2]),
            "severity": st.sampled_from(["error", "warning", "info"]),
            "code": st.sampled_from(CODES),
            "sheet": st.integers(1, 2),
            "row": st.integers(0, 3),
            "column": st.sampled_from(["A", "B"]),
        }
    ),
    max_size=30,
)


@given(ROWS)
def test_each_list_is_counted_by_its_own_rows(rows):
    found = count_issues(issues(rows))
    assert set(found) == {row["file"] for row in rows}
    for file, counts in found.items():
        own = [(at, row) for at, row in enumerate(rows) if row["file"] == file]
        severities = [row["severity"] for _, row in own]
        first_seen = dict.fromkeys(severities)
        assert list(counts.severities.items()) == sorted(
            ((each, severities.count(each)) for each in first_seen), key=lambda pair: -pair[1]
        )
        told = {}
        for at, row in own:
            told.setdefault((row["severity"], row["code"]), []).append(str(at))
        assert {each[:2]: (each[2], each[3]) for each in counts.codes} == {
            pair: (len(messages), messages[0]) for pair, messages in told.items()
        }
        ranks = [("error", "warning", "info").index(each[0]) for each in counts.codes]
        assert ranks == sorted(ranks)
        wrong = {
            (row["sheet"], row["row"], row["column"])
            for _, row in own
            if row["code"].startswith("id_number.") and row["severity"] != "info" and row["row"]
        }
        assert counts.wrong_numbers == len(wrong)


def test_a_run_without_issues():
    assert count_issues(issues([])).get(FILES[2], NONE) == NONE
