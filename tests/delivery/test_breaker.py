"""The breaker: opens, probes with one, closes again, and waits longer each time it must."""

from outreach.delivery.breaker import Breaker, BreakerState


class Time:
    """Seconds that pass when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_ten_failures_in_a_row_open_it_and_an_answer_between_them_does_not() -> None:
    breaker = Breaker(Time())
    for _ in range(9):
        breaker.failed("no connection")
    breaker.answered()
    for _ in range(9):
        breaker.failed("no connection")
    assert breaker.allows() is None
    breaker.failed("no connection")
    assert (breaker.state, breaker.reason) == (BreakerState.OPEN, "no connection")
    assert breaker.allows() == 0


def test_one_probe_at_a_time_and_an_answer_closes_it() -> None:
    time = Time()
    breaker = Breaker(time)
    breaker.trip("bad credentials")
    time.now += 4.9
    assert breaker.allows() == 0
    time.now += 0.2
    assert breaker.allows() == 1
    breaker.probe()
    assert (breaker.state, breaker.allows()) == (BreakerState.HALF_OPEN, 0)
    breaker.answered()
    assert (breaker.state, breaker.reason, breaker.allows()) == (BreakerState.CLOSED, "", None)


def test_a_failed_probe_waits_twice_as_long_up_to_five_minutes() -> None:
    time = Time()
    breaker = Breaker(time)
    breaker.trip("x")
    waits = []
    for _ in range(8):
        began = time.now
        while breaker.allows() == 0:
            time.now += 1
        waits.append(time.now - began)
        breaker.probe()
        breaker.failed("x")
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]
