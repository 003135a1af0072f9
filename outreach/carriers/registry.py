"""The only place that knows a carrier by name: a new one is its file and one line here."""

from collections.abc import Callable, Mapping

from outreach.carriers import esms, viettel, zalo
from outreach.carriers.base import Adapter
from outreach.carriers.ports import Ports
from outreach.domain.errors import BadInputError
from outreach.settings import Account

BUILDERS: Mapping[str, Callable[[Account, Ports], Adapter]] = {
    "esms": esms.build,
    "viettel": viettel.build,
    "zalo": zalo.build,
}


def adapter(account: Account, ports: Ports) -> Adapter:
    """Make the adapter that an account's file names."""
    if account.adapter not in BUILDERS:
        raise BadInputError(
            f"config/accounts/{account.name}.toml: no adapter is called '{account.adapter}';"
            f" known are {', '.join(BUILDERS)}"
        )
    return BUILDERS[account.adapter](account, ports)
