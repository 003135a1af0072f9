"""Zalo's OAuth v4: access tokens that expire, refresh tokens that are good once."""

from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from outreach.simulator.faults import roll
from outreach.simulator.stage import Stage, Verdict
from outreach.simulator.wire import Reply, Request, json_reply

if TYPE_CHECKING:
    from outreach.simulator.zalo import ZaloConfig


class Tokens:
    """One app's tokens (wire-formats.md 1.10): each pair follows from the seed and its number.

    A refresh token is spent when its bytes arrive, so a second refresh in flight gets -14020.
    """

    def __init__(self, config: "ZaloConfig", stage: Stage) -> None:
        _SHARED[_place(stage, config.name)] = self
        self._config = config
        self._stage = stage
        self._pairs = 0
        self._refresh = config.refresh_token
        self._codes = {config.authorization_code}
        self._valid: dict[str, float] = {config.access_token: float("inf")}

    def valid(self, request: Request) -> bool:
        """Say whether a request carries a live access token in its own header."""
        return self._valid.get(request.header(b"access_token"), 0) > request.arrived

    def expire(self) -> None:
        """Let every access token expire at once."""
        self._valid.clear()

    async def exchange(self, request: Request) -> Reply:
        """Answer the token endpoint: HTTP 200 always, `expires_in` a string."""
        form = request.form()
        verdict = self._refusal(request, form) or Verdict("0", self._grant(request.arrived))
        reply = self._stage.answered(request, "oa/access_token", "", verdict)
        return replace(reply, latency_s=self._config.refresh_ms / 1000)

    def _refusal(self, request: Request, form: dict[str, str]) -> Verdict | None:
        if form.get("app_id") != self._config.app_id:
            return _failure(-14002, "Invalid app id")
        if request.header(b"secret_key") != self._config.app_secret:
            return _failure(-104, "App secret key is invalid")  # its number here is not documented
        match form.get("grant_type"):
            case "refresh_token" if form.get("refresh_token") == self._refresh:
                return None
            case "authorization_code" if self._spend(form):
                return None
            case _:
                return _failure(-14020, "Invalid refresh token or code")

    def _spend(self, form: dict[str, str]) -> bool:
        code = form.get("code", "")
        if code not in self._codes or not form.get("code_verifier"):
            return False
        self._codes.remove(code)
        return True

    def _grant(self, at: float) -> Reply:
        self._pairs += 1
        stem = roll(self._stage.seed, self._stage.name, "token", str(self._pairs)).name
        self._refresh = f"sim-refresh-{stem}"
        access = f"sim-access-{stem}"
        self._valid[access] = at + self._config.access_token_s
        return json_reply(
            {
                "access_token": access,
                "refresh_token": self._refresh,
                "expires_in": str(self._config.access_token_s),
            }
        )


def _failure(code: int, reason: str) -> Verdict:
    names = ("error_name", "error_reason", "error_description")
    told = {"error": code, **dict.fromkeys(names, reason), "ref_doc": ""}
    return Verdict(str(code), json_reply(told))


def _place(stage: Stage, account: str) -> tuple[int, str]:
    """Of one rehearsal, whose ledger lives as long as its tokens."""
    return id(stage.ledger), account


_SHARED: WeakValueDictionary[tuple[int, str], Tokens] = WeakValueDictionary()


def tokens_of(stage: Stage, account: str) -> Tokens:
    """Give the tokens of a Zalo account of the same rehearsal; LookupError if there is none."""
    found = _SHARED.get(_place(stage, account))
    if found is None:
        raise LookupError(f"{stage.name}: no Zalo account '{account}' in this simulator")
    return found
