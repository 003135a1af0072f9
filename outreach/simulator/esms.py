"""eSMS.vn customer-care SMS over JSON (wire-formats.md 3.1)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from yarl import URL

from outreach.simulator.esms_account import Contract, EsmsAccount
from outreach.simulator.esms_sending import Sending
from outreach.simulator.numbers import international, is_msisdn
from outreach.simulator.postman import PATIENCE_S, Receipt
from outreach.simulator.stage import Message, Stage

TELCO_IDS = {"VT": 1, "MB": 2, "VN": 3, "VM": 4, "GT": 5, "IT": 6, "RD": 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class EsmsConfig(Contract):
    """An account for customer care.

    `callback_timeout_s` and the waits between retries are guesses: eSMS documents only their count.
    """

    name: str = "esms"
    api_key: str = "sim-esms-key"
    secret_key: str = "sim-esms-secret"  # noqa: S105 - invented
    price_per_part: int = 700
    callback_timeout_s: float = PATIENCE_S
    callback_ladder_s: tuple[float, ...] = (5.0, 5.0, 5.0, 5.0, 5.0)

    def build(self, stage: Stage) -> "Esms":
        """Set the dialect on its stage."""
        return Esms(self, stage)


class Esms(EsmsAccount):
    """One number a call; 100 means received by eSMS, the callback says the rest."""

    call = "SendMultipleMessage_V4_post_json"
    sms_type = "2"
    remembered = 1_000_000

    def __init__(self, config: EsmsConfig, stage: Stage) -> None:
        super().__init__(config, stage)
        self._config = config

    def numbers(self, body: Mapping[str, object]) -> Sequence[str]:
        """Read the one number."""
        phone = body.get("Phone")
        return [international(phone)] if isinstance(phone, str) else []

    def number_fault(self, members: Sequence[Message]) -> int:
        """Refuse what is no number."""
        return 0 if is_msisdn(members[0].msisdn) else 108

    def receipt(
        self, body: Mapping[str, object], message: Message, sms_id: str, sending: Sending
    ) -> Receipt | None:
        """Make the GET to the address that the call names."""
        if not (url := str(body.get("CallbackUrl", ""))):
            return None
        query = {
            "SMSID": sms_id,
            **sending.counters(math.inf),
            "RequestId": message.key,
            "TypeId": self.sms_type,
            "telcoid": TELCO_IDS[sending.receivers[0].network],
            "phonenumber": f"0{message.msisdn[2:]}",
            "partnerids": "",
            "error_info": "",
            "switchsmsid": "",
        }
        joint = "&" if "?" in url else "?"
        return Receipt(
            self.stage.name,
            message.key,
            message.msisdn,
            sms_id,
            URL(f"{url}{joint}{urlencode(query)}", encoded=True),
            ladder=self._config.callback_ladder_s,
            only_timeouts=True,
            timeout_s=self._config.callback_timeout_s,
        )


DIALECT = EsmsConfig
