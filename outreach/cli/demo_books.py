"""The books at the end of a demo, laid beside the carriers' own ledger."""

from outreach.cli.town import Town
from outreach.reports import differences
from outreach.settings import Settings
from outreach.store import audiences, campaigns, tally
from outreach.store.database import Database


def checks(
    settings: Settings, carriers: Town, audience_name: str, campaign_name: str
) -> list[tuple[str, bool]]:
    """Say of each promise, by its name in the catalogue, whether it held."""
    database = Database(settings.database_url)
    try:
        with database.read() as conn:
            audience = audiences.find(conn, audience_name)
            campaign = campaigns.find(conn, campaign_name)
            figures = tally.figures(conn, campaign.id)
            proof = differences(conn, campaign.id)
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
        ("check_twice", not twice),
    ]
