"""Which account has the first choice of a message: once as Python, once as SQL.

Buckets are those of `domain.share`, of a recipient by its number within the audience.
"""

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.network import Network
from outreach.domain.share import BUCKETS, WORD, bucket, ends
from outreach.store.campaigns import Step


def shares(step: Step, network: Network) -> list[tuple[int, int]]:
    """The accounts with the first choice on a network, each with one past its last bucket.

    A number of unknown network has no way.
    """
    if network is Network.UNKNOWN:
        return []
    accounts = step.accounts.get(network, ())
    weights = {account: step.weights.get(account, 0) for account in accounts}
    if any(weights.values()):
        return ends({account: weight for account, weight in weights.items() if weight})
    return [(account, BUCKETS) for account in accounts[:1]]


def first_choice(step: Step, network: Network, bucket: int) -> int | None:
    """The account that takes a bucket's messages to a network; None where no account serves it."""
    return next((account for account, end in shares(step, network) if bucket < end), None)


def place(recipient: int, multiplier: int) -> int:
    """The bucket of a recipient's id: which accounts share him is asked of him alone."""
    return bucket(recipient % CAMPAIGN_SPAN, multiplier)


def bucket_sql(number: str, multiplier: int) -> str:
    """SQL for the bucket of a recipient's id: what `place` says of it."""
    return f"({number} % {CAMPAIGN_SPAN} * {multiplier} % {WORD} * {BUCKETS} / {WORD})"


def account_sql(step: Step, network: str, bucket: str) -> str:
    """SQL for the first choice, as an integer; 0 where no account serves the network."""
    cases = [
        f" WHEN {network} = {int(each)}{_below(end, bucket)} THEN {account}"
        for each in Network
        for account, end in shares(step, each)
    ]
    return f"CASE{''.join(cases)} ELSE 0 END" if cases else "0"


def _below(end: int, bucket: str) -> str:
    return "" if end == BUCKETS else f" AND {bucket} < {end}"
