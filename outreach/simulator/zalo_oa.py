"""What both channels of a Zalo official account share: templates, a day's quota, its webhook."""

from collections.abc import Mapping
from typing import Protocol

import orjson

from outreach.simulator.hours import Daily
from outreach.simulator.stage import Dialect, Stage, Verdict
from outreach.simulator.wire import json_reply
from outreach.simulator.zalo_webhook import Sealed, Webhook

TEMPLATES: Mapping[str, Mapping[str, int]] = {
    "sim-template-1": {"name": 30, "code": 30},
    "sim-install-guide": {"customer_name": 30, "hotline": 15},
    "sim-deadline-reminder": {"customer_name": 30, "deadline": 20, "hotline": 15},
    "sim-no-smartphone": {"customer_name": 30, "hotline": 15},
    "sim-awaiting-approval": {"customer_name": 30, "hotline": 15},
    "sim-pensioner-by-relative": {"pensioner_name": 30, "persons": 20, "hotline": 15},
}
"""By template id, its parameters and their greatest lengths in characters."""


class Channel(Sealed, Protocol):
    """What of its config a channel is judged by."""

    @property
    def templates(self) -> Mapping[str, Mapping[str, int]]: ...
    @property
    def daily_quota(self) -> int: ...


class OfficialAccount(Dialect):
    """One channel; HTTP 200 on every error, ids and the quotas of a send as strings."""

    def __init__(self, channel: Channel, stage: Stage) -> None:
        self.stage = stage
        self.webhook = Webhook(channel, stage)
        self._channel = channel
        self._used = Daily()

    @property
    def callback(self) -> str | None:
        """The URL that events are posted to."""
        return self.webhook.url

    @callback.setter
    def callback(self, url: str | None) -> None:
        self.webhook.url = url

    def remaining(self, at: float) -> int:
        """Say how much of the day's quota is left."""
        return self._channel.daily_quota - self._used.on(at).total()

    def spend(self, at: float) -> str:
        """Take one of the day's quota, and say how many are left."""
        self._used.on(at)[""] += 1
        return str(self.remaining(at))

    def template_fault(self, body: Mapping[str, object]) -> int:
        """Compare a template's data with what was declared; letters count as they come."""
        template, data = body.get("template_id"), body.get("template_data")
        params = self._channel.templates.get(template) if isinstance(template, str) else None
        if params is None:
            return -109
        if not data:
            return -111
        if not isinstance(data, dict) or not all(isinstance(v, str) for v in data.values()):
            return -112
        if params.keys() - data.keys():
            return -1122
        if data.keys() - params.keys():
            return -112
        return -1121 if any(len(data[name]) > most for name, most in params.items()) else 0


def words(body: Mapping[str, object]) -> str:
    """Stand for what the recipient would read: the template and its data."""
    content = [body.get("template_id"), body.get("template_data")]
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def success(data: Mapping[str, object]) -> Verdict:
    """Answer with data."""
    return Verdict("0", json_reply({"error": 0, "message": "Success", "data": data}))


def refusal(code: int, messages: Mapping[int, str], status: int = 200) -> Verdict:
    """Answer with an error."""
    told = {"error": code, "message": messages.get(code, "Error")}
    return Verdict(str(code), json_reply(told, status))
