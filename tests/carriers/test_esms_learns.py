"""eSMS: the network that its callback names is learned."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from outreach.carriers.base import Callback
from outreach.delivery.calls import pack
from outreach.delivery.settle import Settler
from outreach.domain.key import CAMPAIGN_SPAN, SendClass
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import inbox
from outreach.store.database import Database
from tests.delivery.stage import OTHER, SEAL, SMS_STEPS, VIETTEL, Carrier, Stage

from .dialects import bench_of
from .test_esms import DIALECT, QUERY


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    stage = Stage(database)
    yield stage
    stage.close()


async def test_a_ported_number_is_learned_from_its_receipt(stage: Stage) -> None:
    campaign = stage.run_of(2, SMS_STEPS)
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    first = campaign.id * CAMPAIGN_SPAN + 1
    keys = [SEAL.encode(first + n, SendClass.LIVE, 0) for n in range(2)]
    calls = [
        Callback(urlencode(QUERY | {"RequestId": key, "telcoid": telco}), {}, b"")
        for key, telco in zip(keys, ("4", "9"), strict=True)
    ]
    now = int(stage.clock().timestamp() * 1000)
    with stage.database.write() as conn:
        inbox.put(conn, [(OTHER, now, pack(call)) for call in calls])
    heard = {OTHER: ("esms", bench_of(DIALECT).adapter)}
    settler = Settler(stage.writer, heard, SEAL, SendClass.LIVE, stage.clock)
    stage.clock.pass_(milliseconds=inbox.GRACE_MS)
    while await settler.settle():
        pass
    assert stage.states(campaign) == {State.DELIVERED: 2}
    with stage.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT learned, learned_from FROM recipient").all()
    assert sorted(map(tuple, rows), key=str) == [
        (int(Network.VIETNAMOBILE), OTHER),
        (None, None),
    ]
