"""Detect: touched baskets -> opportunities, or exactly one reason why not.

An opportunity is new when its size or edge differs from what was last seen of that basket, or
when the basket was none at its previous evaluation. One that is not new goes on only if what held
it back may have passed.
"""

from collections.abc import Callable, Iterable

from arbees.markets.baskets import BasketTable, Priced
from arbees.markets.books import Books
from arbees.markets.instrument import Instrument
from arbees.markets.kernels import pricing as k
from arbees.pipeline.funnel import Funnel, Reason, Stage
from arbees.pipeline.settings import DetectSettings, SizeSettings

SIDE_NAMES = ("yes", "no")


class Detector:
    """Keeps what was last seen of each basket."""

    def __init__(self, settings: DetectSettings, sizes: SizeSettings, funnel: Funnel) -> None:
        self._settings = settings
        self._sizes = sizes
        self._funnel = funnel
        self._seen: dict[int, tuple[int, int]] = {}
        self.held_back: set[int] = set()
        """Baskets that a later stage refused for a reason that may pass."""

    def evaluate(
        self,
        table: BasketTable,
        books: Books,
        touched: Iterable[int],
        untradable: Callable[[int], Reason | None],
        instruments: list[Instrument],
    ) -> tuple[list[tuple[Priced, bool]], list[tuple[Priced, Reason]]]:
        """Price what has a leg in a touched book and split it into opportunities, each with
        whether it is new, and refusals.

        `untradable(ix)` names why an instrument may not be traded now, or None.
        """
        found: list[tuple[Priced, bool]] = []
        dropped: list[tuple[Priced, Reason]] = []
        paying, cooled = table.paying(books, touched)
        for number in cooled:
            self._seen.pop(number, None)
        if not paying:
            return found, dropped
        edge, sizes = self._settings.min_edge_pips, self._sizes
        priced = table.price(books, paying, edge, sizes.max_qty, sizes.max_cost_micro)
        if len(priced) != len(paying):
            left = {p.basket for p in priced}
            for number in paying:
                if number not in left:
                    self._seen.pop(number, None)
        for p in priced:
            self._funnel.enter(Stage.DETECT)
            reason = self._refusal(p, table, untradable, instruments)
            if reason is None or (reason is Reason.UNCHANGED and p.basket in self.held_back):
                self._funnel.accept(Stage.DETECT)
                self._seen[p.basket] = (p.qty, p.edge)
                found.append((p, reason is None))
                continue
            self._funnel.refuse(Stage.DETECT, reason)
            if reason is not Reason.UNCHANGED:
                self._seen.pop(p.basket, None)
                dropped.append((p, reason))
        return found, dropped

    def forget(self, number: int) -> None:
        """A basket is watched no longer; should it come back, it is new."""
        self._seen.pop(number, None)
        self.held_back.discard(number)

    def reprice(self, table: BasketTable, books: Books, number: int, max_qty: int) -> Priced | None:
        """The basket once more, up to `max_qty`; None if that does not pay."""
        edge = self._settings.min_edge_pips
        found = table.price(books, [number], edge, max_qty) if max_qty > 0 else []
        good = found and found[0].qty > 0
        good = good and found[0].edge >= self._settings.min_profit_micro
        return found[0] if good else None

    def _refusal(
        self,
        p: Priced,
        table: BasketTable,
        untradable: Callable[[int], Reason | None],
        instruments: list[Instrument],
    ) -> Reason | None:
        settings = self._settings
        if p.status == k.BOOK_INVALID:
            return Reason.BOOK_UNKNOWN
        if p.status == k.FEES_EAT_IT:
            return Reason.FEES if p.gross >= settings.min_edge_pips else Reason.BELOW_MIN_EDGE
        legs = table.baskets[p.basket].legs
        for leg in legs:
            why = untradable(leg.ix)
            if why is not None:
                return why
        for leg, qty in zip(legs, p.touch, strict=True):
            least = settings.min_touch_qty
            if settings.min_touch_by_venue:
                name = f"{instruments[leg.ix].venue}:{SIDE_NAMES[leg.side]}"
                least = max(least, settings.min_touch_by_venue.get(name, 0))
            if qty < least:
                return Reason.THIN
        if p.status == k.LOT_TOO_SMALL:
            return Reason.LOT_TOO_SMALL
        if p.edge < settings.min_profit_micro:
            return Reason.BELOW_MIN_PROFIT
        if self._seen.get(p.basket) == (p.qty, p.edge):
            return Reason.UNCHANGED
        return None
