"""县外就读学生名册: pupils of this county on rolls elsewhere, taken from the registry."""

from connectors.sources.source import Source

SOURCE = Source(
    name="out_of_county_roll",
    label="县外就读学生学籍",
    agency="教育",
    kind="roll",
    words=("县外就读", "县外就读学生", "外地就读", "县外学籍", "异地就读", "外出就读", "区外就读"),
    not_words=("回函", "复函", "反馈"),
    telling=("学籍号", "全国学籍号"),
)
