"""A desk for orders on a real database, and an order to begin with."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from outreach.campaigns.orders import Kept, Orders, OrderWish, kept
from outreach.domain.order import PartState
from outreach.domain.window import Window
from outreach.store import audit, orders
from outreach.store.database import Database
from outreach.store.users import User
from tests.campaigns.desks import AN, BINH, NOON, installed

WISH = OrderWish(
    name="dec",
    purpose="install-guide",
    audience="thuê bao cá nhân đăng ký tại Thành phố",
    first=date(2026, 12, 1),
    last=date(2026, 12, 5),
    hours=Window(time(8), time(20)),
    carriers=("Viettel", "mobifone"),
)
LINE = (
    "BHXH Thành phố kính mời Ông/Bà cài VssID từ App Store, Google Play."
    " Xem: baohiemxahoi.gov.vn. Hỗ trợ: 1900 9068."
)


@dataclass(slots=True)
class Office:
    """Where a test's people act."""

    database: Database
    now: datetime = NOON

    def by(self, user: User) -> Orders:
        """The desk of a user, at this moment."""
        settings = replace(installed(), clock=lambda: self.now)
        return Orders(settings, self.database, user)

    def approved(self, wish: OrderWish = WISH) -> Kept:
        """Bring an order to where its letters may go."""
        self.by(AN).draft(wish)
        self.by(AN).submit(wish.name)
        return self.by(BINH).approve(wish.name)

    def look(self, name: str = "dec") -> Kept:
        """An order as it is stored."""
        with self.database.read() as conn:
            return kept(conn, orders.named(conn, name))

    def history(self, name: str = "dec") -> list[tuple[str, str]]:
        """Who did what to it."""
        with self.database.read() as conn:
            found = audit.history(conn, orders.subject(orders.named(conn, name).id))
        return [(entry.actor, entry.action) for entry in found]

    def states(self) -> dict[str, PartState]:
        """How far each carrier is."""
        return {part.carrier: part.state for part in self.look().parts}
