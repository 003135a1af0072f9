"""Texts: Jinja2 is the oracle; what has no bound, no sense or no meaning is refused by line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from outreach.campaigns.grammar import MOST_WORK, Shape, Sort
from outreach.campaigns.wording import MAX_SOURCE, Values, compiled
from outreach.domain.errors import BadInputError
from outreach.domain.text import nfc, plain

SHAPES = {
    "name": Shape(Sort.TEXT, 30),
    "code": Shape(Sort.TEXT, 10),
    "names": Shape(Sort.LIST, 30, 10),
    "count": Shape(Sort.NUMBER, 3),
}


def oracle(source: str, values: Values) -> str:
    """What Jinja2 itself says."""
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.filters["plain"] = plain
    return environment.from_string(nfc(source)).render(values)


def render(source: str, values: Values) -> str:
    return compiled(source, SHAPES, "sms.j2")(values)


def refusal(source: str) -> str:
    """Why a text is not accepted; nothing if it is."""
    try:
        compiled(source, SHAPES, "sms.j2")
    except BadInputError as fault:
        return str(fault)
    return ""


texts = st.text(st.characters(exclude_characters="{}\r", exclude_categories=["Cs"]), max_size=20)
values = st.fixed_dictionaries(
    {
        "name": texts.map(nfc),
        "code": texts.map(nfc),
        "names": st.lists(texts.map(nfc), min_size=1, max_size=10),
        "count": st.integers(0, 999),
    }
)
holes = st.sampled_from(["{{ name }}", "{{name}}", "{{- name }}", "{{ code -}}", "{{ count }}"])
signs = st.sampled_from(["%", "%s", "%(name)s", "\n", "{# no #}"])


@settings(deadline=None)
@given(pieces=st.lists(texts | holes | signs, max_size=8), row=values)
def test_the_fast_path_says_what_jinja_says(pieces: list[str], row: Values) -> None:
    source = "".join(pieces)
    fast = compiled(source, SHAPES, "sms.j2")
    assert getattr(fast, "__self__", "").__class__ is str  # it is the %-format
    assert fast(row) == oracle(source, row)


_TEXTS = st.recursive(
    st.sampled_from(["name", "code", "names|first", "names|last", "names|join", "'%'"]),
    lambda inner: st.builds("({}|{})".format, inner, st.sampled_from(
        ["upper", "lower", "title", "capitalize", "trim", "plain", "default('x', true)"]))
    | st.builds("({} ~ {})".format, inner, inner | st.just("count"))
    | st.builds("({} if {} > 1 else {})".format, inner, st.just("count"), inner)
    | st.builds("({} or {})".format, inner, inner),
    max_leaves=4,
)  # fmt: skip
_TESTS = st.one_of(
    st.builds("{} == {}".format, _TEXTS, _TEXTS),
    st.builds("{} in names".format, _TEXTS),
    st.builds("not {} and count < {}".format, _TEXTS, st.integers(0, 9)),
    st.just("names|length > 2"),
)
_BLOCKS = st.recursive(
    texts | st.builds("{{{{ {} }}}}".format, _TEXTS),
    lambda inner: st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format,
                            _TESTS, inner, inner)
    | st.builds("{{% for one in names %}}{}{{{{ one ~ loop.index }}}}"
                "{{% if not loop.last %}}, {{% endif %}}{{% endfor %}}".format, texts),
    max_leaves=4,
)  # fmt: skip


@settings(deadline=None)
@given(source=st.lists(_BLOCKS, max_size=4).map("".join), row=values)
def test_loops_and_filters_say_what_jinja_says(source: str, row: Values) -> None:
    why = refusal(source)
    if why:
        assert "could grow" in why or "deep" in why
    else:
        assert render(source, row) == oracle(source, row)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% for one in names %}{{ one|plain }}{{ '; ' if not loop.last else '' }}{% endfor %}",
         "Le An; Do Binh"),
        ("{{ names|join(' và ') }}", "Lê An và Đỗ Bình"),
        ("{{ names|first|upper }} + {{ names|length - 0 if 0 else count }}", None),
        ("{{ names|last }}{% if count > 2 %} và người khác{% endif %}", "Đỗ Bình và người khác"),
        ("{% for a in names %}{% for b in names %}{{ loop.index }}{% endfor %}{% endfor %}",
         "1212"),
        ("{{ 'ạ' }}{{ name|default('x') }} 100%", "ạAn 100%"),
    ],
)  # fmt: skip
def test_what_a_text_may_do(source: str, expected: str | None) -> None:
    row: Values = {"name": "An", "code": "1", "names": ["Lê An", "Đỗ Bình"], "count": 3}
    if expected is None:
        with pytest.raises(BadInputError, match="'Sub' is not allowed"):
            render(source, row)
    else:
        assert render(source, row) == expected


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{% for i in range(9) %}x{% endfor %}", "line 1: 'Call' is not allowed"),
        ("a\n{{ 'x' * 1000000000 }}", "line 2: 'Mul' is not allowed"),
        ("{{ 9 ** 9 }}", "'Pow' is not allowed"),
        ("{{ '%9999999s' % name }}", "'Mod' is not allowed"),
        ("{{ name.__class__ }}", "'Getattr' is not allowed"),
        ("{{ name['x'] }}", "'Getitem' is not allowed"),
        ("{{ range(9) }}", "'Call' is not allowed"),
        ("{{ name.upper() }}", "'Call' is not allowed"),
        ("{{ [1, 2] }}", "'List' is not allowed"),
        ("{{ 1.5 }}", "'Const' is not allowed"),
        ("{{ name is defined }}", "'defined' is not allowed"),
        ("{{ name|center(999999999) }}", "'center' is not allowed"),
        ("{{ names|join(attribute='x') }}", "'join' is not allowed"),
        ("{% include 'x' %}", "'Include' is not allowed"),
        ("{% extends 'x' %}", "'Extends' is not allowed"),
        ("{% import 'x' as y %}", "'Import' is not allowed"),
        ("{% set x = name %}", "'Assign' is not allowed"),
        ("{% macro x() %}{% endmacro %}", "'x' is not allowed"),
        ("{% filter upper %}x{% endfilter %}", "'FilterBlock' is not allowed"),
        ("{{ ho_ten }}", "line 1: ho_ten is not declared in about.toml"),
        ("{{ name|default(ho_ten) }}", "ho_ten is not declared"),
        ("{{ name", "sms.j2, line 1"),
        ("{% nothing %}", "line 1: Encountered unknown tag"),
        ("{{ names }}", "a list cannot be read; loop over a list"),
        ("{{ count > 1 }}", "a truth cannot be read"),
        ("{% for x in name %}{% endfor %}", "a loop needs a list, not a text"),
        ("{% for name in names %}{% endfor %}", "'name' has a meaning already"),
        ("{% for a, b in names %}{% endfor %}", "write a loop as"),
        ("{% for a in names if a %}{% endfor %}", "write a loop as"),
        ("{{ loop.index }}", "loop.index stands in no loop"),
        ("{% for a in names %}{{ loop }}{% endfor %}", "as in loop.index"),
        ("{% for a in names %}{{ loop.cycle }}{% endfor %}", "'Getattr' is not allowed"),
        ("{% for a in names %}{% endfor %}{{ a }}", "a is not declared"),
        ("{{ 'x' if count }}", "this 'if' needs an 'else'"),
        ("{{ 'x' if name > 1 else '' }}", "a text cannot be compared with a number"),
        ("{{ count|upper }}", "'upper' does not work on a number"),
        ("{{ name|first }}", "'first' does not work on a text"),
        ("{{ " + "not " * 50 + "name }}", "nested more than 20 deep"),
        ("{% if name %}" * 90 + "{% endif %}" * 90, "nested more than 20 deep"),
        ("{{ " + "(" * 2400 + "name", "sms.j2"),
        ("{{ " + "9" * 4900 + " }}", "not understood"),
        ("x" * (MAX_SOURCE + 1), "5001 characters; at most 5000"),
    ],
)  # fmt: skip
def test_what_a_text_may_not_do(source: str, told: str) -> None:
    with pytest.raises(BadInputError) as caught:
        compiled(source, SHAPES, "sms.j2")
    assert told in str(caught.value)


def _loops(depth: int, body: str) -> str:
    opening = "".join(f"{{% for x{n} in names %}}" for n in range(depth))
    return opening + body + "{% endfor %}" * depth


def test_the_worst_text_that_is_accepted_stays_small() -> None:
    """Two loops over the longest lists, filled until the next letter is refused."""
    row: Values = {"name": "n" * 30, "code": "c" * 10, "names": ["ễ" * 30] * 10, "count": 999}
    size = 0
    for body in ("{{ x1 }}", "x", "{{ names|join }}", "{{ name ~ x0 ~ x1 }}", "{{ x1|upper }}"):
        filled = ""
        while not refusal(_loops(2, filled + body)):
            filled += body
        assert "could grow" in refusal(_loops(2, filled + body))
        size = max(size, len(render(_loops(2, filled), row)))
    assert MOST_WORK / 2 < size <= MOST_WORK


def test_loops_do_not_nest_without_end() -> None:
    with pytest.raises(BadInputError, match="nested 2 times"):
        compiled(_loops(3, ""), SHAPES, "sms.j2")


@settings(deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from(
    ["{{", "}}", "{%", "%}", "for", "in", "if", "else", "endfor", "endif", "name", "names", "|",
     "(", ")", "'", "~", "==", ".", "loop", "not", " ", "1", "é", "join", "-", "{#", "#}", "[", "]"]
), max_size=30).map(" ".join))  # fmt: skip
def test_any_source_renders_or_is_refused_by_our_own_error(source: str) -> None:
    why = refusal(source)
    if why:
        assert "sms.j2" in why
    else:
        render(source, {"name": "An", "code": "1", "names": ["Lê An", "Đỗ Bình"], "count": 3})
