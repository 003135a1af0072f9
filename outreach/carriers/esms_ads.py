"""eSMS, advertising SMS: one text to a list of 30 to 5,000 numbers a call (wire-formats.md 3.1)."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from outreach.carriers import esms, options
from outreach.carriers.base import (
    Capabilities,
    PullError,
    Question,
    ReceiptWay,
    Standing,
    Submission,
    Text,
)
from outreach.carriers.http import Reply, masked, msisdn_of
from outreach.carriers.ports import Ports
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Later, Outcome, Refused
from outreach.domain.receipt import Receipt, Status
from outreach.settings import Account

_ADVERTISING = "1"
_LEAST, _MOST = 30, 5_000
_QUERY = "GetSmsReceiverStatus"

# Nothing of the list was taken: the engine asks again in halves.
_TOO_MANY: Mapping[str, Later] = {
    "120": Later(timedelta(hours=1), "120 too many numbers"),
    "687": Later(timedelta(hours=1), "687 more than 500 numbers"),
}

_NETWORKS = {
    "viettel": Network.VIETTEL,
    "vinaphone": Network.VINAPHONE,
    "mobifone": Network.MOBIFONE,
    "vietnamobile": Network.VIETNAMOBILE,
    "gtel": Network.GMOBILE,
    "itel": Network.ITEL,
    "reddi": Network.WINTEL,
}
"""As eSMS writes them, in any letter case."""


class EsmsAds:
    """Advertising SMS by eSMS; 100 means received, and a question by SMSID tells of each number.

    The callback of an advertising list names no number, so nobody is called back.
    """

    capabilities = Capabilities(
        Channel.SMS,
        ReceiptWay.ASKED,
        receipts_carry_key=False,
        list_least=_LEAST,
        list_most=_MOST,
    )

    def __init__(self, account: Account, ports: Ports) -> None:
        """Without option `list_most` a list holds at most the documented 5,000 numbers."""
        most = options.whole(account, "list_most", _MOST, least=_LEAST)
        self.capabilities = replace(self.capabilities, list_most=most)
        self._http = ports.http
        self._clock = ports.clock
        self._base = account.base_url
        self._url = f"{account.base_url}{esms.PATH}/SendMultipleSMSBrandname_json/"
        self._status_url = f"{account.base_url}{esms.PATH}/{_QUERY}_get"
        self._credentials = {
            "ApiKey": account.option("api_key"),
            "SecretKey": account.option("secret_key"),
        }
        self._constant = self._credentials | {"Brandname": account.sender, "SmsType": _ADVERTISING}

    def alike(self, message: Submission) -> Hashable:
        """A list is one text."""
        assert isinstance(message.content, Text), "the engine routes texts to SMS accounts"
        return message.content

    async def submit(self, message: Submission) -> Outcome:
        """Send one SMS as a list of one, which eSMS refuses: it is fewer than 30."""
        return await self.submit_list(message.key, (message,))

    async def submit_list(self, key: str, messages: Sequence[Submission]) -> Outcome:
        """Send one text to distinct numbers, under one RequestId: at most 50 characters."""
        content = messages[0].content
        assert isinstance(content, Text), "the engine routes texts to SMS accounts"
        body = self._constant | {
            "Phones": [message.msisdn for message in messages],
            "Content": content.body,
            "RequestId": key,
        }
        answer = await self._http.post(self._url, json=body)
        return _sized(esms.read(answer)) if isinstance(answer, Reply) else answer

    async def status(self, question: Question) -> Sequence[Receipt]:
        """Ask by the list's SMSID, which tells of every number; nothing is older than seven days.

        A list without an answer has our key for a reference: whether eSMS finds it by that is
        documented nowhere, and where it does not, nothing is known.
        """
        reference = question.reference
        if reference is None or self._clock() - question.at > esms.ASKED_FOR:
            return ()
        params = {"RefId": reference, **self._credentials}
        body, _ = esms.answered(_QUERY, await self._http.get(self._status_url, params=params))
        code = esms.code_of(_QUERY, body)
        if code in esms.NOT_KNOWN:
            return ()
        receivers = body.get("ReceiverList")
        if code != "100" or not isinstance(receivers, list):
            raise PullError(f"{_QUERY}: refused with {masked(code)}, or without a list")
        told = [_receipt(each, question) for each in receivers if isinstance(each, dict)]
        return [receipt for receipt in told if receipt is not None]

    async def standing(self) -> Standing:
        """Ask for the balance."""
        return await esms.standing(self._http, self._base, self._credentials)


def _sized(outcome: Outcome) -> Outcome:
    """What a refusal for its size means for a list: it is handed over again in smaller ones."""
    return _TOO_MANY.get(outcome.code, outcome) if isinstance(outcome, Refused) else outcome


def _receipt(receiver: Mapping[str, Any], question: Question) -> Receipt | None:
    msisdn = msisdn_of(receiver.get("Phone"))
    if msisdn is None:
        return None
    return Receipt(
        _status(receiver),
        question.key if msisdn == question.msisdn else None,
        question.reference,
        msisdn,
        network=_NETWORKS.get(str(receiver.get("NetworkName")).casefold()),
    )


def _status(receiver: Mapping[str, Any]) -> Status:
    match receiver.get("IsSent"), receiver.get("SentResult"):
        case False, _:
            return Status.ENROUTE
        case True, True:
            return Status.DELIVERED
        case True, False:
            return Status.UNDELIVERED
        case _:
            return Status.OTHER


def codes() -> Mapping[str, Outcome]:
    """Every `CodeResult` that eSMS documents, and what it means to us for a list."""
    return {code: _sized(outcome) for code, outcome in esms.codes().items()}


def build(account: Account, ports: Ports) -> EsmsAds:
    """Make the adapter for an account."""
    return EsmsAds(account, ports)
