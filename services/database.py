"""The connection to the database, and the delay that a database on another machine would add."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import URL, Engine, Select, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import ORMExecuteState, joinedload
from sqlalchemy.pool import QueuePool

from services import seed
from services.dials import dials, pause
from services.models import Donut, db

REPOSITORY = Path(__file__).resolve().parent.parent
LOCK_TIMEOUT_S = 60
"""Seconds that SQLite waits while another process is writing."""


class DialledPool(QueuePool):
    """A pool of exactly as many connections as the dial DB_POOL_SIZE says."""

    def __init__(self, creator: Any, **options: Any) -> None:
        options.update(pool_size=dials.DB_POOL_SIZE, max_overflow=0)
        super().__init__(creator, **options)


def connect(app: Flask) -> None:
    """Connect `app` to the database that DATABASE_URL names, and fill it if it is empty.

    If it can't be reached yet, each query tries again. Exits if DATABASE_URL makes no sense, or if
    the database is not this app's.
    """
    url = database_url()
    options: dict[str, Any] = {"poolclass": DialledPool}
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": LOCK_TIMEOUT_S}
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=options)
    try:
        db.init_app(app)
    except (NoSuchModuleError, ImportError) as problem:
        raise SystemExit(f"DATABASE_URL {url!r} needs a driver: {problem}") from None
    with app.app_context():
        engine = db.engine
    event.listen(engine, "do_execute", _round_trip)
    event.listen(db.session, "do_orm_execute", _join_bakers)
    dials.on_turn("DB_POOL_SIZE", engine.dispose)
    dials.on_turn("REVIEWS_INDEX", lambda: seed.index_reviews(engine, bool(dials.REVIEWS_INDEX)))
    _fill_when_reachable(engine)


def database_url() -> URL:
    """Return DATABASE_URL, by default the file beer.db in DATA_DIR.

    A relative path starts from the current folder. Exits if it makes no sense.
    """
    text = os.environ.get("DATABASE_URL")
    if not text:
        data = Path(os.environ.get("DATA_DIR") or REPOSITORY / "data")
        text = f"sqlite:///{data / 'beer.db'}"
    try:
        url = make_url(text)
    except ArgumentError:
        raise SystemExit(
            f"DATABASE_URL {text!r} is not the address of a database. Examples:"
            " sqlite:///data/beer.db, postgresql+psycopg://user:password@localhost/beer"
        ) from None
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        file = Path(str(url.database)).absolute()  # Flask-SQLAlchemy would start from elsewhere
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise SystemExit(f"no folder for the database {file}: {problem.strerror}") from None
        url = url.set(database=str(file))
    return url


def _fill_when_reachable(engine: Engine) -> None:
    filled = threading.Event()
    one_at_a_time = threading.Lock()

    def fill() -> None:
        if filled.is_set():
            return
        with one_at_a_time:
            if not filled.is_set():
                seed.fill(engine)
                seed.index_reviews(engine, bool(dials.REVIEWS_INDEX))
                filled.set()

    try:
        fill()
    except seed.NotOursError as problem:
        raise SystemExit(str(problem)) from None
    except DBAPIError as problem:
        print(
            f"web: {engine.url!r} does not answer ({problem.orig}); trying again later", flush=True
        )
        event.listen(db.session, "do_orm_execute", lambda _: fill())


def _round_trip(cursor: Any, statement: str, parameters: Any, context: Any) -> None:
    """Delay a statement by the round trip to a database on another machine."""
    pause(dials.SQL_ROUND_TRIP_MS)


def _join_bakers(query: ORMExecuteState) -> None:
    """Load the bakers in the donuts' own query, if the dial says so."""
    statement = query.statement
    if not dials.BAKERS_JOINED or query.is_relationship_load or not isinstance(statement, Select):
        return
    if any(column["expr"] is Donut for column in statement.column_descriptions):
        query.statement = statement.options(joinedload(Donut.baker))
