"""The breaker: opens, probes with one, closes again, and waits longer each time it must."""

from outreach.delivery.breaker import Breaker, BreakerState

GOOD, BAD, WORSE = 1, 2, 3


class Time:
    """Seconds that pass when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_ten_failures_in_a_row_open_it_and_an_answer_between_them_does_not() -> None:
    breaker = Breaker(Time())
    for _ in range(9):
        breaker.failed("no connection")
    breaker.answered(GOOD)
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
    breaker.answered(GOOD)
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


def probed(breaker: Breaker, time: Time) -> None:
    """Let the breaker come to its next probe."""
    while breaker.allows() == 0:
        time.now += 1
    breaker.probe()


def test_a_campaign_to_which_alone_the_account_is_refused_is_the_culprit() -> None:
    time = Time()
    breaker = Breaker(time)
    for _ in range(3):
        for _ in range(20):  # what was under way says the same
            assert not breaker.refused(BAD, "template not yours")
        probed(breaker, time)
        breaker.answered(GOOD)
        assert breaker.state is BreakerState.CLOSED
    assert breaker.refused(BAD, "template not yours")
    assert (breaker.state, breaker.allows()) == (BreakerState.CLOSED, None)
    assert breaker.refused(BAD, "template not yours")
    breaker.answered(BAD)  # it was mended
    assert not breaker.refused(BAD, "bad credentials")


def test_a_culprit_that_probes_leaves_the_probe_to_others_at_once() -> None:
    time = Time()
    breaker = Breaker(time)
    for _ in range(3):
        breaker.refused(BAD, "x")
        probed(breaker, time)
        breaker.answered(GOOD)
    breaker.trip("no money", 60)
    probed(breaker, time)
    assert breaker.refused(BAD, "x")
    assert (breaker.state, breaker.allows()) == (BreakerState.OPEN, 1)
    assert breaker.order([GOOD, BAD, WORSE]) == [WORSE, GOOD, BAD]


def test_an_account_that_refuses_everybody_has_no_culprit() -> None:
    time = Time()
    breaker = Breaker(time)
    for n in range(20):
        assert not breaker.refused(GOOD + n % 3, "bad credentials")
        probed(breaker, time)


def test_its_own_answers_clear_a_campaign() -> None:
    time = Time()
    breaker = Breaker(time)
    for n in range(12):
        assert not breaker.refused(BAD, "x")
        probed(breaker, time)
        breaker.answered(BAD if n % 3 == 2 else GOOD)


def test_answers_to_what_left_before_the_refusal_prove_nothing() -> None:
    breaker = Breaker(Time())
    for _ in range(10):
        assert not breaker.refused(BAD, "bad credentials")
        breaker.answered(GOOD)


def test_probes_take_turns_over_the_campaigns() -> None:
    time = Time()
    breaker = Breaker(time)
    breaker.refused(BAD, "bad credentials")
    tried = []
    for _ in range(4):
        probed(breaker, time)
        tried.append(breaker.order([WORSE, GOOD, BAD])[0])
        breaker.refused(tried[-1], "bad credentials")
    assert tried == [WORSE, GOOD, BAD, WORSE]


def test_a_probe_without_an_answer_is_lost_after_two_minutes() -> None:
    time = Time()
    breaker = Breaker(time)
    breaker.trip("x")
    probed(breaker, time)
    time.now += 119
    assert breaker.allows() == 0
    time.now += 1
    assert breaker.allows() == 1
