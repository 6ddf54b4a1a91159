"""县外就读回函: another county's answer whether our pupils really attend there."""

from connectors.sources.source import Source

SOURCE = Source(
    name="out_of_county_reply",
    label="县外就读核实回函",
    agency="教育",
    kind="attendance",
    words=("回函", "复函", "核实回函", "协查", "反馈", "核查反馈", "就读证明", "在校证明"),
    headers={
        "attends": (
            "核实结果",
            "核查结果",
            "核实情况",
            "核查情况",
            "就读情况",
            "反馈结果",
            "反馈情况",
            "协查结果",
            "回复",
        )
    },
    telling=("核实结果", "核查结果", "核实情况", "就读情况"),
)
