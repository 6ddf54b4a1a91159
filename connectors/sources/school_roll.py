"""在校生信息 and 学籍 exports of the student registry."""

from connectors.sources.source import Source

SOURCE = Source(
    name="school_roll",
    label="学籍名单",
    agency="教育",
    kind="roll",
    words=(
        "学籍",
        "在校生信息",
        "学生基本信息",
        "学籍信息",
        "学籍库",
        "学生信息",
        "学籍名单",
        "学籍数据",
        "在籍",
    ),
    not_words=("无学籍", "资助", "补助"),
    telling=(
        "全国学籍号",
        "学籍号",
        "个人标识码",
        "学生当前状态",
        "学生状态",
        "学籍状态",
        "入学年月",
        "入学方式",
        "就读方式",
        "学籍辅号",
        "学生来源",
        "学校标识码",
        "grbsm",
        "xjfh",
        "jdztm",
        "xxbsm",
    ),
)
