"""低保备案表: a household a row, head and members in alternating columns, or a person a row."""

from connectors.sources.source import Source

SOURCE = Source(
    name="minimum_living",
    label="最低生活保障名单",
    agency="民政",
    kind="civil_affairs",
    words=("低保", "最低生活保障", "低保备案", "城镇低保", "农村低保", "城乡低保", "低收入", "低收入人口"),
    not_words=("脱贫", "监测"),
    headers={"household_no": ("家庭编码",)},
    telling=(
        "低保证号",
        "低保证编号",
        "保障人口",
        "保障人数",
        "月保障金额",
        "月保障金",
        "分类施保",
        "户保障金",
        "家庭保障人口",
        "低保类别",
    ),
    group="低收入",
    members_are="household",
)
