"""The matchmaker's plain routes, which most lessons do not touch: beers, donuts, reviews, menu."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from sqlalchemy import select

from services import (
    common_routes,
    database,
    errors,
    front_page,
    menu_pages,
    orders,
    outage_answers,
)
from services.dials import dials
from services.models import Beer, Donut, Review, db

routes = Blueprint("catalog", __name__)

MAX_REVIEWS = 20
"""Reviews in one answer, the newest of a beer."""


def add_to(app: Flask) -> None:
    """Add these routes, the common ones, the front page, the database and the count of orders to
    `app`.

    Call it last: of two routes with the same address, the first one answers.
    """
    database.connect(app)
    common_routes.add_to(app, "web")
    outage_answers.answer_in_json(app)
    app.register_blueprint(front_page.routes)
    app.register_blueprint(routes)
    orders.add_to(app)


def names(kind: type[Beer | Donut]) -> list[str]:
    """Return the names of all beers, or of all donuts."""
    return list(db.session.scalars(select(kind.name).order_by(kind.id)))


@routes.get("/beers")
def beers() -> Response:
    """Answer with all beers."""
    return jsonify(beers=[_beer(beer) for beer in db.session.scalars(select(Beer))])


@routes.get("/donuts")
def donuts() -> Response:
    """Answer with all donuts."""
    return jsonify(donuts=[_donut(donut) for donut in db.session.scalars(select(Donut))])


@routes.get("/beers/<name>")
def beer(name: str) -> Response:
    """Answer with one beer."""
    return jsonify(_beer(_one(Beer, name)))


@routes.get("/donuts/<name>")
def donut(name: str) -> Response:
    """Answer with one donut and its baker."""
    donut = _one(Donut, name)
    return jsonify(**_donut(donut), baker=donut.baker.name)


@routes.get("/beers/<name>/reviews")
def reviews(name: str) -> Response:
    """Answer with the newest reviews of a beer."""
    beer = _one(Beer, name)
    newest = (
        select(Review)
        .filter_by(beer_id=beer.id)
        .order_by(Review.day.desc(), Review.id.desc())
        .limit(MAX_REVIEWS)
    )
    return jsonify(
        beer=beer.name,
        reviews=[
            {"day": review.day, "stars": review.stars, "verdict": review.verdict}
            for review in db.session.scalars(newest)
        ],
    )


@routes.get("/menu")
def menu() -> Response:
    """Answer with the printed menu, every beer with every donut: one megabyte."""
    pages = menu_pages.pages(names(Beer), names(Donut))
    if dials.MENU_STREAM:
        return menu_pages.streamed(pages)
    return jsonify(menu=list(pages))


def _beer(beer: Beer) -> dict[str, Any]:
    return {"name": beer.name, "style": beer.style, "hops": beer.hops}


def _donut(donut: Donut) -> dict[str, Any]:
    return {"name": donut.name, "sugar": donut.sugar}


def _one(kind: type[Any], name: str) -> Any:
    """Return the beer or donut of that name, or answer with 404."""
    row = db.session.scalar(select(kind).filter_by(name=name.lower()))
    if row is None:
        errors.unknown(kind.__name__.lower(), name, names(kind))
    return row
