"""An official account of Zalo as the tests of both its channels know it; all of it invented."""

import hashlib

import httpx
import orjson

from outreach.carriers.base import Callback

from .dialects import KEY, MSISDN

OAUTH = "https://sim-oauth.test"
CREDENTIALS = {
    "oauth_url": OAUTH,
    "app_id": "sim-app-1",
    "app_secret": "sim-app-secret",
    "oa_secret": "sim-oa-secret",
    "refresh_token": "sim-refresh-0",
}
EVENT = {
    "sender": {"id": "SIM-CITY"},
    "recipient": {"id": MSISDN},
    "event_name": "user_received_message",
    "message": {"delivery_time": "1795143600000", "msg_id": "sim-msg-1", "tracking_id": KEY},
    "app_id": "sim-app-1",
    "timestamp": "1795143601000",
}
"""A delivery to a number; one to a user id knows neither number nor key of ours."""
WHO = "7000000000000000001"
BY_USER = EVENT | {
    "recipient": {"id": WHO},
    "message": {"delivery_time": "1795143600000", "msg_id": "sim-msg-1"},
}


def event(
    body: object,
    first: str = "sim-app-1",
    secret: str = "sim-oa-secret",
    prefix: str = "mac=",
) -> Callback:
    """A call of Zalo's, sealed."""
    raw = orjson.dumps(body)
    told = str(body.get("timestamp", "")) if isinstance(body, dict) else ""
    mac = hashlib.sha256(first.encode() + raw + told.encode() + secret.encode()).hexdigest()
    return Callback("", {"x-zevent-signature": prefix + mac, "x-zevent-server": "ZNS"}, raw)


def answer(error: object, **data: object) -> httpx.Response:
    """What a send or a question is answered with."""
    return httpx.Response(200, json={"error": error, "message": "84900000001", "data": data})


def pair(number: int) -> httpx.Response:
    """What a refresh token is exchanged for."""
    return httpx.Response(
        200,
        json={
            "access_token": f"sim-access-{number}",
            "refresh_token": f"sim-refresh-{number}",
            "expires_in": "90000",
        },
    )
