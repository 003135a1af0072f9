"""What a receipt's status is for the message."""

import pytest

from outreach.domain.message import Event
from outreach.domain.receipt import Status


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (Status.OTHER, None),
        (Status.DELIVERED, Event.DELIVERED),
        (Status.UNDELIVERED, Event.UNDELIVERED),
        (Status.ENROUTE, Event.ENROUTE),
        (Status.REFUSED, Event.REFUSED),
    ],
)
def test_status_as_event(status: Status, event: Event | None) -> None:
    assert status.event is event


def test_all_are_listed() -> None:
    assert len(Status) == 5
