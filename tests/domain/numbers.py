"""Cells as hypothesis writes them: numbers of invented people, and what is almost one."""

from hypothesis import strategies as st

GIVEN = "32 33 34 35 36 37 38 39 86 96 97 98 81 82 83 84 85 88 91 94 70 76 77 78 79 89 90 93"
GIVEN += " 52 56 58 92 59 993 87 55"


@st.composite
def nationals(draw: st.DrawFn) -> str:
    prefix = draw(st.sampled_from(GIVEN.split()))
    rest = draw(st.text("0123456789", min_size=9, max_size=9))
    return (prefix + rest)[:9]


SIGNS = "0123456789008484+ ()./-,;'\"=\n\xa0\u2013\u200b"
written = st.text(SIGNS, max_size=40) | st.lists(
    st.sampled_from(["0", "84", "+84", "00", "08", "8", " ", "-", ".", ".0", "/", "("])
    | nationals()
    | st.just("1234567890")
    | st.text("0123456789", max_size=4),
    max_size=7,
).map("".join)
anything = written | st.text(st.characters(), max_size=60)  # lone surrogates too
worded = st.lists(st.sampled_from(["ĐT:", " hoặc ", "or", "O", "E+8", "9.01"]) | written).map(
    "".join
)
cells = anything | worded
