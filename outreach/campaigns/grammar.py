"""What a message's text may say: a part of Jinja2 in which every rendering ends, and soon.

The work of a text is bounded before it is ever rendered: fields have a greatest length, lists a
greatest number, loops are nested at most twice, and nothing can be kept or called.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from jinja2 import nodes

from outreach.domain.errors import BadInputError

MOST_WORK = 20_000
"""The most that a rendering may take: characters put out, and steps to find them."""

_MOST_LOOPS = 2
_MOST_DEPTH = 20
_DIGITS = 3
_LOOP = {"index": "number", "length": "number", "first": "truth", "last": "truth"}
_SAME = frozenset({"upper", "lower", "title", "capitalize", "trim", "plain"})
FILTERS = tuple(sorted({*_SAME, "default", "first", "join", "last", "length"}))


class Sort(StrEnum):
    """What an expression gives."""

    TEXT = "text"
    NUMBER = "number"
    LIST = "list"
    TRUTH = "truth"


class Shape(NamedTuple):
    """An expression's sort, its greatest length (of each, in a list) and the list's."""

    sort: Sort
    length: int
    most: int = 1


_TRUTH = Shape(Sort.TRUTH, 5)


def check(tree: nodes.Template, fields: Mapping[str, Shape], where: str) -> None:
    """BadInputError names the line of what is not allowed, of no sense, or without a bound."""
    _Check(where, dict(fields)).block(tree.body)


@dataclass(slots=True)
class _Check:
    """Walks a text as its rendering would, at the greatest lengths."""

    where: str
    known: dict[str, Shape]
    loops: list[Shape] = field(default_factory=list)
    depth: int = 0
    work: int = 0

    def block(self, body: Iterable[nodes.Node]) -> None:
        """Check statements, one after the other."""
        for node in body:
            self._deeper(node)
            match node:
                case nodes.Output():
                    for part in node.nodes:
                        self._put(part)
                case nodes.If():
                    self._value(node.test)
                    for branch in (node.body, node.elif_, node.else_):
                        self.block(branch)
                case nodes.For():
                    self._loop(node)
                case _:
                    raise self._refused(node, _forbidden(node))
            self.depth -= 1

    def _loop(self, node: nodes.For) -> None:
        over = self._value(node.iter)
        if over.sort is not Sort.LIST:
            raise self._refused(node, f"a loop needs a list, not a {over.sort}")
        if not isinstance(node.target, nodes.Name) or node.test or node.recursive:
            raise self._refused(node, "write a loop as {% for name in names %}")
        name = node.target.name
        if name in self.known or name == "loop":
            raise self._refused(
                node, f"'{name}' has a meaning already; name the loop's value otherwise"
            )
        if len(self.loops) == _MOST_LOOPS:
            raise self._refused(node, f"loops may be nested {_MOST_LOOPS} times, not deeper")
        self.loops.append(over)
        self.known[name] = Shape(Sort.TEXT, over.length)
        self.block(node.body)
        del self.known[name]
        self.loops.pop()
        self.block(node.else_)

    def _put(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.TemplateData):
            self._count(node, len(node.data))
            return
        shape = self._value(node)
        if shape.sort in {Sort.LIST, Sort.TRUTH}:
            raise self._refused(
                node, f"a {shape.sort} cannot be read; loop over a list, or write |join(', ')"
            )
        self._count(node, shape.length)

    def _value(self, node: nodes.Node) -> Shape:
        """What an expression gives; what is made for it is counted as work."""
        self._deeper(node)
        shape = self._shape(node)
        self.depth -= 1
        if not isinstance(node, nodes.Name):
            self._count(node, shape.length * shape.most)
        return shape

    def _shape(self, node: nodes.Node) -> Shape:
        match node:
            case nodes.Name():
                return self._name(node)
            case nodes.Filter():
                return self._filter(node)
            case nodes.CondExpr():
                return self._choice(node)
            case nodes.Compare():
                return self._compare(node)
            case _:
                return self._simple(node)

    def _name(self, node: nodes.Name) -> Shape:
        if node.name == "loop":
            raise self._refused(node, f"of a loop there is {', '.join(_LOOP)}, as in loop.index")
        if node.name not in self.known:
            raise self._refused(node, f"{node.name} is not declared in about.toml, [fields]")
        return self.known[node.name]

    def _simple(self, node: nodes.Node) -> Shape:
        match node:
            case nodes.Const(value=str() | int() as value) if not isinstance(value, bool):
                sort = Sort.TEXT if isinstance(value, str) else Sort.NUMBER
                return Shape(sort, len(str(value)))
            case nodes.Getattr(node=nodes.Name(name="loop"), attr=attr) if attr in _LOOP:
                if not self.loops:
                    raise self._refused(node, f"loop.{attr} stands in no loop")
                return Shape(Sort(_LOOP[attr]), _DIGITS)
            case nodes.Concat():
                return Shape(Sort.TEXT, sum(self._readable(part).length for part in node.nodes))
            case nodes.Not():
                self._value(node.node)
                return _TRUTH
            case nodes.And() | nodes.Or():
                return self._wider(self._value(node.left), self._value(node.right))
            case _:
                raise self._refused(node, _forbidden(node))

    def _choice(self, node: nodes.CondExpr) -> Shape:
        self._value(node.test)
        if node.expr2 is None:
            raise self._refused(node, "this 'if' needs an 'else': '' is nothing")
        return self._wider(self._value(node.expr1), self._value(node.expr2))

    @staticmethod
    def _wider(one: Shape, other: Shape) -> Shape:
        """Either of two: a truth where they are not of one sort."""
        if one.sort is not other.sort:
            return _TRUTH
        return Shape(one.sort, max(one.length, other.length), max(one.most, other.most))

    def _compare(self, node: nodes.Compare) -> Shape:
        left = self._value(node.expr)
        for operand in node.ops:
            right = self._value(operand.expr)
            wanted = {left.sort}
            if operand.op in {"in", "notin"}:
                wanted = {Sort.TEXT, Sort.LIST} if left.sort is Sort.TEXT else set()
            if right.sort not in wanted or (Sort.LIST is left.sort):
                raise self._refused(node, f"a {left.sort} cannot be compared with a {right.sort}")
            left = right
        return _TRUTH

    def _filter(self, node: nodes.Filter) -> Shape:
        strange = node.kwargs or node.dyn_args or node.dyn_kwargs
        if strange or node.name not in FILTERS or node.node is None:
            raise self._refused(node, _forbidden(node))
        given = self._value(node.node)
        told = [self._readable(each) for each in node.args if not _is_true(each)]
        match node.name:
            case "length" if given.sort in {Sort.LIST, Sort.TEXT} and not told:
                return Shape(Sort.NUMBER, _DIGITS)
            case "first" | "last" if given.sort is Sort.LIST and not told:
                return Shape(Sort.TEXT, given.length)
            case "join" if given.sort is Sort.LIST and len(told) <= 1:
                between = told[0].length if told else 0
                return Shape(Sort.TEXT, given.most * (given.length + between))
            case "default" if given.sort is Sort.TEXT and len(told) == 1:
                return self._wider(given, told[0])
            case name if name in _SAME and given.sort is Sort.TEXT and not told:
                return given
            case name:
                raise self._refused(node, f"'{name}' does not work on a {given.sort} in this way")

    def _readable(self, node: nodes.Node) -> Shape:
        shape = self._value(node)
        if shape.sort not in {Sort.TEXT, Sort.NUMBER}:
            raise self._refused(node, f"a {shape.sort} stands where a text should")
        return shape

    def _deeper(self, node: nodes.Node) -> None:
        self.depth += 1
        self._count(node, 1)
        if self.depth > _MOST_DEPTH:
            raise self._refused(node, f"nested more than {_MOST_DEPTH} deep; write it more simply")

    def _count(self, node: nodes.Node, work: int) -> None:
        for loop in self.loops:
            work *= loop.most
        self.work += work
        if self.work > MOST_WORK:
            raise self._refused(
                node, f"this could grow beyond {MOST_WORK} characters; shorten lists or fields"
            )

    def _refused(self, node: nodes.Node, why: str) -> BadInputError:
        return BadInputError(f"{self.where}, line {node.lineno}: {why}")


def _is_true(node: nodes.Node) -> bool:
    """`default('x', true)`: the second argument, which also replaces what is empty."""
    return isinstance(node, nodes.Const) and node.value is True


def _forbidden(node: nodes.Node) -> str:
    what = getattr(node, "name", None) or type(node).__name__
    return (
        f"'{what}' is not allowed in a message; fields, for over a list, if, comparisons, ~ and"
        f" the filters {', '.join(FILTERS)} are"
    )
