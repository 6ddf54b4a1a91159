"""The files that a county's agencies send, one module an agency."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from service.demo.lists import attendance, civil_affairs, disability, household, poverty, roll
from service.demo.lists.order import ListFile, Order

AGENCIES: Mapping[str, Callable[[Order], list[ListFile]]] = {
    "公安": household.make,
    "教育（学籍）": roll.make,
    "教育（在校）": attendance.make,
    "民政": civil_affairs.make,
    "乡村振兴": poverty.make,
    "残联": disability.make,
}
"""Who sends what. The roll comes before attendance: its school names are those of the roll."""

__all__ = ["AGENCIES", "ListFile", "Order"]
