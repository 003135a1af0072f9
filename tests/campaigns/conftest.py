from pathlib import Path

import pytest

from outreach.campaigns.templates import TemplateSet

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "templates" / "messages"


@pytest.fixture(scope="session")
def guide() -> TemplateSet:
    return TemplateSet.load(MESSAGES, "install-guide")
