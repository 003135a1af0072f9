"""Registrations in an account's file: what is read, and what is refused in which words."""

import pytest

from outreach.settings.approvals import Approval, Approvals, Approved, read_approvals

WORDS = "0123456789ab"


def test_senders_and_texts_are_read() -> None:
    block = {
        "sender": "approved",
        "install-guide": {
            "state": "pending",
            "words": WORDS,
            "template": "77",
            "parameters": ["full_name"],
        },
    }
    approval = Approval(Approved.PENDING, WORDS, "77", ("full_name",))
    assert read_approvals(block) == Approvals(Approved.APPROVED, {"install-guide": approval})
    assert read_approvals({}) == Approvals(None, {})


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (3, r"approvals is 3; expected a table \[account.approvals\]"),
        ({"sender": "yes"}, "sender is 'yes'; expected one of approved, pending, refused"),
        ({"a": "approved"}, "a is 'approved'; expected"),
        ({"a": {"state": "approved"}}, "a: words is ''; expected the 12 characters that `outreach"),
        ({"a": {"state": ["approved"], "words": WORDS}}, r"a is \['approved'\]; expected one of"),
        ({"a": {"words": WORDS}}, "a is None; expected one of"),
        ({"a": {"state": "approved", "words": WORDS, "id": 1}}, "a does not know id; it knows"),
        ({"a": {"state": "approved", "words": WORDS, "template": 7}}, "template is 7; expected"),
        (
            {"a": {"state": "approved", "words": WORDS, "template": "7", "parameters": "x"}},
            "parameters is 'x'; expected names of fields",
        ),
        (
            {"a": {"state": "approved", "words": WORDS, "parameters": ["x"]}},
            "a has parameters, but no template",
        ),
    ],
)
def test_what_is_not_right_is_named(block: object, told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        read_approvals(block)
