"""Student aid (资助发放名单): who was paid what for which term. It is a side of no comparison."""

from schemas.records.record_type import RecordType

RECORD = RecordType(
    kind="aid",
    label="资助发放名单",
    side="aid",
    required=("name",),
    expected=("id_number", "school", "aid_amount"),
    telling=("aid_project", "aid_amount", "aid_period"),
)
