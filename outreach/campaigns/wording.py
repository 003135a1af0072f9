"""Compiling a text with fields in it: Jinja2, less everything that might not end."""

from collections.abc import Callable, Iterable, Mapping

from jinja2 import StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.domain.errors import BadInputError

Render = Callable[[Mapping[str, str]], str]

_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_FILTERS = frozenset({"upper", "lower", "title", "trim", "default"})
_ALLOWED = (  # neither loops nor calls nor arithmetic: every rendering ends, and soon
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
)


def compiled(source: str, fields: Iterable[str], where: str) -> Render:
    """Compile a text; BadInputError names the line of what is not allowed, or the unknown field."""
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as fault:
        raise BadInputError(f"{where}, line {fault.lineno}: {fault.message}") from None
    _check_nodes(tree, where)
    unknown = meta.find_undeclared_variables(tree) - set(fields)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise BadInputError(f"{where}: {names} is not declared in about.toml, [fields]")
    pattern = _as_format(tree)
    return _ENVIRONMENT.from_string(source).render if pattern is None else pattern.__mod__


def _check_nodes(tree: nodes.Template, where: str) -> None:
    for node in tree.find_all(nodes.Node):
        known_filter = isinstance(node, nodes.Filter) and node.name in _FILTERS
        if not known_filter and not isinstance(node, _ALLOWED):
            what = getattr(node, "name", None) or type(node).__name__
            raise BadInputError(
                f"{where}, line {node.lineno}: '{what}' is not allowed in a message; fields, if"
                f" and the filters {', '.join(sorted(_FILTERS))} are"
            )


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
