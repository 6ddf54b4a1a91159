"""常住人口信息: the household register, a person a row."""

from connectors.sources.source import Source

SOURCE = Source(
    name="police_household",
    label="户籍人口名单",
    agency="公安",
    kind="household",
    words=(
        "常住人口",
        "户籍",
        "户籍人口",
        "人口信息",
        "户口",
        "公安",
        "适龄儿童",
        "适龄人口",
        "派出所",
        "户籍学龄",
        "学龄人口",
        "户籍适龄",
    ),
    not_words=("低保", "残疾", "脱贫", "监测", "特困", "孤儿", "困难", "在校", "学籍"),
    telling=(
        "注销时间",
        "注销原因",
        "何时何因注销户口",
        "户别",
        "户号",
        "户口号码",
        "所属派出所",
        "派出所",
        "公民身份号码",
        "兵役状况",
        "服务处所",
        "迁出日期",
        "gmsfhm",
        "hkszd",
        "sspcs",
        "hjdz",
    ),
)
