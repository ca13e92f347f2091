"""Two questions a machine asks: does the process live, and can it serve?"""

from datetime import timedelta

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from catalog import jobs, sequence
from storefront import migrating
from storefront.outside import outside

bp = Blueprint("health", __name__)

WORKER_SILENCE = timedelta(minutes=5)
INDEX_LAG = 500


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(ok=True)


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Database, migrations, search index and worker, each with what is wrong; 503 when any is."""
    checks = {"database": _database(), "migrations": "", "index": "", "worker": ""}
    if not checks["database"]:
        checks |= {"migrations": migrating.fault(), "index": _index(), "worker": _worker()}
    ok = not any(checks.values())
    answer = jsonify(ok=ok, **{name: fault or "ok" for name, fault in checks.items()})
    return answer, 200 if ok else 503


def _database() -> str:
    try:
        sequence.current()
    except SQLAlchemyError as error:
        return type(error).__name__
    return ""


def _index() -> str:
    status = outside().index.status()
    if not status.ok:
        return "missing"
    behind = sequence.current() - status.sequence
    return "" if behind <= INDEX_LAG else f"{behind} changes behind"


def _worker() -> str:
    last = jobs.last_done_at("orders.expire")
    if last is None:
        return "has not run yet"
    silence = outside().now() - last
    return "" if silence <= WORKER_SILENCE else f"silent for {int(silence.total_seconds())} s"
