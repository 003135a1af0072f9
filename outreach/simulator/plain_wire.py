"""How a plain HTTP carrier's wire is told: the table [rehearsal] of an account's file."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import quote, urlencode

import orjson

from outreach.simulator.wire import Reply, Request

_PLACE = re.compile(r"\{(\w+)\}")
_WHOLE = re.compile("-?[0-9]+", re.ASCII)
_HEADER = "header:"
_BODIES = ("json", "form", "query")
_KEYS = frozenset(
    {"method", "path", "body", "number", "text", "key", "credentials", "callback"}
    | {"accepted", "refused", "throttled", "unauthorized", "duplicate", "elsewhere"}
)
_ANSWER_KEYS = frozenset({"status", "json", "text", "code"})
_CALLBACK_KEYS = frozenset({"method", "body", "url", "fields", "delivered", "undelivered"})

Values = Mapping[str, str | int]
"""What stands for the names in braces."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the carrier says: a JSON value or a text, with names in braces to be filled in."""

    status: int = 200
    json: object = None
    text: str = ""
    code: str | int = ""
    """What `{code}` is, unless the plan of faults forces another one; for the ledger, too."""

    def reply(self, values: Values) -> Reply:
        """Fill the answer in."""
        if self.json is None:
            return Reply(str(filled(self.text, values)).encode(), self.status, b"text/plain")
        return Reply(orjson.dumps(filled(self.json, values)), self.status)

    def forced(self, code: str) -> str | int:
        """Another code than its own, of the same kind."""
        return int(code) if isinstance(self.code, int) and _WHOLE.fullmatch(code) else code


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackShape:
    """How the carrier tells of delivery: POST with a JSON object or a form, GET with a query."""

    body: str
    url: str
    """Where a send says which address to call; empty where the carrier calls a fixed one."""
    fields: Mapping[str, object]
    delivered: str | int
    undelivered: str | int

    def query(self, values: Values) -> str:
        """The fields as a query string or a form."""
        told = cast("dict[str, object]", filled(self.fields, values))
        return urlencode({name: str(value) for name, value in told.items()}, quote_via=quote)

    def json(self, values: Values) -> bytes:
        """The fields as a JSON object."""
        return orjson.dumps(filled(self.fields, values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Where things stand in a send, and what is answered; a place is `a.b` or `header:Name`."""

    method: str
    path: str
    body: str
    number: str
    text: str
    key: str
    """Empty where the carrier takes no id of ours."""
    credentials: Mapping[str, str]
    """Option of the account → where it stands."""
    accepted: Answer
    refused: Answer
    throttled: Answer = Answer(429, text="Too Many Requests", code="HTTP 429")
    unauthorized: Answer = Answer(401, text="Unauthorized", code="HTTP 401")
    duplicate: Answer | None = None
    """None where a key that comes again is taken again."""
    elsewhere: Answer | None = None
    """To numbers of networks that the account does not serve; None where it serves all."""
    callback: CallbackShape | None = field(default=None)

    def reads(self, request: Request) -> "Given | None":
        """Open a send; None where its body is not what it should be."""
        match self.body:
            case "json":
                body = request.json()
                return None if body is None else Given(request, body)
            case "form":
                return Given(request, request.form())
            case _:
                return Given(request, request.fields())


@dataclass(frozen=True, slots=True)
class Given:
    """A send, read by places."""

    request: Request
    body: Mapping[str, object]

    def at(self, place: str) -> str:
        """What stands at a place, as text; empty where nothing does."""
        if place.startswith(_HEADER):
            told = self.request.header(place.removeprefix(_HEADER).lower().encode())
            return told.rpartition(" ")[2]  # without "Bearer" or the like
        found: object = self.body
        for name in place.split(".") if place else ():
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is None or found is self.body:
            return ""
        return str(found) if isinstance(found, str | int) else orjson.dumps(found).decode()


def filled(value: object, values: Values) -> object:
    """Put values for names in braces; a string that is one name alone becomes the value itself."""
    if isinstance(value, str):
        if (alone := _PLACE.fullmatch(value)) is not None:
            return values[alone[1]]
        return _PLACE.sub(lambda found: str(values[found[1]]), value)
    if isinstance(value, Mapping):
        return {name: filled(each, values) for name, each in value.items()}
    return [filled(each, values) for each in value] if isinstance(value, list) else value


def read_wire(table: Mapping[str, object], where: str, options: Iterable[str]) -> Wire:
    """Read [rehearsal] of an account with these options; ValueError names file and key."""
    _known(table, _KEYS, where)
    credentials = _table(table, "credentials", where)
    names = {"number", "key", "reference", "code", "status", "at", *options}
    method, body = _one_of(table, "method", ("POST", "GET"), where), _body(table, where)
    if method == "GET" and body != "query":
        raise ValueError(f'{where}: body is {body!r}; a GET has none: expected "query"')
    path = _text(table, "path", where)
    if not path.startswith("/"):
        raise ValueError(
            f"{where}: path is {path!r}; expected what follows base_url, such as /send"
        )
    answers = {
        name: _answer(_table(table, name, where), names, f"{where}, {name}")
        for name in ("accepted", "refused", "throttled", "unauthorized", "duplicate", "elsewhere")
        if name in table or name in {"accepted", "refused"}
    }
    return Wire(
        method=method,
        path=path,
        body=body,
        number=_text(table, "number", where),
        text=_text(table, "text", where),
        key=str(table.get("key", "")),
        credentials={name: str(place) for name, place in credentials.items()},
        callback=_callback(table, names, where),
        **answers,
    )


def _answer(table: Mapping[str, object], names: set[str], where: str) -> Answer:
    _known(table, _ANSWER_KEYS, where)
    status = table.get("status", 200)
    if type(status) is not int or not 200 <= status < 600:
        raise ValueError(f"{where}: status is {status!r}; expected an HTTP status")
    code = table.get("code", "" if status == 200 else f"HTTP {status}")
    if type(code) not in {int, str}:
        raise ValueError(f"{where}: code is {code!r}; expected a number or a text")
    _names(table, names, where)
    return Answer(status, table.get("json"), str(table.get("text", "")), cast("str | int", code))


def _callback(table: Mapping[str, object], names: set[str], where: str) -> CallbackShape | None:
    if "callback" not in table:
        return None
    block, where = _table(table, "callback", where), f"{where}, callback"
    _known(block, _CALLBACK_KEYS, where)
    method = _one_of(block, "method", ("POST", "GET"), where)
    fields = _table(block, "fields", where)
    _names(fields, names, where)
    return CallbackShape(
        body="query" if method == "GET" else _one_of(block, "body", ("json", "form"), where),
        url=str(block.get("url", "")),
        fields=fields,
        delivered=cast("str | int", block.get("delivered", "delivered")),
        undelivered=cast("str | int", block.get("undelivered", "undelivered")),
    )


def _names(value: object, known: set[str], where: str) -> None:
    """Refuse names in braces that nothing stands for."""
    if isinstance(value, str):
        if strange := set(_PLACE.findall(value)) - known:
            listed = ", ".join(sorted(known))
            raise ValueError(f"{where}: nothing stands for {sorted(strange)}; there are {listed}")
    elif isinstance(value, Mapping):
        for each in value.values():
            _names(each, known, where)
    elif isinstance(value, list):
        for each in value:
            _names(each, known, where)


def _known(table: Mapping[str, object], keys: frozenset[str], where: str) -> None:
    if unknown := table.keys() - keys:
        raise ValueError(
            f"{where} does not know {', '.join(sorted(unknown))}; it knows"
            f" {', '.join(sorted(keys))}"
        )


def _table(table: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
    found = table.get(key, {} if key == "credentials" else None)
    if not isinstance(found, dict):
        raise ValueError(f"{where}: {key} is {found!r}; expected a table")  # noqa: TRY004 - bad input
    return found


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    found = table.get(key)
    if not isinstance(found, str) or not found:
        raise ValueError(f"{where}: {key} is {found!r}; expected a text")
    return found


def _one_of(table: Mapping[str, object], key: str, known: Sequence[str], where: str) -> str:
    found = table.get(key, known[0])
    if found not in known:
        raise ValueError(f"{where}: {key} is {found!r}; expected one of {', '.join(known)}")
    return str(found)


def _body(table: Mapping[str, object], where: str) -> str:
    return _one_of(table, "body", _BODIES, where)
