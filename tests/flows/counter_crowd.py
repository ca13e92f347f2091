"""One process of a crowd at one shelf: buyers who order over the internet, or the clerk who sells over the counter.

``python -m tests.flows.counter_crowd <database> buyer|clerk <outlet id> <variant id> <user id> <name> <tries>``. It says
``ready``, waits for a line, then tries as often as told to get one unit, and prints what became of each try.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from catalog.db import db, prepare_engine, transaction
from catalog.errors import DomainError, OutOfStock
from catalog.memberships import Staff, find_staff
from catalog.people import User
from checkout import carts, sales, tickets
from checkout.contact import Contact
from checkout.delivery import Collect
from tests.checkout.factories import RULES, make_request, place
from tests.world import MONDAY_NINE

ROOT = Path(__file__).resolve().parents[2]
SOLD = "sold"


def order_one(outlet_id: int, variant_id: int, name: str, number: int) -> None:
    """A buyer, one unit to collect."""
    cart = carts.open_cart(at=MONDAY_NINE)
    if not carts.put(cart, variant_id, 1, at=MONDAY_NINE, rules=RULES).quantity:
        raise OutOfStock(str(variant_id), wanted=1, free=0)  # the page says so, and the cart stays empty
    contact = Contact(f"{name} {number}", f"09{ord(name[-1]):03d}{number:05d}")
    place(cart, make_request(Collect(outlet_id), contact=contact), submit_token=f"{name}-{number}")


def sell_one(outlet_id: int, variant_id: int, clerk: Staff) -> None:
    """The clerk, one unit for cash."""
    tickets.clear(outlet_id, by=clerk, at=MONDAY_NINE)
    tickets.add(outlet_id, variant_id, 1, by=clerk, at=MONDAY_NINE, rules=RULES)
    view = tickets.view(tickets.find_ticket(outlet_id, clerk.user_id), outlet_id, at=MONDAY_NINE, rules=RULES)
    sales.pay_cash(outlet_id, shown_total=view.total, by=clerk, at=MONDAY_NINE, rules=RULES)


def attempt(act: Callable[[], None]) -> str:
    """One try in one transaction; a refusal answers with its name."""
    try:
        with transaction():
            act()
    except DomainError as error:
        return type(error).__name__
    return SOLD


def in_processes(url: str, *crowd: tuple[str, int, int, int, str, int]) -> list[str]:
    """What became of every try of these processes, all started at the same moment."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.flows.counter_crowd", url, *(str(word) for word in words)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for words in crowd
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [answer for process in processes for answer in json.loads(process.communicate()[0])]


def main(url: str, role: str, outlet: str, variant: str, user: str, name: str, tries: str) -> None:
    """One process of the crowd."""
    app = Flask("crowd")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
        clerk = find_staff(db.session.get_one(User, int(user))) if role == "clerk" else None
        print("ready", flush=True)
        sys.stdin.readline()
        answers = [
            attempt(
                lambda n=n: (  # type: ignore[misc]
                    sell_one(int(outlet), int(variant), clerk)
                    if clerk
                    else order_one(int(outlet), int(variant), name, n)
                )
            )
            for n in range(int(tries))
        ]
        print(json.dumps(answers))
        db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
