"""Zalo's token: it lives a day, and the refresh token that renews it can be used once.

A refresh token that was used and whose successor was not kept costs the OA its connection until a
person authorises it anew: so one refresh at a time, kept before its first use, never cancelled.
What no order of steps can prevent is a kill between Zalo's answer and the table.
"""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from outreach.carriers.http import numeral
from outreach.carriers.options import one_of
from outreach.carriers.ports import Ports
from outreach.carriers.tokens import TokenConnector, lasting, printable
from outreach.carriers.zalo.answers import unrenewed
from outreach.domain.outcome import Refused
from outreach.domain.token import Tokens
from outreach.settings import Account

_MARGIN = timedelta(minutes=5)
_LONGEST = timedelta(days=10)
_PROOF = {"none": "not sent", "header": "beside the access token"}


class Connector(TokenConnector):
    """Keeps an OA's pair of tokens, and shows them to Zalo."""

    def __init__(self, account: Account, ports: Ports) -> None:
        super().__init__(ports, _MARGIN)
        self._url = account.option("oauth_url").rstrip("/") + "/v4/oa/access_token"
        self._app_id = account.option("app_id")
        self._secret = account.option("app_secret")
        self._given = account.option("refresh_token")
        self._given_is_spent = False
        self._proves = one_of(account, "appsecret_proof", "none", _PROOF) == "header"

    def headers(self, tokens: Tokens) -> Mapping[str, str]:
        """Give what shows Zalo who calls."""
        shown = {"access_token": tokens.access}
        if self._proves:
            seal = hmac.new(self._secret.encode(), tokens.access.encode(), "sha256")
            shown["appsecret_proof"] = seal.hexdigest()
        return shown

    async def _asked(self, kept: Tokens | None) -> Tokens | Refused:
        """Renew by the refresh token that is kept; where it is of no use, by that of the settings.

        There stands a new one after a person has authorised the OA anew. It is tried once.
        """
        if kept is None:
            return await self._exchanged(self._given)
        said = await self._exchanged(kept.refresh)
        if self._given_is_spent or not _of_no_use(said):
            return said
        anew = await self._exchanged(self._given)
        self._given_is_spent = _of_no_use(anew)
        return said if self._given_is_spent else anew

    async def _exchanged(self, refresh: str) -> Tokens | Refused:
        form = {"refresh_token": refresh, "app_id": self._app_id, "grant_type": "refresh_token"}
        reply = await self._posted(self._url, form=form, headers={"secret_key": self._secret})
        if isinstance(reply, Refused):
            return reply
        if reply.fault() is not None:
            return self.none(f"HTTP {reply.status}")
        return self._read(reply.json() or {})

    def _read(self, body: Mapping[str, Any]) -> Tokens | Refused:
        access, refresh = printable(body.get("access_token")), printable(body.get("refresh_token"))
        life = lasting(body.get("expires_in"), _LONGEST)
        if access and refresh and life is not None:
            return Tokens(access, refresh, self._ports.clock() + life)
        code = numeral(body.get("error"))
        return self.none("unreadable answer") if code is None else unrenewed(code)


def _of_no_use(said: Tokens | Refused) -> bool:
    """Whether Zalo itself, by a code, has refused a refresh token."""
    return isinstance(said, Refused) and numeral(said.code) is not None
