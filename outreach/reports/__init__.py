"""THE LEDGER: what was reached, counted and laid out for those who have to know.

It reads what others write; its own are the reports that were issued.
"""

from outreach.reports.columns import Column
from outreach.reports.export import ResultRow, results
from outreach.reports.export import write_csv as write_results_csv
from outreach.reports.figures import CampaignFigures, campaign_figures
from outreach.reports.proof import Difference, differences, recount

__all__ = [
    "CampaignFigures",
    "Column",
    "Difference",
    "ResultRow",
    "campaign_figures",
    "differences",
    "recount",
    "results",
    "write_results_csv",
]
