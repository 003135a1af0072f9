"""A segment's definition in words, and the figures of what it chooses."""

from collections.abc import Iterable, Mapping

from outreach.campaigns.derive import Choice, LeftOut
from outreach.campaigns.segments import Definition
from outreach.cli.output import console, show_table
from outreach.cli.words import Lang, count, words

_PARTS = {
    "audiences": ("everybody of", "mọi người trong"),
    "minus": ("without those of", "trừ những người trong"),
    "minus_suppressed": ("without suppressed numbers", "trừ các số không được nhắn"),
    "districts": ("district", "quận/huyện"),
    "wards": ("ward", "phường/xã"),
    "networks": ("network", "nhà mạng"),
    "ages": ("aged", "tuổi"),
    "genders": ("gender", "giới tính"),
    "smartphone": ("smartphone", "điện thoại thông minh"),
    "installed": ("installed", "đã cài"),
}
_GENDERS = {"nam": ("male", "nam"), "nu": ("female", "nữ")}
_YES_NO = {True: ("yes", "có"), False: ("no", "không")}
_LEFT_OUT = {
    LeftOut.ALREADY_THERE: ("the number was there already", "số đã có"),
    LeftOut.IN_MINUS: ("taken off by --minus", "đã trừ theo --minus"),
    LeftOut.SUPPRESSED: ("suppressed", "không được nhắn"),
    LeftOut.NOT_MATCHED: ("not as wanted", "không khớp điều kiện"),
    LeftOut.NOT_IN_SAMPLE: ("not in the sample", "không vào mẫu"),
}
_TITLES = {
    Lang.EN: ("Left out", "Rows", "Does not say", "District"),
    Lang.VI: ("Không lấy", "Số dòng", "Không ghi", "Quận/huyện"),
}
_MOST_DISTRICTS = 40


def sentence(told: Definition, lang: Lang) -> str:
    """A definition as one sentence."""
    vi = lang is Lang.VI
    parts = [
        f"{_PARTS[name][vi]}: {_value(name, getattr(told, name), vi=vi)}"
        for name in _PARTS
        if name != "minus_suppressed" and getattr(told, name) not in ((), None)
    ]
    if told.minus_suppressed:
        parts.append(_PARTS["minus_suppressed"][vi])
    return "; ".join([*parts, *(f"{name} = {value}" for name, value in told.fields)])


def _value(name: str, value: object, *, vi: bool) -> str:
    if isinstance(value, bool):
        return _YES_NO[value][vi]
    assert isinstance(value, tuple)
    if name == "ages":
        return f"{value[0]}-{value[1]}"
    shown: Iterable[str] = (_GENDERS[each][vi] if name == "genders" else each for each in value)
    return ", ".join(shown)


def choice_json(choice: Choice) -> dict[str, object]:
    """Who was chosen, and why the others were not, under names that stay."""
    return {
        "rows": choice.rows,
        "chosen": choice.chosen,
        "left_out": {reason.value: rows for reason, rows in choice.left_out.items()},
        "silent": dict(choice.silent),
    }


def show_left_out(left_out: Mapping[LeftOut, int], silent: Mapping[str, int], lang: Lang) -> None:
    """Say why rows were left out, and how many of them only do not say."""
    vi, titles = lang is Lang.VI, _TITLES[lang]
    if left_out:
        rows = [(_LEFT_OUT[why][vi], count(n, lang)) for why, n in left_out.items()]
        show_table(titles[:2], rows, numeric=[1])
    if silent:
        said = [(_silent(name, vi=vi), count(n, lang)) for name, n in silent.items()]
        show_table((titles[2], titles[1]), said, numeric=[1])


def _silent(name: str, *, vi: bool) -> str:
    titles = {"birth": "ages", "network": "networks", "district": "districts", "ward": "wards"}
    part = {**titles, "gender": "genders"}.get(name, name)
    if part == "ages":
        return "ngày sinh" if vi else "day of birth"
    return _PARTS[part][vi] if part in _PARTS else name


def show_people(choice: Choice, lang: Lang) -> None:
    """Show the chosen by network and by district."""
    say = words(lang)
    columns = (say("network"), say("recipients"))
    networks = [(network.title, count(n, lang)) for network, n in choice.by_network().items()]
    show_table(columns, networks, numeric=[1])
    districts = [(name or "-", count(n, lang)) for name, n in choice.by_district().items()]
    show_table((_TITLES[lang][3], columns[1]), districts[:_MOST_DISTRICTS], numeric=[1])
    if len(districts) > _MOST_DISTRICTS:
        console().print(f"… +{len(districts) - _MOST_DISTRICTS}")
