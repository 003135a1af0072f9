"""What the report's commands are told, and what they read."""

from typing import Annotated

import typer

from outreach.cli.contracts import contracts
from outreach.cli.office import Office
from outreach.reports.ledgers import Setting
from outreach.reports.sums import Terms

Edition = Annotated[str, typer.Option("--edition", help="A name of config/reporting.toml.")]


def setting(office: Office) -> Setting:
    """What the ledger needs to know of the installation."""
    settings = office.settings
    found = contracts(settings)
    return Setting(
        reporting=settings.reporting,
        districts=settings.districts,
        agency=settings.agency,
        terms=Terms(found.prices, found.pushed),
        rehearsal=settings.rehearsal,
        now=settings.clock(),
    )
