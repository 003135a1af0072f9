"""`outreach report`: the figures for those who have to know."""

import typer

from outreach.cli import report_draft, report_edition, report_ledger, report_remind, report_verify

app = typer.Typer()


@app.callback()
def report() -> None:
    """Draft, issue and prove the monthly report."""


app.command("ledger", epilog=report_ledger.EPILOG)(report_ledger.show)
app.command("monthly", epilog=report_draft.EPILOG)(report_draft.monthly)
app.command("issue", epilog=report_edition.ISSUE)(report_edition.issue)
app.command("editions", epilog=report_edition.EDITIONS)(report_edition.editions)
app.command("export", epilog=report_edition.EXPORT)(report_edition.export)
app.command("verify", epilog=report_verify.EPILOG)(report_verify.verify)
app.command("schema", epilog=report_ledger.SCHEMA)(report_ledger.schema)
app.command("remind", epilog=report_remind.EPILOG)(report_remind.remind)
