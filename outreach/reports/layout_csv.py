"""The monthly report as a plain table, for whoever counts on with it."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from outreach.reports import words
from outreach.reports.columns import Column, channel_title, state_title
from outreach.reports.files import Cell, write_rows
from outreach.reports.monthly import MonthlyReport
from outreach.reports.sums import Sums, dong

_COUNTS = (
    "Người nhận",
    "Số tin",
    "Đã gửi",
    "Nhà mạng đã nhận",
    "Có biên nhận",
    *(column.vi for column in Column),
    "Số đoạn tin",
    "Chi phí (đồng)",
)


def write_csv(report: MonthlyReport, path: Path) -> int:
    """Write the report's tables one below the other; returns how many lines."""
    return write_rows(
        path,
        chain(
            _head(report), _carriers(report), _campaigns(report), _reasons(report), _foot(report)
        ),
    )


def _head(report: MonthlyReport) -> Iterator[tuple[Cell, ...]]:
    if report.rehearsal:
        yield (words.REHEARSAL,)
    yield (report.agency.get("name", ""),)
    yield (words.title(report),)
    yield (words.made_at(report),)


def _carriers(report: MonthlyReport) -> Iterator[tuple[Cell, ...]]:
    yield ()
    yield ("Nhà mạng", "Kênh", *_COUNTS)
    for line in report.carriers:
        yield (line.network.title, channel_title(line.channel), *_counts(line.sums))
    yield ("Tổng cộng", "", *_counts(report.total))


def _campaigns(report: MonthlyReport) -> Iterator[tuple[Cell, ...]]:
    yield ()
    yield ("Chiến dịch", "Số hiệu", *_COUNTS)
    for line in report.campaigns:
        yield (line.name, line.id, *_counts(line.sums))


def _reasons(report: MonthlyReport) -> Iterator[tuple[Cell, ...]]:
    yield ()
    yield ("Kết quả", "Lý do", "Số tin")
    for line in report.reasons:
        yield (state_title(line.state), line.words, line.messages)


def _foot(report: MonthlyReport) -> Iterator[tuple[Cell, ...]]:
    yield ()
    for note in words.notes(report):
        yield (note,)


def _counts(sums: Sums) -> tuple[Cell, ...]:
    return (
        sums.recipients,
        sums.messages,
        sums.sent,
        sums.taken,
        sums.confirmable,
        *(sums.of(column) for column in Column),
        sums.parts,
        dong(sums.cost),
    )
