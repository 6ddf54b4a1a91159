"""What Splink is told: comparisons with their levels, blocking rules, how to train."""

from __future__ import annotations

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule

from tests.bench.rival.prepare import KEYS

LEVEL = cll.CustomLevel
SAME_PARTS = "((seg_a_l = seg_a_r)::int + (seg_b_l = seg_b_r)::int + (seg_c_l = seg_c_r)::int >= 2)"
ONE_OFF = f"{SAME_PARTS} and damerau_levenshtein(rid_l, rid_r) <= 1"
TWO_OFF = f"{SAME_PARTS} and damerau_levenshtein(rid_l, rid_r) <= 2"
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
    one = "length(name_l) = length(name_r) and length(name_l) >= 3 and levenshtein(name_l, name_r) = 1"
    long = "greatest(length(name_l), length(name_r)) >= 4"
    return cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name").configure(**tf),
            LEVEL("py_l = py_r", "same reading").configure(**sound),
            LEVEL("pf_l = pf_r", "same folded reading").configure(**sound),
            LEVEL("former_l = name_r or name_l = former_r", "former name"),
            LEVEL(f"{one} and sf_l = sf_r", "one character differs"),
            LEVEL(f"{long} and jaro_winkler_similarity(pf_l, pf_r) >= 0.92", "long name alike"),
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


def rules() -> list[object]:
    """Rollcall's candidate keys, those that SQL can express as an equality of columns."""
    crossed = {
        "id_cross": "l.rid = r.rid2",
        "former_birth": "l.k_former_birth = r.k_name_birth",
        "head_birth": "l.k_head_birth = r.k_guardian_birth",
        "head_name": "l.k_head_name = r.k_guardian_name",
        "head_given": "l.k_head_given = r.k_guardian_given",
        "head_surname_year": "l.k_head_surname_year = r.k_guardian_surname_year",
    }
    lunar = ["l.k_surname_lunar = r.k_surname_birth", "l.k_surname_birth = r.k_surname_lunar"]
    made: list[object] = [block_on("rid")]
    for key in KEYS:
        if key in crossed:
            made.append(CustomRule(crossed[key]))
        elif key == "surname_lunar":
            made += [CustomRule(each) for each in lunar]
        else:
            made.append(block_on(f"k_{key}"))
    return made


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
