"""When evaluations were stored: no result hangs on it, but people and other programs ask."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from ..primitives.records import Address
from .evaluations import SOUGHT_AT_ONCE, address_text
from .store import Store
from .tables import EvaluationRow

__all__ = ["stored_at"]


def stored_at(store: Store, addresses: Iterable[Address]) -> dict[Address, datetime]:
    """The moment (UTC) at which the evaluation at each address was stored; those not stored are left out."""
    sought = {address_text(address): address for address in addresses}
    texts = list(sought)
    found: dict[Address, datetime] = {}
    with store.database.read() as session:
        for start in range(0, len(texts), SOUGHT_AT_ONCE):
            some = texts[start : start + SOUGHT_AT_ONCE]
            rows = select(EvaluationRow.address, EvaluationRow.created).where(EvaluationRow.address.in_(some))
            found.update((sought[address], created) for address, created in session.execute(rows))
    return found
