"""Everything that can happen to a shelf, in any order, against a model a child could keep with pencil and paper.

After every step: each level is the sum of its movements and of its open holds, ``0 <= held <= on hand``, nothing was
promised, sold or sent from a stopped or ended lot, and what came in is what went out, what stands there and what is
on the road. A step that is refused has changed nothing, or the model would differ.

``SHELF_STEPS`` is the number of steps on each engine; 10,000 take some minutes.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from catalog import lots, stock, stops, transfers
from catalog.clock import vietnam_day
from catalog.db import db, transaction
from catalog.errors import Conflict, DomainError, Invalid, LotStopped, OutOfStock
from catalog.lots import Lot, LotState
from catalog.memberships import Role
from catalog.outlets import Outlet
from catalog.products import Variant
from catalog.stock import WRITE_OFFS, HoldState, MovementKind, StockHold, StockLevel, StockMovement
from catalog.transfers import Arrival, DifferenceCause, Transfer, TransferLine
from tests.catalog.cast import hire
from tests.world import MONDAY, MONDAY_NINE, make_lot, make_outlet, make_product, variant_of

FEW = 300
STEPS = int(os.environ.get("SHELF_STEPS", FEW))
RUN = 50
"""Steps on one set of shelves at most; then a new set is put up."""

Key = tuple[int, int, bool]
"""Outlet, lot, consigned."""
PROMISING = (
    MovementKind.HELD, MovementKind.SOLD_ONLINE, MovementKind.SOLD_AT_COUNTER, MovementKind.TRANSFERRED_OUT,
)  # fmt: skip
IN = (MovementKind.RECEIVED, MovementKind.RETURNED)
OUT = (MovementKind.SOLD_ONLINE, MovementKind.SOLD_AT_COUNTER, *WRITE_OFFS)
ROAD = (MovementKind.TRANSFERRED_OUT, MovementKind.TRANSFERRED_IN)

places, batches, kinds = st.integers(0, 2), st.integers(0, 5), st.integers(0, 1)
units = st.integers(1, 25)
which = st.integers(0, 1000)


@dataclass
class Promise:
    """Units held for an order. until: None when it does not end by itself."""

    shelves: Counter[Key]
    until: datetime | None


@dataclass
class Box:
    """A transfer on the road. lines: line → (shelf it left, units nobody has counted in)."""

    target: int
    lines: dict[int, tuple[Key, int]]
    receipts: int = 0
    over: bool = False


@dataclass
class Paper:
    """The model: what stands where, what is promised, sold and on the road, and how each lot may be used."""

    on_hand: Counter[Key] = field(default_factory=Counter)
    promises: dict[str, Promise] = field(default_factory=dict)
    sold: list[tuple[Key, int]] = field(default_factory=list)
    boxes: dict[str, Box] = field(default_factory=dict)
    states: dict[int, LotState] = field(default_factory=dict)

    @property
    def held(self) -> Counter[Key]:
        return sum((promise.shelves for promise in self.promises.values()), Counter())


class Shelves(RuleBasedStateMachine):
    """Three outlets, two goods, three lots of each: one that ends in two days, one in forty, one that never does.

    Twenty of each lot stand at each outlet at first, some still their producer's, and six orders wait.
    """

    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.now, self.numbers, self.seen = MONDAY_NINE, 0, 0
        self.paper, self.ledger = Paper(), Counter[Any]()
        with transaction():
            centre = make_outlet()
            points = [make_outlet(supplied_by_id=centre.id) for _ in range(2)]
            self.outlets = [outlet.id for outlet in (centre, *points)]
            self.clerks = {outlet.id: hire(outlet) for outlet in (centre, *points)}
            self.officer = hire(None, Role.OFFICER)
            variants = [variant_of(make_product()) for _ in range(2)]
            self.variants = [variant.id for variant in variants]
            self.lots, self.ends, self.variant_of = [], dict[int, date | None](), dict[int, int]()
            for variant in variants:
                for days in (2, 40, None):
                    ends = None if days is None else MONDAY + timedelta(days=days)
                    lot = make_lot(variant, best_before=ends)
                    self.lots.append(lot.id)
                    self.ends[lot.id], self.variant_of[lot.id] = ends, variant.id
                    self.paper.states[lot.id] = LotState.SELLABLE
            self.seen = db.session.scalar(select(func.max(StockMovement.id))) or 0
        for place in range(3):
            for batch in range(6):
                self.receive(place=place, batch=batch, consigned=place == batch % 3, many=20, twice=False)
        for kind in range(2):
            for many in (30, 5, 5):
                self.hold(kind=kind, many=many, hours=None, here={0, 1, 2})

    # --- goods come and go

    @rule(place=places, batch=batches, consigned=st.booleans(), many=units, twice=st.booleans())
    def receive(self, place: int, batch: int, consigned: bool, many: int, twice: bool) -> None:
        key, cause = (self.outlets[place], self.lots[batch], consigned), self._cause("receipt")
        for _ in range(1 + twice):
            with self._step():
                stock.receive(
                    self._lot(key[1]), self._outlet(key[0]), many,
                    consigned=consigned, cause=cause, actor="user:1", at=self.now,
                )  # fmt: skip
        self.paper.on_hand[key] += many

    @rule(place=places, kind=kinds, many=units)
    def sell(self, place: int, kind: int, many: int) -> None:
        cause = self._cause("sale")
        self._give_back_overdue()

        def deed() -> dict[int, int]:
            picks = self._pick(self.variants[kind], [self.outlets[place]], many)
            for level, taken in picks.items():
                stock.sell(level, taken, cause=cause, actor="user:1", at=self.now)
            return picks

        picks = self._try(deed, OutOfStock, refused=self._free(kind, [self.outlets[place]]) < many)
        for key, taken in self._keys(picks).items():
            self.paper.on_hand[key] -= taken
            self.paper.sold.append((key, taken))

    @precondition(lambda self: self.paper.sold)
    @rule(number=which, many=units)
    def put_back(self, number: int, many: int) -> None:
        place = number % len(self.paper.sold)
        key, sold = self.paper.sold[place]
        back = min(sold, many)
        with self._step():
            stock.put_back(
                self._lot(key[1]), self._outlet(key[0]), back,
                consigned=key[2], cause=self._cause("return"), actor="user:1", at=self.now,
            )  # fmt: skip
        self.paper.on_hand[key] += back
        self.paper.sold[place : place + 1] = [(key, sold - back)] if sold > back else []

    @precondition(lambda self: self.paper.on_hand)
    @rule(number=which, many=units, kind=st.sampled_from(WRITE_OFFS))
    def write_off(self, number: int, many: int, kind: MovementKind) -> None:
        key, cause = self._shelf(number), self._cause("write-off")
        level = self._level(key)

        def deed() -> dict[int, int]:
            stock.write_off(level, many, kind=kind, reason="thử", cause=cause, actor="user:1", at=self.now)
            return {level: many}

        free = self.paper.on_hand[key] - self.paper.held[key]
        self.paper.on_hand.subtract(self._keys(self._try(deed, OutOfStock, refused=free < many)))

    @precondition(lambda self: self.paper.on_hand)
    @rule(number=which, difference=st.integers(-12, 12), twice=st.booleans())
    def correct(self, number: int, difference: int, twice: bool) -> None:
        key, cause = self._shelf(number), self._cause("stocktake")
        level = self._level(key)

        def deed() -> dict[int, int]:
            for _ in range(1 + twice):
                stock.correct(level, difference, cause=cause, actor="user:1", at=self.now)
            return {level: difference}

        too_few = self.paper.on_hand[key] + difference < self.paper.held[key]
        self.paper.on_hand.update(self._keys(self._try(deed, OutOfStock, refused=too_few)))

    # --- promises

    @rule(kind=kinds, many=units, hours=st.sampled_from([None, 1, 30]), here=st.sets(places, min_size=1))
    def hold(self, kind: int, many: int, hours: int | None, here: set[int]) -> None:
        order, outlets = self._cause("QN").replace(":", "-"), [self.outlets[place] for place in sorted(here)]
        until = None if hours is None else self.now + timedelta(hours=hours)
        self._give_back_overdue()

        def deed() -> dict[int, int]:
            picks = self._pick(self.variants[kind], outlets, many)
            for level, taken in sorted(picks.items()):
                stock.hold(level, taken, order_ref=order, until=until, actor="buyer", at=self.now)
            return picks

        picks = self._try(deed, OutOfStock, refused=self._free(kind, outlets) < many)
        if picks:
            self.paper.promises[order] = Promise(Counter(self._keys(picks)), until)

    @precondition(lambda self: self.paper.promises)
    @rule(number=which, twice=st.booleans())
    def release(self, number: int, twice: bool) -> None:
        order = self._order(number)
        promised = self.paper.promises.pop(order).shelves.total()
        for expected in (promised, 0)[: 1 + twice]:
            with self._step():
                assert stock.release(order, actor="buyer", at=self.now) == expected

    @precondition(lambda self: self.paper.promises)
    @rule(number=which)
    def keep(self, number: int) -> None:
        order = self._order(number)
        with self._step():
            stock.keep(order)
        self.paper.promises[order].until = None

    @precondition(lambda self: self.paper.promises)
    @rule(number=which, place=st.none() | places)
    def hand_over(self, number: int, place: int | None) -> None:
        order, outlet = self._order(number), None if place is None else self.outlets[place]
        promise = self.paper.promises[order]
        share = {key: n for key, n in promise.shelves.items() if outlet in (None, key[0])}

        def deed() -> dict[int, int]:
            left = stock.hand_over(order, outlet_id=outlet, actor="user:1", at=self.now)
            assert left == sum(share.values())
            return {self._level(key): n for key, n in share.items()}

        stopped = any(not self._fit(lot) for _, lot, _ in share)
        for key, taken in self._keys(self._try(deed, LotStopped, refused=stopped)).items():
            self.paper.on_hand[key] -= taken
            self.paper.sold.append((key, taken))
            del promise.shelves[key]
        if not promise.shelves:
            del self.paper.promises[order]

    # --- the road

    @rule(source=places, step=st.integers(1, 2), kind=kinds, many=units)
    def send(self, source: int, step: int, kind: int, many: int) -> None:
        here, there = self.outlets[source], self.outlets[(source + step) % 3]
        self._give_back_overdue()
        sent: list[Transfer] = []

        def deed() -> dict[int, int]:
            by = self.clerks[here]
            box = transfers.draft(self._outlet(here), self._outlet(there), by=by, at=self.now)
            transfers.add(box, db.session.get_one(Variant, self.variants[kind]), many, by=by, at=self.now)
            transfers.send(box, by=by, at=self.now)
            sent.append(box)
            return self._first_expired(kind, [here], many)

        picks = self._try(deed, OutOfStock, refused=self._free(kind, [here]) < many)
        if picks:
            keys = self._keys(picks)
            self.paper.on_hand.subtract(keys)
            lines = transfers.get_transfer(here, sent[0].reference).lines
            went = {line.id: ((here, line.lot_id, line.consigned), line.quantity) for line in lines}
            assert dict(went.values()) == keys
            self.paper.boxes[sent[0].reference] = Box(there, went)

    @precondition(lambda self: self.paper.boxes)
    @rule(number=which, tenths=st.integers(0, 10), broken=st.integers(0, 10), stale=st.booleans())
    def unpack(self, number: int, tenths: int, broken: int, stale: bool) -> None:
        reference, box = self._box(number)
        arrivals, counted = {}, {}
        for line, (key, left) in box.lines.items():
            arrived = left * tenths // 10
            differing = (left - arrived) * broken // 10
            cause = DifferenceCause.BROKEN if differing else None
            arrivals[line], counted[line] = Arrival(arrived, differing, cause), (key, left - arrived - differing)
        seen = box.receipts - 1 if stale else box.receipts

        def deed() -> dict[int, int]:
            transfer = transfers.get_transfer(box.target, reference)
            transfers.receive(transfer, arrivals, seen=seen, by=self.clerks[box.target], at=self.now)
            return {0: 1}

        nothing = not any(arrival.arrived or arrival.differing for arrival in arrivals.values())
        if self._try(deed, Conflict if stale or box.over else Invalid, refused=stale or box.over or nothing):
            for line, (key, _) in box.lines.items():
                if arrivals[line].arrived:
                    self.paper.on_hand[box.target, key[1], key[2]] += arrivals[line].arrived
            box.lines, box.receipts = counted, box.receipts + 1
            box.over = not any(left for _, left in counted.values())

    @precondition(lambda self: self.paper.boxes)
    @rule(number=which)
    def take_back(self, number: int) -> None:
        reference, box = self._box(number)
        source = next(iter(box.lines.values()))[0][0]

        def deed() -> dict[int, int]:
            transfers.take_back(transfers.get_transfer(source, reference), by=self.clerks[source], at=self.now)
            return {0: 1}

        if self._try(deed, Conflict, refused=box.over or box.receipts > 0):
            for key, left in box.lines.values():
                self.paper.on_hand[key] += left
            box.lines = {line: (key, 0) for line, (key, _) in box.lines.items()}
            box.over = True

    # --- lots and time

    @rule(batch=batches, to=st.sampled_from([*LotState, LotState.SELLABLE, LotState.QUARANTINED]))
    def stop(self, batch: int, to: LotState) -> None:
        lot = self.lots[batch]

        def deed() -> dict[int, int]:
            match to:
                case LotState.SELLABLE:
                    stops.let_go(self._lot(lot), by=self.officer, at=self.now)
                case LotState.QUARANTINED:
                    stops.quarantine(self._lot(lot), "thử", by=self.officer, at=self.now)
                case LotState.RECALLED:
                    stops.recall(self._lot(lot), "thử", by=self.officer, at=self.now)
            return {0: 1}

        if self._try(deed, Conflict, refused=to not in lots.NEXT[self.paper.states[lot]]):
            self.paper.states[lot] = to

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # --- what is always so

    @invariant()
    def shelves_ledger_and_paper_agree(self) -> None:
        Shelves.steps += 1
        db.session.rollback()
        mine = StockLevel.lot_id.in_(self.lots)
        rows = db.session.execute(
            select(
                StockLevel.id, StockLevel.outlet_id, StockLevel.lot_id, StockLevel.consigned, StockLevel.on_hand,
                StockLevel.held,
            ).where(mine)
        ).all()  # fmt: skip
        self._check_new_movements()
        promised = select(StockHold.level_id, func.sum(StockHold.quantity)).where(StockHold.state == HoldState.OPEN)
        open_holds = dict(db.session.execute(promised.group_by(StockHold.level_id)).all())
        on_hand, held = Counter[Key](), Counter[Key]()
        for level, outlet, lot, consigned, has, keeps in rows:
            assert 0 <= keeps <= has
            assert (has, keeps) == (self.ledger[level, "on_hand"], self.ledger[level, "held"])
            assert keeps == open_holds.get(level, 0)
            on_hand[outlet, lot, consigned], held[outlet, lot, consigned] = has, keeps
        assert +on_hand == +self.paper.on_hand
        assert +held == self.paper.held
        self._check_units(on_hand)

    def _check_new_movements(self) -> None:
        query = (
            select(
                StockMovement.id, StockMovement.level_id, StockLevel.lot_id, StockMovement.kind, StockMovement.on_hand,
                StockMovement.held,
            )
            .join(StockLevel, StockLevel.id == StockMovement.level_id)
            .where(StockLevel.lot_id.in_(self.lots), StockMovement.id > self.seen)
            .order_by(StockMovement.id)
        )  # fmt: skip
        for number, level, lot, kind, has, keeps in db.session.execute(query):
            assert kind not in PROMISING or self._fit(lot), f"{kind} of a lot that may not be sold"
            self.ledger[level, "on_hand"] += has
            self.ledger[level, "held"] += keeps
            self.ledger[lot, kind] += has
            self.seen = number

    def _check_units(self, on_hand: Counter[Key]) -> None:
        lines = db.session.execute(
            select(
                TransferLine.lot_id, func.sum(TransferLine.quantity),
                func.sum(TransferLine.arrived), func.sum(TransferLine.differing),
            )
            .join(Transfer, Transfer.id == TransferLine.transfer_id)
            .where(TransferLine.lot_id.in_(self.lots), Transfer.state.in_((*transfers.ON_THE_WAY, "closed")))
            .group_by(TransferLine.lot_id)
        )  # fmt: skip
        road = {lot: (int(sent - arrived - lost), int(lost)) for lot, sent, arrived, lost in lines}
        waiting = Counter[int]()
        for box in self.paper.boxes.values():
            for (_, lot, _), left in box.lines.values():
                waiting[lot] += left
        for lot in self.lots:
            on_the_road, lost = road.get(lot, (0, 0))
            stands = sum(n for key, n in on_hand.items() if key[1] == lot)
            moved = {kind: self.ledger[lot, kind] for kind in MovementKind}
            came, went = sum(moved[kind] for kind in IN), -sum(moved[kind] for kind in OUT)
            assert on_the_road == waiting[lot]
            assert -sum(moved[kind] for kind in ROAD) == on_the_road + lost
            assert came + moved[MovementKind.COUNT_CORRECTION] == went + stands + on_the_road + lost

    # --- how it is done

    def _try(self, deed: Callable[[], dict[int, int]], refusal: type[DomainError], *, refused: bool) -> dict[int, int]:
        """Do it in one transaction, as a view does. Nothing comes of what the paper says must be refused."""
        try:
            with self._step():
                done = deed()
        except refusal:
            assert refused, "refused, but the paper allows it"
            return {}
        assert not refused, "done, but the paper forbids it"
        return done

    @contextmanager
    def _step(self) -> Iterator[None]:
        db.session.rollback()
        db.session.expunge_all()
        with transaction():
            yield

    def _pick(self, variant: int, outlets: list[int], many: int) -> dict[int, int]:
        """First expired first, from shelves that were locked and read afresh, as a sale and an order do."""
        stock.lock(variant_ids=[variant])
        shelves = [shelf for shelf in stock.shelves([variant], at=self.now) if shelf.outlet_id in outlets]
        picks = {}
        left = many
        for shelf in shelves:
            taken = min(left, shelf.free)
            if taken:
                picks[shelf.level_id] = taken
            left -= taken
        if left:
            raise OutOfStock(str(variant), wanted=many, free=many - left)
        assert picks == self._first_expired(self.variants.index(variant), outlets, many)
        return picks

    def _first_expired(self, kind: int, outlets: list[int], many: int) -> dict[int, int]:
        """The same by the paper."""
        held = self.paper.held
        fit = [
            (self.ends[key[1]] or date.max, *key, self._level(key), n - held[key])
            for key, n in self.paper.on_hand.items()
            if key[0] in outlets and self.variant_of[key[1]] == self.variants[kind] and self._fit(key[1])
        ]
        picks = {}
        for *_, level, free in sorted(fit):
            taken = min(many, free)
            if taken:
                picks[level] = taken
            many -= taken
        return picks

    def _free(self, kind: int, outlets: list[int]) -> int:
        held = self.paper.held
        return sum(
            n - held[key]
            for key, n in self.paper.on_hand.items()
            if key[0] in outlets and self.variant_of[key[1]] == self.variants[kind] and self._fit(key[1])
        )

    def _give_back_overdue(self) -> None:
        """What placing an order and selling do first."""
        due = {o for o, promise in self.paper.promises.items() if promise.until and promise.until <= self.now}
        with self._step():
            overdue = stock.overdue_orders(at=self.now, variant_ids=self.variants)
            for order in overdue:
                stock.release(order, actor="system", at=self.now)
        assert set(overdue) == due
        for order in due:
            del self.paper.promises[order]

    def _fit(self, lot: int) -> bool:
        ends = self.ends[lot]
        return self.paper.states[lot] is LotState.SELLABLE and (ends is None or ends >= vietnam_day(self.now))

    def _keys(self, picks: dict[int, int]) -> dict[Key, int]:
        query = select(StockLevel.id, StockLevel.outlet_id, StockLevel.lot_id, StockLevel.consigned)
        rows = db.session.execute(query.where(StockLevel.id.in_(picks)))
        return {(outlet, lot, consigned): picks[level] for level, outlet, lot, consigned in rows}

    def _level(self, key: Key) -> int:
        outlet, lot, consigned = key
        query = select(StockLevel.id).filter_by(outlet_id=outlet, lot_id=lot, consigned=consigned)
        return db.session.scalars(query).one()

    def _shelf(self, number: int) -> Key:
        shelves = sorted(self.paper.on_hand)
        return shelves[number % len(shelves)]

    def _order(self, number: int) -> str:
        orders = list(self.paper.promises)
        return orders[number % len(orders)]

    def _box(self, number: int) -> tuple[str, Box]:
        boxes = list(self.paper.boxes.items())
        return boxes[number % len(boxes)]

    def _cause(self, document: str) -> str:
        self.numbers += 1
        return f"{document}:{self.outlets[0]}-{self.numbers}"

    def _lot(self, lot: int) -> Lot:
        return db.session.get_one(Lot, lot)

    def _outlet(self, outlet: int) -> Outlet:
        return db.session.get_one(Outlet, outlet)


@pytest.mark.timeout(max(180, STEPS))
def test_shelves_never_lie_whatever_happens_in_whatever_order(app: Flask, session: Any) -> None:
    Shelves.steps = 0
    runs = settings(
        max_examples=max(1, STEPS * 5 // (RUN * 4)), stateful_step_count=RUN, deadline=None, database=None,
        derandomize=STEPS == FEW, suppress_health_check=list(HealthCheck), print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip
    run_state_machine_as_test(Shelves, settings=runs)
    assert transfers.drift() == []
    assert stock.drift() == []
    print(f"{Shelves.steps} steps on {db.engine.dialect.name}")
