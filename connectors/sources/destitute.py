"""特困人员备案表: a person a row, with contacts who are not themselves supported."""

from connectors.sources.source import Source

SOURCE = Source(
    name="destitute",
    label="特困人员名单",
    agency="民政",
    kind="civil_affairs",
    words=("特困", "特困人员", "特困供养", "五保", "救助供养"),
    telling=("供养方式", "五保证号", "特困证号", "特困供养证号", "供养机构", "供养服务机构"),
    group="特困",
)
