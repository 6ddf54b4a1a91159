"""What a template may hold between braces: ``{{ 儿童姓名 }}``. Anything else in braces is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a template: what it is, a made-up value to try it with, whether every template needs it."""

    name: str
    about: str
    example: str
    needed: bool = False


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        each.name: each
        for each in (
            Field("文号", "系统编定，每单位每年连续编号", "城关镇人民政府控辍〔2026〕1号", needed=True),
            Field("儿童姓名", "", "阿依古丽·买买提", needed=True),
            Field("性别", "", "女"),
            Field("出生日期", "", "2014年7月29日"),
            Field("证件号码", "隐去一部分，需要时打印后手工补全", "659901********0027"),
            Field("监护人", "没有登记的留出填写处", "买买提·吐尔逊"),
            Field("乡镇", "", "城关镇"),
            Field("村", "", "凤树村"),
            Field("学校", "应到的学校；协查函中是据了解就读的学校", "城关镇中心小学"),
            Field("年级", "应读年级", "五年级"),
            Field("事由", "制发时填写，可以为空", "该生自2026年9月1日起未到校。"),
            Field("依据", "处罚、申请执行、起诉时填写", "《××省义务教育条例》第×条"),
            Field("期限天数", "", "7"),
            Field("发文单位", "", "城关镇人民政府"),
            Field("发文日期", "", "2026年11月22日"),
            Field("收文单位", "协查函发往的单位", "××县教育局"),
            Field("联系人", "在“文号与联系人”中填写", "张三"),
            Field("联系电话", "在“文号与联系人”中填写", "0990-0000000"),
            Field(
                "前一文书",
                "上一步文书的名称、文号和送达日期",
                "《劝返通知书》（城关镇人民政府控辍〔2026〕1号，2026年10月1日送达）",
            ),
            Field("批次", "", "2026年秋季"),
        )
    }
)


def examples() -> dict[str, str]:
    """Made-up values for every field."""
    return {field.name: field.example for field in FIELDS.values()}
