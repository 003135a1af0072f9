import struct

from hypothesis import given
from hypothesis import strategies as st

from outreach.reports.documents import page, pdf
from outreach.reports.documents.charts import drawn, figures, told
from outreach.reports.documents.model import Chart, Series
from outreach.reports.documents.typesetting import PER_INCH, pictures
from tests.reports.documents import reading, samples

NAMES = st.text(max_size=80)
COUNTS = st.integers(0, 10**19)


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    categories = draw(st.lists(NAMES, max_size=60))
    values = st.lists(COUNTS, min_size=len(categories), max_size=len(categories)).map(tuple)
    series = draw(st.lists(st.builds(Series, NAMES, values), max_size=10))
    return Chart(draw(NAMES), tuple(categories), tuple(series), draw(NAMES))


@given(charts())
def test_bars_and_ticks_stay_on_the_axis(chart: Chart) -> None:
    pieces = drawn(chart)
    for piece in pieces:
        assert [tick["at"] for tick in piece["ticks"]] == sorted(t["at"] for t in piece["ticks"])
        assert (piece["ticks"][0]["at"], piece["ticks"][-1]["at"]) == (0, 1)
        assert 2 <= len(piece["ticks"]) <= 6
        assert len(piece["rows"]) <= 24
        assert all(sum(bar["share"] for bar in row["bars"]) <= 1 + 1e-9 for row in piece["rows"])
        assert all(len(row["label"]) <= 52 for row in piece["rows"])
    assert sum(len(piece["rows"]) for piece in pieces) == len(chart.categories)
    assert len({str(piece["ticks"]) for piece in pieces}) == 1


def test_figures_are_in_words() -> None:
    chart = Chart("Tin", ("Viettel", "Zalo"), (Series("Đã chuyển", (1_234_567, 0)),), "tin")
    (piece,) = drawn(chart)
    assert piece["rows"][0]["bars"] == [{"share": 1_234_567 / 1_500_000, "label": "1.234.567"}]
    assert [tick["label"] for tick in piece["ticks"]] == ["0", "500.000", "1.000.000", "1.500.000"]
    assert told(chart) == ("Biểu đồ thanh chồng: Tin (đơn vị: tin). Viettel: 1.234.567; Zalo: 0.")
    assert figures(chart).rows == (("Viettel", 1_234_567), ("Zalo", 0))


def test_nothing_and_less_than_nothing_have_no_bar() -> None:
    (piece,) = drawn(Chart("", ("a",), (Series("x", (0,)), Series("y", (-5,))), ""))
    assert [bar["share"] for bar in piece["rows"][0]["bars"]] == [0, 0]


def test_a_picture_has_at_least_200_dots_an_inch_and_fits_its_page() -> None:
    for landscape in (False, True):
        width = page.text_width(landscape=landscape)
        for categories in (samples.NETWORKS, samples.DISTRICTS):
            (picture,) = pictures(drawn(samples.chart(categories)), width)
            across, down = struct.unpack_from(">2I", picture, 16)
            assert PER_INCH >= 200
            assert abs(across - width / 25.4 * PER_INCH) < 2
            tall = page.SHORT if landscape else page.LONG
            assert down / across * width <= tall - page.TOP - page.BOTTOM


def test_a_hundred_and_sixty_eight_bars_go_on_seven_pictures() -> None:
    chart = samples.chart(samples.DISTRICTS * 7)
    assert len(pictures(drawn(chart), 165)) == 7


def test_the_pdf_draws_every_total_and_tick() -> None:
    words = " ".join(reading.pdf_pages(pdf.render(samples.report())))
    for expected in ("Thành phố Thủ Đức", "Chưa rõ địa bàn", "1.500.000", "(tin nhắn)", "62.499"):
        assert expected in words
