"""`outreach carrier`: the accounts by which messages leave, and new ones."""

import typer

from outreach.cli import carrier_check, carrier_list, carrier_new, carrier_table

app = typer.Typer()


@app.callback()
def carrier() -> None:
    """Look at the accounts by which messages leave, check one, and add a carrier."""


app.command("list", epilog=carrier_list.EPILOG)(carrier_list.list_carriers)
app.command("check", epilog=carrier_check.EPILOG)(carrier_check.check)
app.command("new", epilog=carrier_new.EPILOG)(carrier_new.new)
app.command("table", epilog=carrier_table.EPILOG)(carrier_table.table)
