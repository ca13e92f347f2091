"""Does the process live, and can it serve?"""

from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from catalog import jobs, sequence
from catalog.db import transaction
from config import Settings
from storefront import create_app, indexing, worker
from tests.conftest import Clock
from tests.world import World, changing


def ready(app: Flask) -> tuple[int, dict[str, Any]]:
    response = app.test_client().get("/readyz")
    assert response.json is not None
    return response.status_code, response.json


def make_ready(app: Flask, clock: Clock) -> None:
    """An index of today, and a worker that has swept."""
    with app.app_context():
        indexing.rebuild_now()
        worker.ask_for_periodic(clock(), {})
        while worker.work_once():
            pass


def test_the_process_answers(app: Flask) -> None:
    response = app.test_client().get("/healthz")
    assert (response.status_code, response.json) == (200, {"ok": True})


def test_a_shop_with_everything_in_place_is_ready(app: Flask, world: World, clock: Clock) -> None:
    make_ready(app, clock)
    everything = {"ok": True, "database": "ok", "migrations": "ok", "index": "ok", "worker": "ok"}
    assert ready(app) == (200, everything)


def test_each_thing_that_is_missing_is_named(app: Flask, world: World) -> None:
    status, said = ready(app)
    assert status == 503
    assert said == {
        "ok": False,
        "database": "ok",
        "migrations": "ok",
        "index": "missing",
        "worker": "has not run yet",
    }


def test_a_silent_worker_is_noticed_after_five_minutes(app: Flask, world: World, clock: Clock) -> None:
    make_ready(app, clock)
    clock.advance(minutes=5)
    assert ready(app)[0] == 200
    clock.advance(seconds=1)
    status, said = ready(app)
    assert (status, said["worker"]) == (503, "silent for 301 s")


def test_an_index_far_behind_is_noticed(app: Flask, world: World, clock: Clock) -> None:
    make_ready(app, clock)
    with changing(app):
        for _ in range(500):
            sequence.advance()
    assert ready(app)[0] == 200
    with changing(app):
        sequence.advance()
    status, said = ready(app)
    assert (status, said["index"]) == (503, "501 changes behind")


def test_a_database_of_another_version_is_noticed(app: Flask, world: World, clock: Clock, session: Any) -> None:
    make_ready(app, clock)
    here = session.scalar(text("SELECT version_num FROM alembic_version"))
    with transaction():
        session.execute(text("UPDATE alembic_version SET version_num = 'old'"))
    try:
        status, said = ready(app)
    finally:
        with transaction():
            session.execute(text("UPDATE alembic_version SET version_num = :here"), {"here": here})
    assert (status, said["migrations"]) == (503, f"at old, code is at {here}")


def test_without_a_database_it_lives_but_is_not_ready(tmp_path: Path) -> None:
    app = create_app(
        Settings(environment="test", var=tmp_path, database_url=f"postgresql://nobody@/none?host={tmp_path}")
    )
    assert app.test_client().get("/healthz").status_code == 200
    status, said = ready(app)
    assert (status, said["ok"], said["database"]) == (503, False, "OperationalError")


def test_a_failed_sweep_is_no_sign_of_life(app: Flask, world: World, clock: Clock) -> None:
    with app.app_context():
        indexing.rebuild_now()
        with transaction():
            jobs.enqueue("orders.expire", {}, at=clock())
            job = jobs.claim(at=clock())
            assert job is not None
            jobs.failed(job, "no luck", at=clock())
    clock.advance(minutes=1)
    assert ready(app)[1]["worker"] == "has not run yet"
