from pathlib import Path

import pytest

from outreach import settings
from outreach.domain.network import PrefixTable

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="session")
def prefixes() -> PrefixTable:
    return settings.prefixes(CONFIG / "networks.toml")
