"""What Splink is told: comparisons with their levels, candidate pairs, how to train."""

from __future__ import annotations

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import Linker, SettingsCreator

from tests.bench.rival.prepare import KEYS

LEVEL = cll.CustomLevel
DISTANCE = """(case when seg_a_l = seg_a_r and seg_b_l = seg_b_r then damerau_levenshtein(seg_c_l, seg_c_r)
  when seg_a_l = seg_a_r and seg_c_l = seg_c_r then damerau_levenshtein(seg_b_l, seg_b_r)
  when seg_b_l = seg_b_r and seg_c_l = seg_c_r then damerau_levenshtein(seg_a_l, seg_a_r) else 99 end)"""
"""Errors in one of the three parts of the number. Over all 18 characters this function would take most of the
time of a run, and in an "and" DuckDB works it out also where another part has failed."""
ONE_OFF, TWO_OFF = f"{DISTANCE} <= 1", f"{DISTANCE} <= 2"
BOTH = "(rid_l is not null and rid_r is not null)"
BIRTH_NEAR = """((birth_l % 10000 = birth_r % 10000) or (birth_l // 100 = birth_r // 100)
  or (birth_l // 10000 = birth_r // 10000 and birth_l % 100 = birth_r % 100)
  or (birth_l // 10000 = birth_r // 10000 and birth_l // 100 % 100 = birth_r % 100
      and birth_l % 100 = birth_r // 100 % 100)
  or solar_l = birth_r or birth_l = solar_r or birth_month_l = birth_month_r)"""


def _fixed(sql: str, label: str, m: float, u: float) -> cll.CustomLevel:
    """A level that random pairs never reach: its u is set by hand, or Splink would fall back to a default."""
    return LEVEL(sql, label).configure(m_probability=m, u_probability=u, fix_u_probability=True)


def identity() -> cl.CustomComparison:
    """Number and birthday as one comparison: the number contains the birthday, and may not count twice."""
    return cl.CustomComparison(
        output_column_name="identity",
        comparison_levels=[
            LEVEL(f"not {BOTH} and (birth_month_l is null or birth_month_r is null)").configure(
                is_null_level=True
            ),
            _fixed("rid_l = rid_r and rid_ok_l", "number equal, valid", 0.85, 2e-9),
            _fixed("rid_l = rid_r", "number equal, not valid", 0.01, 1e-9),
            _fixed("rid2_l = rid_r or rid_l = rid2_r", "number in the student number", 0.01, 1e-9),
            _fixed(f"{ONE_OFF} and not (rid_ok_l and rid_ok_r)", "one digit off, explained", 0.01, 2e-8),
            _fixed(ONE_OFF, "one digit off, both valid", 0.0005, 2e-8),
            _fixed(f"{TWO_OFF} and birth_l = birth_r", "two digits off, same birthday", 0.005, 1e-7),
            _fixed(TWO_OFF, "two digits off", 0.002, 1e-7),
            LEVEL(f"not {BOTH} and birth_l = birth_r", "birthday equal, a number missing"),
            LEVEL("birth_l = birth_r", "birthday equal, numbers differ"),
            LEVEL(f"not {BOTH} and {BIRTH_NEAR}", "birthday near, a number missing"),
            LEVEL(BIRTH_NEAR, "birthday near, numbers differ"),
            LEVEL(f"not {BOTH}", "birthday differs, a number missing"),
            cll.ElseLevel(),
        ],
    )


def name() -> cl.CustomComparison:
    """Name by character, reading, folded reading, part; frequent names weigh less."""
    tf = {"tf_adjustment_column": "name", "tf_minimum_u_value": 1e-5}
    sound = {
        "tf_adjustment_column": "pf",
        "tf_minimum_u_value": 1e-5,
        "disable_tf_exact_match_detection": True,
    }
    same_length = "sf_l = sf_r and length(name_l) = length(name_r) and length(name_l) >= 3"
    one = f"(case when {same_length} then levenshtein(name_l, name_r) else 9 end) = 1"
    long = "greatest(length(name_l), length(name_r)) >= 4"
    alike = f"(case when {long} then jaro_winkler_similarity(pf_l, pf_r) else 0 end) >= 0.92"
    return cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name").configure(**tf),
            LEVEL("py_l = py_r", "same reading").configure(**sound),
            LEVEL("pf_l = pf_r", "same folded reading").configure(**sound),
            LEVEL("former_l = name_r or name_l = former_r", "former name"),
            LEVEL(one, "one character differs"),
            LEVEL(alike, "long name alike"),
            LEVEL(f"{long} and (ff_l = ff_r or starts_with(pf_l, pf_r) or starts_with(pf_r, pf_l))", "part"),
            LEVEL("gf_l = gf_r", "same given name"),
            LEVEL("sf_l = sf_r", "same surname"),
            cll.ElseLevel(),
        ],
    )


def family() -> cl.CustomComparison:
    """Guardian, head of household and telephone as one comparison: a household shares them all."""
    known = "(coalesce(guardian_pf_l, head_pf_l) is not null and guardian_pf_r is not null)"
    same = "(guardian_l = guardian_r or head_l = guardian_r)"
    sound = "(guardian_pf_l = guardian_pf_r or head_pf_l = guardian_pf_r)"
    return cl.CustomComparison(
        output_column_name="family",
        comparison_levels=[
            LEVEL(f"not {known} and (phone_l is null or phone_r is null)").configure(is_null_level=True),
            LEVEL("phone_l = phone_r and (adult_id_l = adult_id_r or guardian_l = guardian_r)", "both equal"),
            LEVEL("adult_id_l = adult_id_r", "guardian's number"),
            LEVEL("phone_l = phone_r", "telephone"),
            LEVEL(same, "guardian"),
            LEVEL(sound, "guardian by sound"),
            LEVEL(f"not {known}", "telephone differs"),
            cll.ElseLevel(),
        ],
    )


def place() -> cl.CustomComparison:
    """Township, village, group and house number."""
    return cl.CustomComparison(
        output_column_name="place",
        comparison_levels=[
            LEVEL("village_l is null or village_r is null").configure(is_null_level=True),
            LEVEL("village_l = village_r and grp_l = grp_r and house_l = house_r", "house"),
            LEVEL("village_l = village_r and grp_l = grp_r", "group"),
            LEVEL("village_l = village_r", "village"),
            LEVEL("town_l = town_r", "town"),
            cll.ElseLevel(),
        ],
    )


def sex() -> cl.CustomComparison:
    """Sex, where the number has not said it already."""
    return cl.CustomComparison(
        output_column_name="sex",
        comparison_levels=[
            LEVEL("sex_l is null or sex_r is null or coalesce(rid_l = rid_r, false)").configure(
                is_null_level=True
            ),
            cll.ExactMatchLevel("sex"),
            cll.ElseLevel(),
        ],
    )


def rules() -> list[str]:
    """Rollcall's candidate keys, those that SQL can express as an equality of columns."""
    crossed = {
        "id_cross": ("l.rid = r.rid", "l.rid = r.rid2"),
        "former_birth": ("l.k_former_birth = r.k_name_birth",),
        "head_birth": ("l.k_head_birth = r.k_guardian_birth",),
        "head_name": ("l.k_head_name = r.k_guardian_name",),
        "head_given": ("l.k_head_given = r.k_guardian_given",),
        "head_surname_year": ("l.k_head_surname_year = r.k_guardian_surname_year",),
        "surname_lunar": (
            "l.k_surname_lunar = r.k_surname_birth",
            "l.k_surname_birth = r.k_surname_lunar",
        ),
    }
    return [rule for key in KEYS for rule in crossed.get(key, (f"l.k_{key} = r.k_{key}",))]


def block(con: duckdb.DuckDBPyConnection) -> str:
    """The pairs that any rule finds, as a table that Splink takes in place of its own blocking.

    The same pairs as from its own, sooner: that joins rule after rule and leaves out what all rules before
    have found, which grows with the square of their number.
    """
    join = "select l.unique_id as a, r.unique_id as b from household l join roll r on"
    found = " union all ".join(f"{join} {rule}" for rule in rules())
    con.execute(f"create table candidates as select distinct a, b from ({found})")
    con.execute(
        """create table blocked as select 'household-__-' || a as join_key_l, 'roll-__-' || b as join_key_r,
           '0' as match_key from candidates"""
    )
    con.execute("drop table candidates")
    return "blocked"


def settings() -> SettingsCreator:
    """Everything that Splink needs to know before training."""
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="unique_id",
        comparisons=[identity(), name(), family(), place(), sex()],
        blocking_rules_to_generate_predictions=rules(),
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        max_iterations=25,
    )


def train(linker: Linker) -> None:
    """The share of matches from sure rules, u from random pairs, m by expectation maximisation."""
    training = linker.training
    training.estimate_probability_two_random_records_match(["l.rid = r.rid"], recall=0.9)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1, min_count_per_level=None, num_chunks=1)
    for rule in ("l.rid = r.rid", "l.pf = r.pf and l.sex = r.sex"):
        training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=2e6)
