"""Civil affairs: low-income, destitute, orphaned and unsupported children."""

from schemas.records.record_type import RecordType

RECORD = RecordType(
    kind="civil_affairs",
    label="民政名单",
    side="population",
    required=("name",),
    expected=("id_number", "group"),
    telling=("group", "guardian_name", "head_name"),
)
