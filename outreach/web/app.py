"""The web application: carriers' calls straight to their door, the rest by routes."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from outreach.bootstrap import House
from outreach.statistics.opens import Opens
from outreach.web.api import registrations, statements
from outreach.web.api.registrations import RegistrationDoor
from outreach.web.api.statements import StatementDoor
from outreach.web.callbacks import PREFIX, Callbacks
from outreach.web.links import LinkDoor


def application(house: House) -> ASGIApp:
    """Make the application over an open house."""
    callbacks = Callbacks(house.door())
    opens = Opens(house.writer, house.settings.clock)
    links = LinkDoor(house.settings.reporting.opens, house.settings.links, opens)
    told = RegistrationDoor(house.settings, house.writer)
    stated = StatementDoor(house.settings, house.database, house.writer)
    rest = Starlette(
        routes=[
            Route("/health", _health),
            Route("/metrics", _metrics),
            Route(registrations.PATH, told.take, methods=["POST"]),
            Route(statements.PATH, stated.answer, methods=["GET", "POST"]),
        ],
        lifespan=partial(_lifespan, opens=opens),
    )

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        to: ASGIApp = rest
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            to = callbacks
        elif scope["type"] == "http" and links.opens(scope["path"]):
            to = links
        await to(scope, receive, send)

    return application


@contextlib.asynccontextmanager
async def _lifespan(_: Starlette, opens: Opens) -> AsyncIterator[None]:
    """Write down at the end what was counted."""
    yield
    await opens.close()


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
