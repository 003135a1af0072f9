from pathlib import Path

import pytest

from outreach import settings
from outreach.campaigns.templates import TemplateSet
from outreach.domain.network import PrefixTable

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "templates" / "messages"


@pytest.fixture(scope="session")
def prefixes() -> PrefixTable:
    return settings.prefixes(ROOT / "config" / "networks.toml")


@pytest.fixture(scope="session")
def guide() -> TemplateSet:
    return TemplateSet.load(MESSAGES, "install-guide")
