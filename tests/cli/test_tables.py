"""Tables on narrow screens: what does not fit goes on, it is never cut."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.cli.output import show_table

NAMES = ["Viettel", "31/TTCĐS-CNTT", "Vietnamobile"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example is read out
@given(
    counts=st.lists(st.integers(0, 10**12).map("{:,} đ".format), min_size=1, max_size=12),
    width=st.integers(20, 200),
)
def test_no_cell_is_cut_on_any_screen(
    counts: list[str],
    width: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    rows = [(name, *counts) for name in NAMES]
    titles = ["Network", *(f"No failure {n}" for n in range(len(counts)))]
    capsys.readouterr()
    show_table(titles, rows, numeric=range(1, len(titles)))
    first, *lines = capsys.readouterr().out.splitlines()
    assert all(title in first for title in titles)
    for name, line in zip(NAMES, lines, strict=True):
        assert line.replace("  ", " ").split() == [name, *" ".join(counts).split()]
