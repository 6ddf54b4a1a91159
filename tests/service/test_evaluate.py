"""The evaluator on hand-made truths, one for each kind of error."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from service.commands.evaluate import command
from service.evaluate import Evaluation, evaluate
from service.export import write_csv
from service.reports.children_csv import COLUMNS

# Child, status, school age, roll row, in class; 1 and 2 are brothers in one household row.
TRUTH = [
    ("1", "local", "True", "1", "True", "王大明", "659999201503180113"),
    ("2", "missing", "True", "", "False", "王小明", "659999201703180131"),
    ("3", "local", "True", "2", "False", "李梅", "659999201403180124"),
    ("4", "missing", "True", "", "False", "赵云", ""),
    ("5", "over_age", "False", "", "False", "钱进", ""),
    ("6", "local", "True", "3", "True", "孙文", ""),
]
ROWS = [
    ("户籍.xlsx", 1, 4, "1", "household"), ("户籍.xlsx", 1, 5, "2", "household"),
    ("户籍.xlsx", 1, 6, "3", "household"), ("户籍.xlsx", 1, 7, "4", "household"),
    ("户籍.xlsx", 1, 8, "5", "household"), ("低保.xls", 2, 9, "1", "civil_affairs"),
    ("低保.xls", 2, 9, "2", "civil_affairs"), ("学籍.csv", 1, 2, "1", "roll"),
    ("学籍.csv", 1, 3, "3", "roll"),
    ("学籍.csv", 1, 4, "6", "roll"), ("花名册.xlsx", 1, 2, "1", "attendance"),
]  # fmt: skip


def child(number: str, enrolment: str, sources: str, **more: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {
        "child_id": f"c{number}", "enrolment": enrolment, "attendance": "unknown", "sources": sources,
        "probability": "0.0000", **more,
    }  # fmt: skip


def right() -> dict[str, dict[str, str]]:
    """What a faultless run gives."""
    return {
        "1": child(
            "1", "enrolled", "户籍.xlsx#1:4;低保.xls#2:9", roll_source="学籍.csv#1:2", attendance="attending"
        ),
        "2": child("2", "not_enrolled", "户籍.xlsx#1:5;低保.xls#2:9"),
        "3": child("3", "enrolled", "户籍.xlsx#1:6", roll_source="学籍.csv#1:3", attendance="absent"),
        "4": child("4", "not_enrolled", "户籍.xlsx#1:7"),
    }


def judged(
    folder: Path, rows: dict[str, dict[str, str]], issues: list[tuple[object, ...]] = ()
) -> Evaluation:
    out, truth = folder / "out", folder / "truth"
    out.mkdir()
    truth.mkdir()
    write_csv(pd.DataFrame(list(rows.values()), columns=list(COLUMNS)), out / "children.csv")
    columns = ["file", "sheet", "row", "column", "code", "severity", "message"]
    write_csv(pd.DataFrame(list(issues), columns=columns).astype("str"), out / "issues.csv")
    proof = {"proof": {"rows_balanced": True, "records_balanced": True}}
    (out / "summary.json").write_text(json.dumps(proof), "utf-8")
    facts = pd.DataFrame(
        TRUTH, columns=["child_id", "status", "school_age", "roll_row", "attends", "name", "id_no"]
    )
    facts.to_csv(truth / "truth.csv", index=False)
    places = pd.DataFrame(ROWS, columns=["file", "sheet", "row", "child_id", "kind"])
    places.to_csv(truth / "rows.csv", index=False, encoding="utf-8-sig")
    return evaluate(out, truth)


def test_a_faultless_run_has_no_errors(tmp_path):
    result = judged(tmp_path, right())
    wrong = (
        "lost",
        "false_alarms",
        "review",
        "merged",
        "split",
        "wrong_links",
        "rows_unaccounted",
        "flagged_out_of_age",
    )
    assert {name: getattr(result, name) for name in wrong} == dict.fromkeys(wrong, 0)
    assert (result.truth_children, result.flagged, result.rows_roll_only) == (4, 2, 1)
    assert (result.absent_truth, result.absent_precision, result.absent_recall) == (1, 1.0, 1.0)


def test_a_child_linked_to_its_brothers_roll_row_is_lost(tmp_path):
    rows = right()
    rows["2"] |= {"enrolment": "enrolled", "roll_source": "学籍.csv#1:2"}
    result = judged(tmp_path, rows)
    assert result.lost == 1
    assert result.wrong_links == 1
    assert result.lost_children.to_dict("records") == [
        {"child_id": "2", "status": "missing", "sources": "户籍.xlsx#1:5;低保.xls#2:9", "output_rows": 1,
         "roll_source": "学籍.csv#1:2"}
    ]  # fmt: skip


def test_a_child_without_any_output_row_is_lost_and_its_rows_are_unaccounted(tmp_path):
    rows = right()
    del rows["4"]
    result = judged(tmp_path, rows)
    assert (result.lost, result.children_without_row, result.rows_unaccounted) == (1, 1, 1)
    assert result.unaccounted_rows["place"].tolist() == ["户籍.xlsx#1:7"]


@pytest.mark.parametrize(
    ("issue", "unaccounted"),
    [
        (("户籍.xlsx", 1, 7, "B", "name.missing", "error", ""), 0),
        (("户籍.xlsx", 0, 0, "", "file.broken", "error", ""), 0),
        (("户籍.xlsx", 1, 0, "", "sheet.unknown", "error", ""), 0),
        (("户籍.xlsx", 0, 0, "", "file.old", "info", ""), 1),
        (("户籍.xlsx", 2, 0, "", "sheet.unknown", "error", ""), 1),
    ],
)
def test_a_row_is_accounted_for_by_an_issue_at_its_place(tmp_path, issue, unaccounted):
    rows = right()
    del rows["4"]
    assert judged(tmp_path, rows, [issue]).rows_unaccounted == unaccounted


def test_review_is_no_loss_and_is_counted_as_a_share_of_the_children(tmp_path):
    rows = right()
    rows["2"] |= {"enrolment": "review", "candidates": "学籍.csv#1:2"}
    result = judged(tmp_path, rows)
    assert (result.lost, result.review, result.review_share) == (0, 1, 0.25)


def test_a_flagged_child_who_is_on_a_roll_is_a_false_alarm(tmp_path):
    rows = right()
    rows["1"] |= {"enrolment": "not_enrolled", "roll_source": ""}
    result = judged(tmp_path, rows)
    assert (result.false_alarms, result.false_alarm_share) == (1, round(1 / 3, 6))
    assert result.false_alarm_rows.loc[0, ["child_id", "truth_child"]].tolist() == ["c1", "1"]
    assert result.rows_unaccounted == 1  # its roll row


def test_a_flagged_child_above_school_age_is_neither_lost_nor_a_false_alarm(tmp_path):
    result = judged(tmp_path, right() | {"5": child("5", "not_enrolled", "户籍.xlsx#1:8")})
    assert (result.flagged_out_of_age, result.false_alarms, result.lost) == (1, 0, 0)


def test_two_children_in_one_output_row_are_merged(tmp_path):
    rows = right()
    del rows["4"]
    rows["3"]["sources"] = "户籍.xlsx#1:6;户籍.xlsx#1:7"
    result = judged(tmp_path, rows)
    assert (result.merged, result.lost) == (1, 1)


def test_one_child_in_two_output_rows_is_split(tmp_path):
    rows = right()
    rows["2"]["sources"] = "户籍.xlsx#1:5"
    rows["2b"] = child("2b", "not_enrolled", "低保.xls#2:9", name="王小名", id_number="659999201703180131")
    result = judged(tmp_path, rows)
    assert (result.split, result.merged, result.lost) == (1, 0, 0)


def test_brothers_of_one_household_row_are_told_apart_by_name_and_number(tmp_path):
    rows = right()
    rows["1"]["sources"] = "户籍.xlsx#1:4"
    rows["2"]["sources"] = "户籍.xlsx#1:5"
    rows["1b"] = child("1b", "enrolled", "低保.xls#2:9", name="王大明", roll_source="学籍.csv#1:2")
    result = judged(tmp_path, rows)
    assert (result.split, result.wrong_links, result.lost) == (1, 0, 0)


def test_absent_pupils_that_are_missed_or_wrongly_named(tmp_path):
    rows = right()
    rows["3"]["attendance"] = "attending"
    rows["6"] = child("6", "enrolled", "学籍.csv#1:4", roll_source="学籍.csv#1:4", attendance="absent")
    result = judged(tmp_path, rows)
    assert (result.absent_precision, result.absent_recall) == (0.0, 0.0)


def test_an_output_row_that_no_truth_child_stands_in_is_counted(tmp_path):
    result = judged(tmp_path, right() | {"9": child("9", "review", "户籍.xlsx#1:99")})
    assert (result.rows_without_truth, result.merged) == (1, 0)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ([], 0),
        (["--max-lost", "1"], 0),
        (["--max-lost", "0"], 1),
        (["--max-false-alarms", "0"], 0),
        (["--max-review", "0.2"], 1),
    ],
)
def test_the_command_fails_where_a_limit_is_exceeded(tmp_path, limits, code):
    rows = right()
    rows["2"] |= {"enrolment": "enrolled", "roll_source": "学籍.csv#1:2"}
    rows["3"] |= {"enrolment": "review"}
    judged(tmp_path, rows)
    ran = CliRunner().invoke(command, [str(tmp_path / "out"), "--truth", str(tmp_path / "truth"), *limits])
    assert ran.exit_code == code
    assert "child_id=2" in ran.output
    assert ("over the limit" in ran.output) == bool(code)


def test_the_command_prints_json(tmp_path):
    judged(tmp_path, right())
    ran = CliRunner().invoke(command, [str(tmp_path / "out"), "--truth", str(tmp_path / "truth"), "--json"])
    figures = json.loads(ran.output)
    assert figures["lost"] == 0
    assert figures["lost_children"] == []
    assert figures["proof_balanced"] is True


def test_a_folder_without_truth_is_told(tmp_path):
    judged(tmp_path, right())
    (tmp_path / "truth" / "rows.csv").unlink()
    ran = CliRunner().invoke(command, [str(tmp_path / "out"), "--truth", str(tmp_path / "truth")])
    assert ran.exit_code == 1
    assert "rows.csv" in ran.output
