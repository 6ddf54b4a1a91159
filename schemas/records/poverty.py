"""Rural revival: households lifted out of poverty and those monitored."""

from schemas.records.record_type import RecordType

RECORD = RecordType(
    kind="poverty",
    label="脱贫户与监测对象名单",
    side="population",
    required=("name",),
    expected=("id_number", "household_no", "group"),
    telling=("group", "household_no"),
)
