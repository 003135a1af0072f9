"""THE LEDGER: what was reached, counted and laid out for those who have to know; never writes."""

from outreach.reports.columns import Column
from outreach.reports.export import ResultRow, results
from outreach.reports.export import write_csv as write_results_csv
from outreach.reports.figures import CampaignFigures, campaign_figures
from outreach.reports.layout_csv import write_csv as write_report_csv
from outreach.reports.layout_xlsx import write_xlsx
from outreach.reports.monthly import MonthlyReport, monthly
from outreach.reports.proof import Difference, differences, recount

__all__ = [
    "CampaignFigures",
    "Column",
    "Difference",
    "MonthlyReport",
    "ResultRow",
    "campaign_figures",
    "differences",
    "monthly",
    "recount",
    "results",
    "write_report_csv",
    "write_results_csv",
    "write_xlsx",
]
