"""Two CSV lists -> the tables ``household`` and ``roll`` for Splink: cleaned values and key columns."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from tests.bench.rival.sounds import lunar_table, name_table

COLUMNS = {
    "name": ("姓名", "学生姓名"),
    "former": ("曾用名",),
    "id": ("公民身份号码", "身份证件号", "身份证号", "证件号码"),
    "student": ("学籍号", "全国学籍号"),
    "birth": ("出生日期", "出生年月"),
    "sex": ("性别",),
    "head": ("户主姓名",),
    "head_id": ("户主公民身份号码", "户主身份证号", "户主身份证号码"),
    "guardian": ("监护人", "监护人姓名", "成员1姓名", "家长姓名"),
    "guardian_id": ("监护人身份证号", "监护人公民身份号码", "成员1身份证件号", "成员1身份证号"),
    "phone": ("联系电话", "监护人电话", "成员1联系电话", "监护人联系电话", "家长电话"),
    "address": ("户籍地址", "现住址", "家庭住址", "住址"),
}
"""Our names of the columns, and the headings under which lists carry them."""

SHARED_PHONE = 8
"""A telephone on more rows than this is a school's or a village's and says nothing about a family."""

PAIRS_OF_A_KEY = 2_500
"""A value of a key that gives more pairs than this is left out: the same guard that Rollcall has."""

DIGITS = "translate(upper({0}), '０１２３４５６７８９Ｘ', '0123456789X')"
NUMBER = (
    "case when not regexp_matches({0}, '[*＊?？…]|[0-9][Ee][+]?[0-9]') then "
    f"nullif(regexp_replace({DIGITS}, '[^0-9X]', '', 'g'), '') end"
)
"""A number with masked digits, or one that a spreadsheet rounded to a power of ten, cannot be compared."""
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK = np.frombuffer(b"10X98765432", dtype=np.uint8)

KEYS = {
    "id_cross": ("rid",),
    "id_tail": ("seg_b", "seg_c"),
    "id_ends": ("seg_a", "seg_c", "sf"),
    "id_century": ("seg_a", "substr(seg_b, 3)", "substr(seg_c, 1, 3)"),
    "id_head_surname": ("seg_a", "seg_b", "sf"),
    "name_birth": ("pf", "birth"),
    "name_id_birth": ("pf", "id_birth"),
    "former_birth": ("former_pf", "birth"),
    "name_day": ("pf", "birth % 10000"),
    "name_year": ("pf", "birth // 10000"),
    "surname_birth": ("sf", "birth"),
    "surname_id_birth": ("sf", "id_birth"),
    "given_birth": ("gf", "birth"),
    "first_birth": ("ff", "birth"),
    "guardian_birth": ("guardian_pf", "birth"),
    "guardian_id_birth": ("guardian_pf", "id_birth"),
    "head_birth": ("head_pf", "birth"),
    "guardian_name": ("guardian_pf", "pf"),
    "head_name": ("head_pf", "pf"),
    "guardian_given": ("guardian_pf", "gf"),
    "head_given": ("head_pf", "gf"),
    "guardian_surname_year": ("guardian_pf", "sf", "birth // 10000"),
    "head_surname_year": ("head_pf", "sf", "birth // 10000"),
    "adult_surname": ("adult_id", "sf"),
    "adult_given": ("adult_id", "gf"),
    "phone_name": ("phone", "pf"),
    "phone_year": ("phone", "birth // 10000"),
    "village_name": ("village", "pf"),
    "village_birth": ("village", "birth"),
    "surname_lunar": ("sf", "solar"),
    "name_alone": ("pf",),
}
"""The keys of ``matchers/steps/s3_block.py`` as columns that SQL can join on: hashes of what is known.

One is narrower: a region and a sequence number alone give millions of pairs where all are of one county."""

CAPPED = ("name_year", "name_alone", "first_birth", "village_birth", "surname_birth", "surname_lunar")


def prepare(con: duckdb.DuckDBPyConnection, household: Path, roll: Path) -> None:
    """Make the tables ``household`` and ``roll`` in ``con``; ``unique_id`` is the row of the file."""
    _read(con, "raw_h", household, 0)
    _read(con, "raw_r", roll, 1)
    con.execute("create table raw as select * from raw_h union all by name select * from raw_r")
    _small_tables(con)
    con.execute(_PERSONS)
    _check_digits(con)
    for side, name in enumerate(("household", "roll")):
        keys = ", ".join(f"{_hash(parts)} as k_{key}" for key, parts in KEYS.items())
        con.execute(
            f"create table {name} as select p.* exclude (side), coalesce(c.ok, false) as rid_ok, {keys} "
            f"from persons p left join checked c using (side, unique_id) where side = {side}"
        )
    _cap(con)
    for table in ("raw_h", "raw_r", "raw", "persons", "names", "days", "solars", "checked", "phones"):
        con.execute(f"drop table if exists {table}")


def _read(con: duckdb.DuckDBPyConnection, table: str, path: Path, side: int) -> None:
    there = set(con.sql(f"select * from read_csv('{path}', all_varchar=true) limit 0").columns)
    cells = []
    for name, headings in COLUMNS.items():
        found = next((each for each in headings if each in there), None)
        cells.append(f"nullif(trim(\"{found}\"), '') as {name}" if found else f"null::varchar as {name}")
    con.execute(
        f"create table {table} as select {side} as side, row_number() over () + 1 as unique_id, "
        f"{', '.join(cells)} from read_csv('{path}', all_varchar=true)"
    )


def _small_tables(con: duckdb.DuckDBPyConnection) -> None:
    """What is worked out once for each distinct value: names, dates, lunar dates, telephones."""
    names = "select unnest([name, former, head, guardian]) as t from raw"
    texts = con.sql(f"select distinct t from ({names}) where t is not null").df()["t"]
    made = name_table(texts)
    con.register("made", made)
    con.execute("create table names as select * from made")
    con.unregister("made")
    con.execute(
        """create table days as with g as (
             select birth,
               regexp_extract(birth, '^\\D*(\\d{4})\\D*(\\d{1,2})?\\D*(\\d{1,2})?', ['y', 'm', 'd']) as p
             from (select distinct birth from raw where birth is not null))
           select birth, try_cast(p.y as integer) * 10000 + coalesce(try_cast(p.m as integer), 0) * 100
             + coalesce(try_cast(p.d as integer), 0) as day from g"""
    )
    con.register(
        "moon", lunar_table(con.sql("select distinct day from days where day % 100 > 0").df()["day"])
    )
    con.execute("create table solars as select * from moon")
    con.unregister("moon")
    con.execute(
        f"""create table phones as select phone from raw where phone is not null
            group by phone having count(*) <= {SHARED_PHONE}"""
    )


_PERSONS = f"""
create table persons as
with numbers as (
  select side, unique_id, {NUMBER.format("id")} as own, {NUMBER.format("student")} as other,
         {NUMBER.format("head_id")} as head_id, {NUMBER.format("guardian_id")} as guardian_id from raw
), eighteen as (
  select side, unique_id, head_id, guardian_id,
    case when regexp_matches(own, '^[0-9]{{17}}[0-9X]') then left(own, 18)
         when length(own) = 15 then left(own, 6) || '20' || substr(own, 7) else own end as own,
    case when regexp_matches(other, '^[0-9]{{17}}[0-9X]') then left(other, 18) end as other from numbers
), parted as (
  select *, try_cast(substr(own, 7, 4) as integer) < 2006 and length(own) >= 17 as adult from eighteen
), chosen as (
  select side, unique_id, case when adult then own end as adult_own,
    coalesce(guardian_id, head_id) as family_id,
    coalesce(case when not coalesce(adult, false) then own end, other) as rid,
    case when not coalesce(adult, false) and own is not null and other <> own then other end as rid2
  from parted
), address as (
  select address, regexp_extract(address, '^(?:.*[省州市县区])?(.{{1,8}}?[镇乡])', 1) as town,
    regexp_extract(address, '^(?:.*[镇乡县市])?(.{{1,8}}?)(?:村|社区|居委会)', 1) as village,
    regexp_extract(address, '(\\d+)组', 1) as grp, regexp_extract(address, '(\\d+)号', 1) as house
  from (select distinct address from raw where address is not null)
)
select r.side, r.unique_id, case when r.side = 0 then 'household' else 'roll' end as source_dataset,
  n.name, n.py, n.pf, n.sf, n.gf, n.ff, f.name as former, f.pf as former_pf,
  h.name as head, h.pf as head_pf, g.name as guardian, g.pf as guardian_pf,
  coalesce(c.adult_own, c.family_id) as adult_id, c.rid, c.rid2,
  case when length(c.rid) >= 17 then substr(c.rid, 1, 6) end as seg_a,
  case when length(c.rid) >= 17 then substr(c.rid, 7, 8) end as seg_b,
  case when length(c.rid) >= 17 then substr(c.rid, 15) end as seg_c,
  case when d.day % 100 > 0 then d.day end as birth, d.day // 100 as birth_month,
  case when length(c.rid) >= 17 then try_cast(substr(c.rid, 7, 8) as integer) end as id_birth, s.solar,
  case when r.sex in ('男', '1', '男性') then 1 when r.sex in ('女', '2', '女性') then 2 end as sex,
  p.phone, nullif(a.town, '') as town, nullif(a.village, '') as village, nullif(a.grp, '') as grp,
  nullif(a.house, '') as house
from raw r join chosen c using (side, unique_id)
left join names n on n.raw = r.name left join names f on f.raw = r.former
left join names h on h.raw = r.head left join names g on g.raw = r.guardian
left join days d on d.birth = r.birth left join solars s on s.day = d.day
left join phones p on p.phone = r.phone left join address a on a.address = r.address
"""


def _check_digits(con: duckdb.DuckDBPyConnection) -> None:
    """Which numbers have the check character of ISO 7064 MOD 11-2."""
    found = con.sql(
        "select side, unique_id, rid from persons where regexp_matches(rid, '^[0-9]{17}[0-9X]$')"
    ).df()
    digits = np.array(found["rid"].tolist(), dtype="S18").view(np.uint8).reshape(-1, 18)
    right = CHECK[((digits[:, :17].astype(np.int32) - 48) @ WEIGHTS) % 11] == digits[:, 17]
    table = pd.DataFrame({"side": found["side"], "unique_id": found["unique_id"], "ok": right})
    con.register("digits", table)
    # A spreadsheet keeps fifteen digits: such a number says where and when, no longer who.
    con.execute(
        """update persons p set rid = null from digits d where d.side = p.side and d.unique_id = p.unique_id
           and not d.ok and right(p.rid, 3) = '000'"""
    )
    con.execute("create table checked as select * from digits")
    con.unregister("digits")


def _hash(parts: tuple[str, ...]) -> str:
    known = " and ".join(f"({each}) is not null" for each in parts)
    return f"case when {known} then hash({', '.join(f'({each})' for each in parts)}) end"


def _cap(con: duckdb.DuckDBPyConnection) -> None:
    """Take out the values of wide keys that would give too many pairs."""
    for key in CAPPED:
        con.execute(
            f"""create or replace temp table wide as select l.k from
                (select k_{key} as k, count(*) as n from household where k is not null group by 1) l
                join (select k_{key} as k, count(*) as n from roll where k is not null group by 1) r using (k)
                where l.n * r.n > {PAIRS_OF_A_KEY}"""
        )
        for side in ("household", "roll"):
            con.execute(f"update {side} set k_{key} = null where k_{key} in (select k from wide)")
    con.execute("drop table wide")
