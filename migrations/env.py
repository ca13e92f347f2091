"""Runs migrations on SQLite and PostgreSQL alike.

SQLite changes a table by copying it. With foreign keys switched on that copy deletes child rows, and the pragma has
no effect inside a transaction: it is switched off on the raw connection first, and the keys are checked before the
commit.
"""

from alembic import context
from sqlalchemy import create_engine, text

from catalog import (  # noqa: F401
    applications,
    attempts,
    certificates,
    evidence,
    fairs,
    history,
    invitations,
    jobs,
    lots,
    maker_invitations,
    makers,
    memberships,
    outlets,
    people,
    producers,
    products,
    receipts,
    renewals,
    replenishment,
    revisions,
    rulebook,
    scans,
    second_factor,
    sequence,
    stock,
    stocktakes,
    submissions,
    supports,
    traces,
    transfers,
    visits,
)
from catalog.db import Base
from checkout import (  # noqa: F401
    carts,
    orders,
    payments,
    recalls,
    reviews,
    sales,
    sales_figures,
    tickets,
    tills,
)


def run() -> None:
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=sqlite,
            compare_type=True,
            compare_server_default=True,
        )
        with connection.begin():
            context.run_migrations()
            if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
                raise RuntimeError(f"foreign keys do not hold: {broken[:5]}")
    engine.dispose()


run()
