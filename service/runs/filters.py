"""The filters of a list of children, and the question that they put to the database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, SmallInteger, any_, asc, cast, desc, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from service.errors import InvalidError
from service.runs.cells import ATTENDANCE, BANDS, CELLS, ENROLMENT, cells
from service.runs.models import RunChild, RunChildGroup

COLUMNS = (
    "no", "region_code", "township", "name", "id_number", "birth_date", "sex", "enrolment", "attendance",
    "probability", "rule", "school", "groups", "part",
)  # fmt: skip
TOWNSHIP = 6
"""Longer codes are a township's: six digits are a county."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of children is narrowed to; "" for all.

    Attributes:
        township: code of the region. band: of ``cells.BANDS``. group, school: as written in the result.
    """

    enrolment: str = ""
    attendance: str = ""
    township: str = ""
    group: str = ""
    school: str = ""
    band: str = ""

    def __post_init__(self) -> None:
        for name, known in (("enrolment", ENROLMENT), ("attendance", ATTENDANCE), ("band", BANDS)):
            value = getattr(self, name)
            if value and value not in known:
                raise InvalidError("没有这种筛选条件，请从列表中选择。")
        if self.township and not self.township.isdigit():
            raise InvalidError("没有这个乡镇，请从列表中选择。")

    def chosen(self) -> dict[str, str]:
        """Those that are set."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Near:
    """At most ``limit`` children: those before a number where ``before`` is given, else those after one."""

    limit: int
    after: int = 0
    before: int | None = None

    def first(self, query: Select[Any], no: Any) -> Select[Any]:
        """The first of the question's rows by their number, the nearest first."""
        return query.order_by(asc(no) if self.before is None else desc(no)).limit(self.limit)


def rows_query() -> Select[Any]:
    """The columns of the list."""
    return select(*(getattr(RunChild, name) for name in COLUMNS))


def shown_query(run_id: int, filters: Filters, region: str, near: Near) -> Select[Any]:
    """The rows that the filters show to those who see ``region`` ("" for all), next to a number.

    Of each cell that is asked for an index gives the first rows, and of these the first are the page. A
    school is so small that its rows are looked through.
    """
    table: Any = RunChildGroup if filters.group and not filters.school else RunChild
    chosen = [
        table.run_id == run_id,
        table.no > near.after if near.before is None else table.no < near.before,
    ]
    region = filters.township or region
    if len(region) > TOWNSHIP:
        # A township's children all bear its code: equal, so that an index serves it in the order of numbers.
        chosen.append(table.region_code == region)
    asked = cells(filters.enrolment, filters.attendance, filters.band)
    if filters.school:
        chosen += [table.school == filters.school, table.cell.in_(asked)]
        chosen += [literal(filters.group) == any_(table.groups)] if filters.group else []
        numbers = near.first(select(table.no).where(*chosen), table.no)
    elif table is RunChild and len(asked) == len(CELLS) and len(region) <= TOWNSHIP:
        numbers = near.first(select(table.no).where(*chosen), table.no)
    else:
        chosen += [table.group_name == filters.group] if filters.group else []
        listed = func.unnest(cast(asked, ARRAY(SmallInteger)))
        each = listed.table_valued("cell").render_derived(name="each")
        head = near.first(select(table.no).where(*chosen, table.cell == each.c.cell), table.no).lateral(
            "head"
        )
        numbers = near.first(select(head.c.no).select_from(each).join(head, true()), head.c.no)
    return rows_query().where(RunChild.run_id == run_id, RunChild.no.in_(numbers))
