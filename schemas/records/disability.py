"""Disabled persons' federation: holders of a disability certificate."""

from schemas.records.record_type import RecordType

RECORD = RecordType(
    kind="disability",
    label="持证残疾人名单",
    side="population",
    required=("name",),
    expected=("disability_no",),
    telling=("disability_no", "disability_category", "disability_grade"),
)
