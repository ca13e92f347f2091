"""Which shelves serve an order: fewest outlets first, then the nearest. Pure.

One to ``EXACT`` outlets are found by looking at every combination; an order that needs more is rare, and a greedy
choice (whoever has most of what is missing) is good enough for it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from catalog.errors import Conflict
from catalog.stock import Shelf

EXACT = 3

Supply = Mapping[int, Mapping[int, int]]
"""Free units: outlet → variant → units."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Take ``quantity`` units of a variant from this shelf (one lot at one outlet)."""

    outlet_id: int
    level_id: int
    lot_id: int
    variant_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Short:
    """A variant of which fewer units are free than are wanted."""

    variant_id: int
    wanted: int
    free: int


class Shortage(Conflict):
    """Some of what is wanted is not there. ``lines``: every variant that falls short."""

    def __init__(self, lines: Sequence[Short]) -> None:
        super().__init__(", ".join(f"variant {line.variant_id}: {line.free} of {line.wanted}" for line in lines))
        self.lines = tuple(lines)


def allocate(wants: Mapping[int, int], shelves: Sequence[Shelf], *, distances: Mapping[int, float]) -> tuple[Pick, ...]:
    """Pick every wanted unit.

    wants: variant → units, each at least 1.    shelves: first expired first, as ``stock.shelves`` gives them.
    distances: outlet → kilometres, for the outlets that may serve; shelves of others are not touched.

    Raises Shortage with every variant that these outlets together cannot cover.
    """
    usable = [shelf for shelf in shelves if shelf.outlet_id in distances and shelf.variant_id in wants]
    supply = _supply(usable)
    missing = [
        Short(variant, wanted, free)
        for variant, wanted in wants.items()
        if (free := sum(outlet.get(variant, 0) for outlet in supply.values())) < wanted
    ]
    if missing:
        raise Shortage(missing)
    outlets = _fewest(wants, supply, distances) or _greedy(wants, supply, distances)
    return _take(wants, usable, sorted(outlets, key=lambda outlet: (distances[outlet], outlet)))


def _supply(shelves: Sequence[Shelf]) -> Supply:
    supply: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for shelf in shelves:
        supply[shelf.outlet_id][shelf.variant_id] += shelf.free
    return supply


def _fewest(wants: Mapping[int, int], supply: Supply, distances: Mapping[int, float]) -> tuple[int, ...]:
    """The nearest of the smallest combinations that cover everything; empty when more than EXACT are needed."""
    for size in range(min(EXACT, len(supply)) + 1):
        covering = [group for group in combinations(sorted(supply), size) if _covers(group, wants, supply)]
        if covering:
            return min(covering, key=lambda group: (sum(distances[outlet] for outlet in group), group))
    return ()


def _greedy(wants: Mapping[int, int], supply: Supply, distances: Mapping[int, float]) -> tuple[int, ...]:
    """Again and again the outlet with most of what is missing; then drop whoever turned out not to be needed."""
    chosen: list[int] = []
    while not _covers(chosen, wants, supply):
        missing = {variant: wanted - _free(chosen, variant, supply) for variant, wanted in wants.items()}

        def gain(outlet: int, missing: Mapping[int, int] = missing) -> int:
            return sum(min(supply[outlet].get(variant, 0), max(0, units)) for variant, units in missing.items())

        rest = [outlet for outlet in supply if outlet not in chosen]
        chosen.append(min(rest, key=lambda outlet: (-gain(outlet), distances[outlet], outlet)))
    for outlet in sorted(chosen, key=lambda outlet: -distances[outlet]):
        others = [other for other in chosen if other != outlet]
        if _covers(others, wants, supply):
            chosen = others
    return tuple(chosen)


def _covers(outlets: Sequence[int], wants: Mapping[int, int], supply: Supply) -> bool:
    return all(_free(outlets, variant, supply) >= wanted for variant, wanted in wants.items())


def _free(outlets: Sequence[int], variant: int, supply: Supply) -> int:
    return sum(supply[outlet].get(variant, 0) for outlet in outlets)


def _take(wants: Mapping[int, int], shelves: Sequence[Shelf], outlets: Sequence[int]) -> tuple[Pick, ...]:
    """Units from the nearest outlet first, within an outlet from the lot that expires first."""
    left = dict(wants)
    picks: list[Pick] = []
    for outlet in outlets:
        for shelf in shelves:
            units = min(shelf.free, left[shelf.variant_id])
            if shelf.outlet_id == outlet and units > 0:
                left[shelf.variant_id] -= units
                picks.append(Pick(outlet, shelf.level_id, shelf.lot_id, shelf.variant_id, units))
    return tuple(picks)
