"""Student registry (学籍): who is on the roll of which school."""

from schemas.records.record_type import RecordType

RECORD = RecordType(
    kind="roll",
    label="学籍名单",
    side="roll",
    required=("name",),
    expected=("id_number", "student_no", "school", "grade", "birth_date", "sex"),
    telling=("student_no", "grade", "status", "school"),
)
