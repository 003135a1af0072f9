"""`python -m outreach.cli`: the command line where no script is installed."""

from outreach.cli import main

main()
