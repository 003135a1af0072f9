import csv
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest
from sqlalchemy import Connection

from outreach.domain.message import State
from outreach.reports import export
from outreach.reports.columns import column_of
from outreach.reports.export import HEADER, ResultRow, results, write_csv
from outreach.reports.figures import campaign_figures
from outreach.reports.files import harmless, replacing
from outreach.store import campaigns as store
from tests.reports import year

_ROW = ResultRow("849****001", "Viettel", "SMS", "viettel", "delivered", "", "", 3, "2026-11-30")


def test_one_row_a_recipient(conn: Connection, campaigns: tuple[int, int]) -> None:
    accounts = {"viettel": year.VIETTEL, "esms": year.ESMS, "zalo": year.ZALO, "": 0}
    for campaign in campaigns:
        rows = list(results(conn, campaign))
        assert len(rows) == store.get(conn, campaign).recipients
        columns = Counter(
            column_of(State[row.state.upper()], accounts[row.account], year.PUSHED) for row in rows
        )
        figures = campaign_figures(conn, campaign, year.PRICES, year.PUSHED)
        assert columns == figures.results


def test_pages_give_what_one_page_gives(
    conn: Connection, campaigns: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(results(conn, campaigns[1], unmask=True))
    monkeypatch.setattr(export, "PAGE", 3)
    assert list(results(conn, campaigns[1], unmask=True)) == whole
    assert len({row.number for row in whole}) == len(whole)


def test_numbers_are_masked_unless_asked_for(conn: Connection, campaigns: tuple[int, int]) -> None:
    assert all("****" in row.number for row in results(conn, campaigns[0]))
    numbers = {row.number for row in results(conn, campaigns[0], unmask=True)}
    assert "84910001000" in numbers


def test_a_fallback_carries_the_result(conn: Connection, campaigns: tuple[int, int]) -> None:
    ways = Counter((row.channel, row.account, row.state) for row in results(conn, campaigns[1]))
    assert ways == {
        ("Zalo", "zalo", "delivered"): year.EACH,
        ("Zalo", "zalo", "pending"): year.EACH,
        ("SMS", "esms", "delivered"): year.EACH,
        ("SMS", "esms", "pending"): year.EACH,
    }


def test_the_file_opens_in_a_spreadsheet(
    conn: Connection, campaigns: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "results.csv"
    count = write_csv(results(conn, campaigns[0]), path)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n") == count + 1
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(HEADER)
    assert count == len(rows) - 1 == store.get(conn, campaigns[0]).recipients
    assert {len(row) for row in rows} == {len(HEADER)}
    assert any(row[6] == f"'{year.INJECTION}" for row in rows)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert {row[8] for row in rows[1:]} == {"", "2026-11-30"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_run(start: str) -> None:
    assert harmless(f"{start}1") == f"'{start}1"


def test_harmless_cells_stay() -> None:
    assert [harmless(cell) for cell in ("", "a=1", -5)] == ["", "a=1", -5]


def test_a_broken_export_leaves_the_earlier_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    write_csv([_ROW], path)
    before = path.read_bytes()

    def breaks() -> Iterator[ResultRow]:
        yield _ROW
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        write_csv(breaks(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    with replacing(path) as unfinished:
        unfinished.write_text("half", encoding="utf-8")
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "half"


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    assert _peak(tmp_path, 60_000) < _peak(tmp_path, 2_000) + 200_000


def _peak(folder: Path, rows: int) -> int:
    tracemalloc.start()
    assert write_csv(repeat(_ROW, rows), folder / "rows.csv") == rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
