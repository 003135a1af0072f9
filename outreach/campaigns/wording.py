"""Compiling a text with fields in it: Jinja2, less everything that might not end."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from jinja2 import StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.campaigns.grammar import FILTERS, Shape, check
from outreach.domain.errors import BadInputError
from outreach.domain.text import nfc, plain

MAX_SOURCE = 5000
"""Characters of a text before anything is filled in."""

Value = str | int | list[str]
Values = Mapping[str, Value]
Render = Callable[[Values], str]


def _joined(texts: list[str], between: str | int = "") -> str:
    """Jinja2's own `join`, for what our grammar lets it join."""
    return str(between).join(texts)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, with a short way to the only attributes that our grammar lets through."""

    def getattr(self, obj: object, attribute: str) -> object:
        """Look up `loop.last` at once; anything else as the sandbox does."""
        if type(obj) is LoopContext:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


def _environment() -> _Sandbox:
    made = _Sandbox(undefined=StrictUndefined, autoescape=False)
    made.filters.update(plain=plain, join=_joined)
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.tests.clear()
    made.globals.clear()
    return made


_ENVIRONMENT = _environment()


def compiled(source: str, fields: Mapping[str, Shape], where: str) -> Render:
    """Compile a text; BadInputError names the line of what is not allowed, or the unknown field."""
    if len(source) > MAX_SOURCE:
        raise BadInputError(f"{where}: {len(source)} characters; at most {MAX_SOURCE} are taken")
    source = nfc(source)
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as fault:
        raise BadInputError(f"{where}, line {fault.lineno}: {fault.message}") from None
    except (RecursionError, ValueError) as fault:  # brackets in brackets; a number without end
        raise BadInputError(f"{where}: not understood: {fault}") from None
    check(tree, fields, where)
    pattern = _as_format(tree)
    return _by_jinja(source) if pattern is None else pattern.__mod__


def names_read(source: str) -> set[str]:
    """The fields that a text reads, of one that `compiled` accepts."""
    return meta.find_undeclared_variables(_ENVIRONMENT.parse(nfc(source)))


def _by_jinja(source: str) -> Render:
    """Render without what `Template.render` adds for templates that can include and inherit."""
    template = _ENVIRONMENT.from_string(source)
    root = template.root_render_func
    evaluation = nodes.EvalContext(_ENVIRONMENT)

    def render(values: Values) -> str:
        return "".join(root(_Row(values.__getitem__, evaluation)))  # type: ignore[arg-type] # see _Row

    return render


class _Row(NamedTuple):
    """As much of Jinja2's context as a text in our grammar asks of it, in a third of the time."""

    resolve_or_missing: Callable[[str], Value]
    eval_ctx: nodes.EvalContext


def _as_format(tree: nodes.Template) -> str | None:
    """The %-format of a text that only has fields in it, many times as fast; None for others."""
    pieces = []
    for output in tree.body:
        for node in output.nodes if isinstance(output, nodes.Output) else [output]:
            if isinstance(node, nodes.TemplateData):
                pieces.append(node.data.replace("%", "%%"))
            elif isinstance(node, nodes.Name):
                pieces.append(f"%({node.name})s")
            else:
                return None
    return "".join(pieces)
