"""脱贫户信息 and 防止返贫致贫监测对象信息: a person a row, up to some 180 columns."""

from connectors.sources.source import Source

SOURCE = Source(
    name="poverty_monitoring",
    label="脱贫户与监测对象名单",
    agency="乡村振兴",
    kind="poverty",
    words=(
        "脱贫",
        "脱贫户",
        "监测对象",
        "防止返贫",
        "防返贫",
        "建档立卡",
        "贫困户",
        "贫困人口",
        "易返贫",
        "返贫致贫",
        "乡村振兴",
    ),
    headers={"group": ("监测对象类型", "农户类型", "户属性")},
    telling=(
        "监测对象类别",
        "户类型",
        "人口编号",
        "人编号",
        "风险是否已消除",
        "识别监测时间",
        "在校生状况",
        "义务教育阶段未上学原因",
        "劳动技能",
        "脱贫属性",
        "贫困户属性",
    ),
)
