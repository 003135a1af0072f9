"""eSMS.vn advertising SMS: one text to a list of numbers, asked about by its SMSID (3.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outreach.simulator.esms_account import Contract, EsmsAccount
from outreach.simulator.numbers import international, is_msisdn
from outreach.simulator.stage import Message, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class EsmsAdsConfig(Contract):
    """An account for advertisements; lists of more than `most` are refused with `too_many`."""

    name: str = "esms_ads"
    api_key: str = "sim-esms-ads-api-key"
    secret_key: str = "sim-esms-ads-secret-key"  # noqa: S105 - invented
    least: int = 30
    most: int = 5_000
    too_many: int = 120
    price_per_part: int = 500

    def build(self, stage: Stage) -> "EsmsAds":
        """Set the dialect on its stage."""
        return EsmsAds(self, stage)


class EsmsAds(EsmsAccount):
    """Lists of 30 to 5,000 distinct numbers; 100 means received, nobody is called back."""

    call = "SendMultipleSMSBrandname_json"
    sms_type = "1"
    remembered = 10_000

    def __init__(self, config: EsmsAdsConfig, stage: Stage) -> None:
        super().__init__(config, stage)
        self._config = config

    def numbers(self, body: Mapping[str, object]) -> Sequence[str]:
        """Read the list; what is no string is no number."""
        phones = body.get("Phones")
        told = phones if isinstance(phones, list) else []
        return [international(each) if isinstance(each, str) else "" for each in told]

    def number_fault(self, members: Sequence[Message]) -> int:
        """Refuse lists that are too short, too long, or hold what is no number."""
        if len({member.msisdn for member in members}) < self._config.least:
            return 107
        if len(members) > self._config.most:
            return self._config.too_many
        return 0 if all(is_msisdn(member.msisdn) for member in members) else 108


DIALECT = EsmsAdsConfig
