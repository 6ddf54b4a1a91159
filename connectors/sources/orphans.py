"""孤儿及事实无人抚养儿童发放花名册: two groups, usually on separate sheets."""

from connectors.sources.source import Source

SOURCE = Source(
    name="orphans",
    label="孤儿和事实无人抚养儿童名单",
    agency="民政",
    kind="civil_affairs",
    words=("孤儿", "事实无人抚养", "困境儿童", "留守儿童", "基本生活费", "基本生活补贴", "流浪儿童"),
    telling=("孤儿证号", "起发时间", "儿童福利证号", "监护类型"),
    group="困境",
)
