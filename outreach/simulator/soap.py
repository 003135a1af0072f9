"""Enough SOAP 1.1 for one operation a call: strict, fast, and deaf to entities."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.sax.saxutils import escape

from outreach.simulator.wire import Request

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


class SoapError(ValueError):
    """A body that is not the SOAP call that was expected."""


def read_call(request: Request, namespace: str) -> tuple[str, dict[str, str]]:
    """Return operation and fields: the operation in the namespace, its children in none."""
    if not request.is_a("text/xml"):
        raise SoapError("SOAP 1.1 is text/xml")
    envelope = _parse(request.body)
    found = envelope.find(f"{{{_SOAP}}}Body")
    if envelope.tag != f"{{{_SOAP}}}Envelope" or found is None or len(found) != 1:
        raise SoapError("expected a SOAP 1.1 Envelope with a Body of one element")
    qualified = f"{{{namespace}}}"
    if not found[0].tag.startswith(qualified):
        raise SoapError(f"operation '{found[0].tag}' is not in {namespace}")
    if any(child.tag.startswith("{") for child in found[0]):
        raise SoapError("children of the operation must be unqualified")
    return found[0].tag[len(qualified) :], {child.tag: child.text or "" for child in found[0]}


def _parse(body: bytes) -> Element:
    try:
        text = body.decode("utf-8")  # a str is parsed as it stands, whatever encoding it declares
        if "<!DOCTYPE" in text:
            raise SoapError("DOCTYPE is not allowed")
        return fromstring(text)  # noqa: S314 - without a DOCTYPE there are no entities
    except (ParseError, UnicodeDecodeError) as error:
        raise SoapError(f"not XML in UTF-8: {error}") from error


def answer(namespace: str, operation: str, returned: str) -> bytes:
    """Wrap the XML of zero or more `return` elements."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="{_SOAP}"><S:Body>'
        f'<ns2:{operation}Response xmlns:ns2="{namespace}">{returned}</ns2:{operation}Response>'
        "</S:Body></S:Envelope>"
    ).encode()


def fault(reason: str) -> bytes:
    """Wrap a client fault."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="{_SOAP}"><S:Body>'
        f"<S:Fault><faultcode>S:Client</faultcode><faultstring>{escape(reason)}</faultstring>"
        "</S:Fault></S:Body></S:Envelope>"
    ).encode()


def elements(values: Mapping[str, object]) -> str:
    """Write unqualified elements in order."""
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())
