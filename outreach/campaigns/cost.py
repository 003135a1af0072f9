"""What a campaign's messages would cost, accented and plain, before anyone approves it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outreach.campaigns.compose import Params, Renderer, RenderError
from outreach.domain.network import Channel, Network
from outreach.settings import Account


@dataclass(slots=True)
class CostLine:
    """What the recipients of one network would cost on their account, in either spelling."""

    network: Network
    account: str | None
    """None where no account serves the network: nothing would be sent."""
    price_per_part: Decimal
    messages: int = 0
    refused: int = 0
    """Recipients for whom no message can be made."""
    accented_parts: int = 0
    plain_parts: int = 0

    @property
    def accented_dong(self) -> Decimal:
        return self.accented_parts * self.price_per_part

    @property
    def plain_dong(self) -> Decimal:
        return self.plain_parts * self.price_per_part


def cost(
    renderer: Renderer,
    rows: Iterable[tuple[Network, Params]],
    routes: Mapping[Network, Account],
) -> list[CostLine]:
    """Count messages, parts and đồng per network and account, streaming.

    A Zalo message, and the text of an account that takes no accents, has one spelling only:
    both columns then say the same.
    """
    lines: dict[Network, CostLine] = {}
    for network, params in rows:
        account = routes.get(network)
        line = lines.get(network) or lines.setdefault(network, _line(network, account))
        if account is None:
            line.refused += 1
        else:
            _count(line, renderer, params, account)
    return [lines[network] for network in sorted(lines)]


def _line(network: Network, account: Account | None) -> CostLine:
    if account is None:
        return CostLine(network, None, Decimal(0))
    return CostLine(network, account.name, account.price_per_part)


def _count(line: CostLine, renderer: Renderer, params: Params, account: Account) -> None:
    try:
        if account.channel is Channel.ZALO:
            plain_parts = accented_parts = renderer.zalo(params).parts
        else:
            plain_parts = renderer.sms(params, plain_only=True).parts
            accented_parts = (
                plain_parts if account.plain_only else renderer.sms(params, plain_only=False).parts
            )
    except RenderError:
        line.refused += 1
        return
    line.messages += 1
    line.plain_parts += plain_parts
    line.accented_parts += accented_parts
