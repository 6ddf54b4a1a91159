"""What lies in the files is what rows.csv and truth.csv say."""

import re
import unicodedata

import pandas as pd
import pytest

NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


def children_by_place(county):
    found = {}
    for file, sheet, row, child in county.rows[["file", "sheet", "row", "child_id"]].itertuples(index=False):
        found.setdefault((file, int(sheet), int(row)), []).append(int(child))
    return found


def mistaken(county):
    columns = ["file", "sheet", "row", "child_id"]
    return {(f, int(s), int(r), int(c)) for f, s, r, c in county.mistakes[columns].itertuples(index=False)}


def test_every_place_of_a_clean_county_shows_the_child(clean):
    names, ids = clean.truth["name"], clean.truth["id_no"]
    second = clean.mistakes[clean.mistakes["error"] == "double_registration"]
    second = set(zip(second["file"], second["row"].astype(int), strict=True))
    for (file, sheet, row), children in children_by_place(clean).items():
        line = clean.cells[file, sheet, row]
        for child in children:
            assert names[child] in line, (file, sheet, row)
            if (file, row) not in second:
                assert any(cell.startswith(ids[child]) for cell in line), (file, sheet, row)


def test_every_place_of_a_dirty_county_shows_the_child_or_a_logged_mistake(dirty):
    names, ids, wrong = dirty.truth["name"], dirty.truth["id_no"], mistaken(dirty)
    untouched = 0
    for (file, sheet, row), children in children_by_place(dirty).items():
        line = dirty.cells[file, sheet, row]
        for child in children:
            if (file, sheet, row, child) not in wrong:
                assert names[child] in line, (file, sheet, row)
                assert any(cell.startswith(ids[child]) for cell in line), (file, sheet, row)
                untouched += 1
    assert untouched > 0.5 * len(dirty.rows)


def test_no_other_row_holds_a_child_number(dirty):
    places, numbers = children_by_place(dirty), set(dirty.truth["id_no"])
    for (file, sheet, row), line in dirty.cells.items():
        if (file, sheet, row) not in places:
            assert numbers.isdisjoint(line), (file, sheet, row)


def test_every_number_has_a_region_that_was_never_given_out(dirty):
    lines = [unicodedata.normalize("NFKC", "\n".join(line)) for line in dirty.cells.values()]
    found = {number for line in lines for number in NUMBER.findall(line)}
    assert len(found) > len(dirty.truth)
    assert {number[:4] for number in found} == {"6599"}
    assert {number[:6] for number in found} >= {f"6599{each}" for each in range(95, 100)}


@pytest.mark.parametrize(
    "kind", ["household", "roll", "attendance", "civil_affairs", "poverty", "disability"]
)
def test_every_kind_of_list_is_there(clean, kind):
    assert kind in set(clean.rows["kind"])


def test_at_least_ten_layouts_in_six_formats(clean):
    names = [path.name for path in (clean.folder / "files").iterdir()]
    assert len(names) >= 16
    assert {name.rsplit(".", 1)[1] for name in names} == {"xlsx", "xls", "ods", "csv", "txt"}
    assert len({tuple(line) for (_, _, row), line in clean.cells.items() if row <= 4}) > 20


def test_household_wide_rows_hold_several_children(clean):
    rural = clean.rows[clean.rows["file"] == "2026年9月农村低保备案表.xls"]
    assert set(rural["sheet"]) == {"2"}
    assert rural.groupby("row").size().max() >= 2


def test_orphans_stand_on_the_first_and_third_sheet(clean):
    assert set(clean.rows.loc[clean.rows["file"].str.contains("孤儿"), "sheet"]) == {"1", "3"}


def test_places_are_unique_but_for_household_rows(clean):
    assert not clean.rows.duplicated(["file", "sheet", "row", "child_id"]).any()


def test_monitored_people_are_counted_in_the_file_name(clean):
    name = next(path.name for path in (clean.folder / "files").iterdir() if "风险未消除" in path.name)
    people = len([place for place in clean.cells if place[0] == name]) - 1
    assert f"{people}人" in name


def on(county, kind):
    return set(county.rows.loc[county.rows["kind"] == kind, "child_id"])


def test_roll_row_and_the_roll_agree(dirty):
    truth = dirty.truth
    assert set(truth.loc[truth["roll_row"] != "", "child_id"]) == on(dirty, "roll")
    assert truth.loc[truth["roll_row"] != "", "roll_row"].is_unique


def test_children_in_no_school_are_on_no_roll(dirty):
    truth = dirty.truth
    nowhere = truth["status"].isin(["missing", "out_of_province", "home_disabled", "dead"])
    assert nowhere.sum() > 60
    assert (truth.loc[nowhere, "roll_row"] == "").all()
    assert not (on(dirty, "attendance") & set(truth.loc[nowhere, "child_id"]))
    assert (truth.loc[truth["status"].isin(["local", "other"]), "roll_row"] != "").all()


def test_rosters_hold_those_who_attend_and_not_every_school(dirty):
    truth, attends = dirty.truth, set(dirty.truth.loc[dirty.truth["attends"] == "True", "child_id"])
    reply_no = {
        child
        for file, sheet, row, child in dirty.rows[["file", "sheet", "row", "child_id"]].itertuples(
            index=False
        )
        if "复函" in file and "否" in dirty.cells[file, int(sheet), int(row)]
    }
    assert on(dirty, "attendance") - reply_no <= attends
    assert reply_no.isdisjoint(attends)
    assert 0.6 < len(on(dirty, "attendance")) / len(attends) < 0.99
    hidden = (truth["roll_row"] != "") & (truth["attends"] == "False")
    assert 0.003 < hidden.sum() / (truth["roll_row"] != "").sum() < 0.05


def test_registers_hold_no_migrants_and_a_few_children_twice(dirty):
    register = dirty.rows[dirty.rows["kind"] == "household"]
    migrants = set(dirty.truth.loc[dirty.truth["migrant_in"] == "True", "child_id"])
    assert migrants
    assert migrants.isdisjoint(register["child_id"])
    assert 0.001 < register["child_id"].duplicated().mean() < 0.02


def test_some_children_stand_on_other_lists_but_in_no_register(dirty):
    others = pd.concat([dirty.rows[dirty.rows["kind"] == kind] for kind in ("civil_affairs", "poverty")])
    assert set(others["child_id"]) - on(dirty, "household")


def test_school_age_follows_the_birthday(clean):
    birth = clean.truth["id_no"].str[6:14]
    assert ((birth >= "20110901") & (birth <= "20200831")).equals(clean.truth["school_age"] == "True")
    assert set(clean.truth["status"]) >= {"local", "other", "missing", "too_young", "over_age"}
