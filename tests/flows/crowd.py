"""Many buyers at one shelf, each with a connection of their own: threads of this process, and other processes.

As a program it is one process of the crowd: ``python -m tests.flows.crowd <database> <level id> <name> <tries>``. It
says ``ready``, waits for a line, then tries to hold one unit as often as told, and prints what became of each try.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Barrier, Thread

from flask import Flask

from catalog import stock
from catalog.db import db, prepare_engine, transaction
from catalog.errors import OutOfStock
from tests.world import MONDAY_NINE

ROOT = Path(__file__).resolve().parents[2]
HELD, SOLD_OUT = "held", "sold out"


def hold_one(level_id: int, order_ref: str) -> str:
    """One buyer, one unit, one transaction."""
    try:
        with transaction():
            stock.hold(level_id, 1, order_ref=order_ref, until=None, actor="buyer", at=MONDAY_NINE)
    except OutOfStock:
        return SOLD_OUT
    return HELD


def in_threads(app: Flask, acts: Sequence[Callable[[], str]]) -> list[str]:
    """Each act in a thread and context of its own, all started at the same moment. An error answers with its words."""
    start, answers = Barrier(len(acts)), [""] * len(acts)

    def run(number: int) -> None:
        with app.app_context():
            start.wait()
            try:
                answers[number] = acts[number]()
            except Exception as error:
                answers[number] = f"{type(error).__name__}: {error}"

    threads = [Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def in_processes(count: int, *, url: str, level_id: int, tries: int) -> list[str]:
    """What became of every try of that many processes, all started at the same moment."""
    crowd = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.flows.crowd", url, str(level_id), f"P{number}", str(tries)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(count)
    ]  # fmt: skip
    for process in crowd:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in crowd:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [answer for process in crowd for answer in json.loads(process.communicate()[0])]


def main(url: str, level_id: str, name: str, tries: str) -> None:
    """One process of the crowd."""
    app = Flask("crowd")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps([hold_one(int(level_id), f"{name}-{number}") for number in range(int(tries))]))
        db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
