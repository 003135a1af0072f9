"""What people do with an order: draft, submit, approve, issue, note the carriers' word, cancel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from outreach.campaigns import approval, typed
from outreach.campaigns.findings import Finding
from outreach.campaigns.order_draft import OrderWish, ahead, composed, noted
from outreach.domain.campaign import approval_hash
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.order import OrderAction, OrderState, PartAction, PartState, permit
from outreach.domain.window import local_day
from outreach.settings import Settings
from outreach.store import audit, orders
from outreach.store.database import Database
from outreach.store.orders import Order, Part
from outreach.store.users import User

__all__ = ["Kept", "OrderWish", "Orders", "kept"]


@dataclass(frozen=True, slots=True)
class Kept:
    """An order with each carrier's part, and what is worth a look before it goes on."""

    order: Order
    parts: tuple[Part, ...]
    warnings: tuple[Finding, ...] = ()

    @property
    def code(self) -> str:
        """What an approver types, to say what was looked at."""
        return approval.code(code_of(self.order, self.parts))


def code_of(order: Order, parts: Sequence[Part]) -> str:
    """Bind an approval to what carriers are asked to do: any later change gives another hash."""
    return approval_hash(
        {
            "name": order.name,
            "words": [order.words.accented, order.words.plain],
            "audience": order.audience,
            "days": [order.opens_on, order.closes_on],
            "hours": order.hours,
            "carriers": sorted(part.carrier for part in parts),
        }
    )


def kept(conn: Connection, order: Order, warnings: Sequence[Finding] = ()) -> Kept:
    """Read an order's parts."""
    return Kept(order, tuple(orders.parts(conn, order)), tuple(warnings))


@dataclass(frozen=True, slots=True)
class Orders:
    """Where orders are acted on, and who acts."""

    settings: Settings
    database: Database
    user: User

    def draft(self, wish: OrderWish) -> Kept:
        """Draft an order, or write one that is not approved anew; it is a draft again then."""
        permit(self.user.role, OrderAction.EDIT)
        wished, warnings = composed(self.settings, wish)
        drafted = replace(wished, author=self.user.name, created_at=self._now())
        carriers = self._senders(wish.carriers)
        with self.database.write() as conn:
            before = orders.find(conn, wish.name)
            if before is None:
                made = orders.add(conn, drafted, carriers)
            else:
                made = orders.save(conn, before, drafted, carriers)
            told = {"name": made.name, "carriers": carriers, "audience": made.audience}
            self._note(conn, "draft" if before is None else "edit", made, told)
            return kept(conn, made, warnings)

    def submit(self, name: str) -> Kept:
        """Ask for approval of a draft."""
        permit(self.user.role, OrderAction.SUBMIT)
        with self.database.write() as conn:
            order = orders.named(conn, name)
            made = orders.move(conn, order, OrderAction.SUBMIT)
            ahead(order, self._today())
            self._note(conn, "submit", made, {"code": kept(conn, made).code})
            return kept(conn, made, noted(order, self.settings.holidays))

    def approve(self, name: str, code: str | None = None) -> Kept:
        """Bind a second person's word to exactly what carriers will be asked to do."""
        permit(self.user.role, OrderAction.APPROVE)
        with self.database.write() as conn:
            order = orders.named(conn, name)
            if order.author == self.user.name:
                raise NotAllowedError(
                    f"'{self.user.name}' wrote order '{name}'; somebody else has to approve it"
                )
            hashed = code_of(order, orders.parts(conn, order))
            approval.still(hashed, code, f"order '{name}'")
            told = {
                "approver": self.user.name,
                "approved_hash": hashed,
                "approved_at": self._now(),
            }
            made = orders.move(conn, order, OrderAction.APPROVE, **told)
            ahead(order, self._today())
            self._note(conn, "approve", made, told)
            return kept(conn, made)

    def issue(self, name: str, number: int | None = None) -> Kept:
        """Let the letters of an approved order go: one a carrier, numbered from `number` on.

        Done again, it numbers those that left without a number, and moves nothing else.
        """
        permit(self.user.role, PartAction.ISSUE)
        with self.database.write() as conn:
            order = self._approved(conn, name)
            parts = orders.parts(conn, order)
            waiting = [part for part in parts if not part.letter]
            if number is not None and not waiting:
                raise NotAllowedError(
                    f"every letter of order '{name}' has its number; leave --number out to write"
                    " the same letters again"
                )
            if any(part.state is PartState.PENDING for part in parts):
                ahead(order, self._today())
            for place, part in enumerate(waiting):
                letter = "" if number is None else self._sign(number + place)
                self._issue(conn, order, part, letter)
            return kept(conn, order)

    def confirm(self, name: str, carrier: str, on: date | None = None, note: str = "") -> Kept:
        """Note that a carrier has said it will send."""
        return self._told(name, carrier, PartAction.CONFIRM, on, note)

    def sent(self, name: str, carrier: str, on: date | None = None, note: str = "") -> Kept:
        """Note that a carrier has said it has sent."""
        return self._told(name, carrier, PartAction.SEND, on, note)

    def cancel(self, name: str, why: str) -> Kept:
        """End an order for good; NotAllowedError once a carrier has sent it."""
        permit(self.user.role, OrderAction.CANCEL)
        said = typed.sentence("--why", why)
        with self.database.write() as conn:
            order = orders.named(conn, name)
            done = [
                part.carrier
                for part in orders.parts(conn, order)
                if part.state in {PartState.SENT, PartState.REPORTED}
            ]
            if done:
                raise NotAllowedError(
                    f"order '{name}' has been sent by {', '.join(done)}; it cannot be cancelled"
                )
            made = orders.move(conn, order, OrderAction.CANCEL)
            self._note(conn, "cancel", made, {"why": said})
            return kept(conn, made)

    def _issue(self, conn: Connection, order: Order, part: Part, letter: str) -> None:
        if part.state is PartState.PENDING:
            columns = {"letter": letter, "ordered_at": self._now()}
            orders.move_part(conn, part, PartAction.ISSUE, **columns)
        elif letter:
            orders.give_number(conn, part, letter)
        else:
            return
        self._note(conn, "issue", order, {"carrier": part.carrier, "letter": letter})

    def _told(
        self, name: str, carrier: str, action: PartAction, on: date | None, note: str
    ) -> Kept:
        """Move a carrier's part on its word, on the day it was said (today without one)."""
        permit(self.user.role, action)
        known = self.settings.reporting.carrier(carrier).name
        said = typed.sentence("--note", note) if note else ""
        with self.database.write() as conn:
            order = self._approved(conn, name)
            part = orders.part(conn, order, known)
            at = self._moment(on, part)
            column = "confirmed_at" if action is PartAction.CONFIRM else "sent_at"
            notes = " · ".join(filter(None, (part.note, said)))
            orders.move_part(conn, part, action, **{column: at, "note": notes})
            told = {"carrier": known, column: at, "note": said}
            self._note(conn, action.value, order, told)
            return kept(conn, order)

    def _moment(self, on: date | None, part: Part) -> int:
        """The moment (ms) of what a carrier said: now, or that day, which cannot be to come."""
        now = self.settings.clock()
        if on is None or on == local_day(now):
            return self._now()
        issued = local_day(datetime.fromtimestamp((part.ordered_at or 0) / 1000, UTC))
        if not issued <= on < local_day(now):
            raise BadInputError(f"--on {on}: expected a day from {issued}, the letter's, to today")
        noon = datetime(on.year, on.month, on.day, 5, tzinfo=UTC)  # 12:00 there
        return int(noon.timestamp() * 1000)

    def _approved(self, conn: Connection, name: str) -> Order:
        """An order that is approved and still what was approved."""
        order = orders.named(conn, name)
        if order.state is not OrderState.ORDERED:
            raise NotAllowedError(f"order '{name}' is {order.state}; it must be approved first")
        if code_of(order, orders.parts(conn, order)) != order.approved_hash:
            raise NotAllowedError(
                f"order '{name}' is no longer what was approved; cancel it and draft another"
            )
        return order

    def _sign(self, number: int) -> str:
        """Number and symbol of a letter, as `Số:` is followed by them."""
        terms = self.settings.reporting.document
        return f"{number:02}/{terms.symbol}-{terms.unit}"

    def _senders(self, told: Sequence[str]) -> list[str]:
        """The carriers that an order goes to: those that are named, or all with subscribers."""
        known = self.settings.reporting
        found = [known.carrier(name) for name in told] or [c for c in known.carriers if c.network]
        names = [carrier.name for carrier in found]
        if not names or len(set(names)) < len(names):
            raise BadInputError(
                f"--carriers: {', '.join(names) or 'nobody'}; expected each carrier of"
                " config/reporting.toml once, at least one"
            )
        if without := [carrier.name for carrier in found if not carrier.network]:
            raise BadInputError(
                f"--carriers: {', '.join(without)} has no subscribers of its own: config/"
                "reporting.toml gives it no network"
            )
        return names

    def _now(self) -> int:
        return int(self.settings.clock().timestamp() * 1000)

    def _today(self) -> date:
        return local_day(self.settings.clock())

    def _note(
        self, conn: Connection, deed: str, order: Order, detail: Mapping[str, object]
    ) -> None:
        """Write down what was done to an order, in the transaction of the deed."""
        about = orders.subject(order.id)
        audit.write(conn, audit.Entry(self._now(), self.user.name, f"order.{deed}", about, detail))
