"""The web application: carriers' calls straight to their door, the rest by routes."""

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from outreach.bootstrap import House
from outreach.web.callbacks import PREFIX, Callbacks


def application(house: House) -> ASGIApp:
    """Make the application over an open house."""
    callbacks = Callbacks(house.door())
    rest = Starlette(routes=[Route("/health", _health), Route("/metrics", _metrics)])

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        to = callbacks if scope["type"] == "http" and scope["path"].startswith(PREFIX) else rest
        await to(scope, receive, send)

    return application


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
