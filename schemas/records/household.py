"""Household registration (公安): who is registered as living here; the base of comparison 1."""

from schemas.records.record_type import RecordType

RECORD = RecordType(
    kind="household",
    label="户籍人口名单",
    side="population",
    required=("name",),
    expected=("id_number", "birth_date", "sex", "head_name", "address"),
    telling=("relation", "household_no", "head_name", "address", "cancelled"),
)
