"""Regions in a tree, and the agencies that work in them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schemas.permission import AGENCY_KINDS
from service.db import Base


class Region(Base):
    """An administrative division: the code of GB/T 2260 (6 digits), GB/T 10114 (9 a township, 12 a village).

    What lies within a region has a code that begins with its own.
    """

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"), index=True)
    name: Mapped[str] = mapped_column(String(60))


class Agency(Base):
    """A bureau, federation, township, village or school that takes part."""

    __tablename__ = "agency"
    __table_args__ = (
        UniqueConstraint("region_code", "name"),
        CheckConstraint(f"kind in ({', '.join(map(repr, AGENCY_KINDS))})", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(60))
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
