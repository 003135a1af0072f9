"""The books at the end of a demo, laid beside the carriers' own ledger."""

from outreach.cli.office import Office
from outreach.cli.report_options import setting
from outreach.cli.town import Town
from outreach.domain.month import Month
from outreach.reports import differences
from outreach.reports.verifying import verify
from outreach.settings import Settings
from outreach.store import audiences, campaigns, tally
from outreach.store.database import Database


def checks(
    settings: Settings, carriers: Town, audience_name: str, campaign_name: str, month: Month
) -> list[tuple[str, bool]]:
    """Say of each promise, by its name in the catalogue, whether it held."""
    database = Database(settings.database_url)
    told = setting(Office(settings, database))
    try:
        with database.read() as conn:
            audience = audiences.find(conn, audience_name)
            campaign = campaigns.find(conn, campaign_name)
            figures = tally.figures(conn, campaign.id)
            proof = differences(conn, campaign.id)
            issued = verify(conn, month, told, None, lambda _, __: None)
    finally:
        database.close()
    kept = audience.imported + audience.joined
    results = sum(figure.messages for figure in figures if figure.group.result)
    ledger = carriers.get("/ledger/summary")["dialects"]
    twice = sum(dialect["accepted_again"] for dialect in ledger.values())
    return [
        ("check_rows", audience.rows == kept + audience.rejected),
        ("check_results", results == audience.imported == campaign.recipients),
        ("check_recount", not proof),
        ("check_report", issued.holds),
        ("check_twice", not twice),
    ]
