"""SPOILERS: what is sound in every sealed build."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import requests
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from services import catalog_routes, errors, flavour
from services.current_trace import tag
from services.dials import dials
from services.models import Beer, Donut, db
from tracer import tracer

TASTER_URL = os.environ.get("TASTER_URL") or "http://127.0.0.1:5001"
TIMEOUT_S = 20

taster = requests.Session()
dials.DB_POOL_SIZE = 16  # nobody waits for the database


def asked_beer() -> Beer:
    """Return the beer in `?name=`, or answer with 400 or 404."""
    name = errors.required("name")
    tag("beer.name", name)
    with tracer.trace("beer.query", service="db"):
        beer = db.session.scalar(select(Beer).filter_by(name=name))
    if beer is None:
        errors.unknown("beer", name, catalog_routes.names(Beer))
    return beer


def awake_donuts() -> list[Donut]:
    """Return the donuts whose bakers are awake, with their bakers: one query."""
    with tracer.trace("donuts.query", service="db"):
        query = select(Donut).options(joinedload(Donut.baker))
        return [donut for donut in db.session.scalars(query) if donut.baker.awake]


def candidates(beer: Beer, donuts: Sequence[Donut], opinions: Mapping[str, int]) -> list[str]:
    """Return the names of the donuts worth tasting, and give the database connection back."""
    names = [donut.name for donut in flavour.candidates(beer.hops, donuts, opinions)]
    db.session.close()
    return names


def taste_all(beer: str, donuts: Sequence[str]) -> dict[str, float]:
    """Ask the taster about all of them in one call."""
    answer = taster.post(
        f"{TASTER_URL}/taste", json={"beer": beer, "donuts": list(donuts)}, timeout=TIMEOUT_S
    )
    answer.raise_for_status()
    scores: dict[str, float] = answer.json()["scores"]
    return scores


def best(scores: Mapping[str, float]) -> str:
    """Return the donut with the highest score."""
    donut = max(scores, key=lambda name: (scores[name], name))
    tag("donut.name", donut)
    return donut
