"""持证残疾人名单: often the certificate number only, which holds the identity number."""

from connectors.sources.source import Source

SOURCE = Source(
    name="disability_federation",
    label="持证残疾人名单",
    agency="残联",
    kind="disability",
    words=("残疾人", "持证残疾", "残疾", "残联", "残疾儿童"),
    not_words=("随班就读",),
    headers={"disability_no": ("证件编号", "证书编号")},
    telling=(
        "残疾人证号",
        "残疾证号",
        "残疾类别",
        "残疾等级",
        "残疾证书号",
        "残疾人证号码",
        "残疾证号码",
        "一户多残编码",
    ),
)
