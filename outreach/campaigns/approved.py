"""Whether an account's carrier has approved what a campaign would have it send."""

from outreach.campaigns.fields import LINK
from outreach.campaigns.templates import TemplateSet
from outreach.domain.network import Channel
from outreach.settings import Account
from outreach.settings.approvals import Approval, Approved


def missing_approvals(account: Account, templates: TemplateSet) -> list[str]:
    """What an account has not approved, each with what to do; empty where all is."""
    where = f"config/accounts/{account.name}.toml, [account.approvals]"
    found = []
    sender = account.approvals.sender
    if sender is not Approved.APPROVED:
        told = sender or "not registered"
        found.append(
            f"account '{account.name}': its sender '{account.sender}' is {told} there;"
            f' once it is approved, write sender = "approved" ({where})'
        )
    words = templates.words(account.channel)
    if (wrong := _wrong(account.approvals.texts.get(templates.name), words)) is not None:
        found.append(
            f"account '{account.name}' has not approved the text of '{templates.name}': {wrong};"
            f" have it registered, then write {templates.name} = "
            f'{{ state = "approved", words = "{words}" }} ({where})'
        )
    return found + _unfit(account, templates)


def _wrong(approval: Approval | None, words: str) -> str | None:
    if approval is None:
        return "nothing is registered"
    if approval.state is not Approved.APPROVED:
        return f"it is {approval.state}"
    if approval.words != words:
        return f"other words ({approval.words}) are registered than these ({words})"
    return None


def _unfit(account: Account, templates: TemplateSet) -> list[str]:
    """Parameters of a carrier's template that no field of ours can fill."""
    approval = account.approvals.texts.get(templates.name)
    if approval is None or account.channel is Channel.ZALO:
        return []
    return [
        f"account '{account.name}': its template of '{templates.name}' wants '{name}', which is"
        f" among the fields neither of about.toml nor of the recipients"
        for name in approval.parameters
        if name not in templates.fields and name != LINK
    ]
