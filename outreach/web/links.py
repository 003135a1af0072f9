"""The city's own links: counted, and led on to the store of whoever's device it is.

Nothing of a visitor is kept, neither address nor device. Whether a token is one of ours does not
show: everybody is led on, at once.
"""

import re
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from outreach.domain.link import NOBODY, Links
from outreach.settings.reporting import OpenTerms
from outreach.statistics.opens import Opens

_FOUND = 302
_BAD_METHOD = 405

_ANDROID = re.compile(rb"\bAndroid\b", re.IGNORECASE)
_APPLE = re.compile(rb"\b(?:iPhone|iPad|iPod)\b", re.IGNORECASE)
_BROWSER = re.compile(rb"(?:Mozilla|Opera|UCWEB)/")
"""How the name of every browser begins that people hold in their hands."""
_PROGRAM = re.compile(
    rb"(?<!\bcu)bot\b|crawl|spider|preview|externalhit|externalagent|facebookcatalog|whatsapp"
    rb"|viber|slack|embed|fetch|scanner|headless|http-?client|lighthouse|pagerenderer|pagespeed"
    rb"|google-safety|google-read|mediapartners|slurp",
    re.IGNORECASE,
)
"""What looks behind a link for somebody else: in chats, in mail, in search. A Cubot is a phone."""
_AHEAD = (b"purpose", b"sec-purpose", b"x-purpose", b"x-moz")
_AHEAD_OF_TIME = re.compile(rb"prefetch|prerender|preview", re.IGNORECASE)
_LONGEST = 512
"""Bytes of a device's name that are looked at."""


class LinkDoor:
    """The door of every link: `GET <address>/<token>`."""

    def __init__(self, terms: OpenTerms, links: Links, opens: Opens) -> None:
        self._prefix = urlsplit(terms.address).path + "/"
        self._terms = terms
        self._links = links
        self._opens = opens

    def opens(self, path: str) -> bool:
        """Whether a path leads here."""
        return self._links.enabled and path.startswith(self._prefix)

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer a visit."""
        if scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, _BAD_METHOD, [(b"allow", b"GET, HEAD")])
            return
        headers = dict(scope["headers"])
        message = self._links.seal.decode(scope["path"].removeprefix(self._prefix))
        if message is not None and message != NOBODY:
            previewed = scope["method"] == "HEAD" or _by_program(headers)
            self._opens.take(message, previewed=previewed)
        await _answer(send, _FOUND, [(b"location", self._store(headers).encode())])

    def _store(self, headers: dict[bytes, bytes]) -> str:
        device = headers.get(b"user-agent", b"")[:_LONGEST]
        if _ANDROID.search(device):
            return self._terms.android
        return self._terms.ios if _APPLE.search(device) else self._terms.other


def _by_program(headers: dict[bytes, bytes]) -> bool:
    """Whether a program fetched the link: by its name, or because it says that nobody looks."""
    device = headers.get(b"user-agent", b"")[:_LONGEST]
    if _BROWSER.match(device) is None or _PROGRAM.search(device):
        return True
    return any(_AHEAD_OF_TIME.search(headers.get(name, b"")) for name in _AHEAD)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    always = [
        (b"content-length", b"0"),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-robots-tag", b"noindex, nofollow"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": always + headers})
    await send({"type": "http.response.body", "body": b""})
