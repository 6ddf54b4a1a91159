"""Attendance roster: who is really in class; also a neighbouring county's reply about its pupils."""

from schemas.records.record_type import RecordType

RECORD = RecordType(
    kind="attendance",
    label="在校学生花名册",
    side="attendance",
    required=("name",),
    expected=("school", "grade", "class_name"),
    telling=("class_name", "attends", "school"),
)
