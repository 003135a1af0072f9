"""A chart as it is drawn: bars and ticks as shares of the axis, every figure in words."""

from collections.abc import Iterator
from typing import Any

from outreach.domain.text import dotted
from outreach.reports.documents.model import Chart, Column, Kind, Table

_PIECE = 24  # bars that go on one page, lying or standing
_ROOMY = 12  # bars that have room for labels of two lines
_LABEL = {True: 52, False: 26}  # letters of a label, roomy or not
_TITLE = 60  # letters in the legend
_AXIS = 55  # letters below the axis


def drawn(chart: Chart) -> list[dict[str, Any]]:
    """Work out the pictures of a chart, at most 24 bars each, all on one scale (for chart.typ)."""
    longest = max((_whole(chart, n) for n in range(len(chart.categories))), default=0)
    ticks = _ticks(longest)
    pieces = range(0, max(1, len(chart.categories)), _PIECE)
    return [
        {
            "title": chart.title if not first else f"{chart.title} (tiếp theo)",
            "unit": chart.unit,
            "legend": [_cut(series.title, _TITLE) for series in chart.series],
            "ticks": [{"at": tick / ticks[-1], "label": dotted(tick)} for tick in ticks],
            "rows": list(_rows(chart, first, ticks[-1])),
            "roomy": len(chart.categories) <= _ROOMY,
        }
        for first in pieces
    ]


def told(chart: Chart) -> str:
    """The chart in words, for who cannot see it."""
    figures = "; ".join(
        f"{category}: {dotted(_whole(chart, n))}" for n, category in enumerate(chart.categories)
    )
    return f"Biểu đồ thanh chồng: {chart.title} (đơn vị: {chart.unit}). {figures}."


def figures(chart: Chart) -> Table:
    """The chart's figures as a table, for files that hold cells."""
    columns = (Column(chart.unit, Kind.TEXT), *(Column(each.title) for each in chart.series))
    rows = zip(chart.categories, *(each.values for each in chart.series), strict=True)
    return Table(columns, tuple(rows), title=chart.title)


def _rows(chart: Chart, first: int, end: int) -> Iterator[dict[str, Any]]:
    roomy = len(chart.categories) <= _ROOMY
    for n in range(first, min(first + _PIECE, len(chart.categories))):
        values = [max(0, series.values[n]) for series in chart.series]
        yield {
            "label": _cut(chart.categories[n], _LABEL[roomy]),
            "total": dotted(sum(values)),
            "bars": [{"share": value / end, "label": dotted(value)} for value in values],
        }


def _whole(chart: Chart, n: int) -> int:
    return sum(max(0, series.values[n]) for series in chart.series)


def _ticks(longest: int) -> list[int]:
    """Round numbers from 0 to at least `longest`, as many as have room beside each other."""
    room = max(1, min(5, _AXIS // len(dotted(max(1, longest)))))
    least = max(1, -(-longest // room))
    power = 10 ** (len(str(least)) - 1)
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= least)
    return [step * n for n in range(max(1, -(-longest // step)) + 1)]


def _cut(text: str, letters: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
