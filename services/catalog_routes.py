"""listing: the matchmaker's plain routes, which no lesson touches."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from sqlalchemy import select

from services import common_routes, database, errors, front_page, menu_pages, outage_answers
from services.dials import dials
from services.models import Beer, Donut, Review, db

routes = Blueprint("listing", __name__)

NEWEST = 20
"""Reviews on a beer's page."""


def add_to(app: Flask) -> None:
    """Give `app` these routes, the front page, the panel and the database.

    Call it last: of two routes with the same address the first one answers.
    """
    database.connect(app)
    common_routes.add_to(app, "web")
    outage_answers.answer_in_json(app)
    app.register_blueprint(front_page.routes)
    app.register_blueprint(routes)


def names(kind: type[Beer | Donut]) -> list[str]:
    """The names of all beers, or of all donuts."""
    return list(db.session.scalars(select(kind.name).order_by(kind.id)))


@routes.get("/beers")
def beers() -> Response:
    """All beers."""
    return jsonify(beers=[_beer(each) for each in db.session.scalars(select(Beer))])


@routes.get("/donuts")
def donuts() -> Response:
    """All donuts."""
    return jsonify(donuts=[_donut(each) for each in db.session.scalars(select(Donut))])


@routes.get("/beers/<name>")
def beer(name: str) -> Response:
    """One beer."""
    return jsonify(_beer(_one(Beer, name)))


@routes.get("/donuts/<name>")
def donut(name: str) -> Response:
    """One donut, with who bakes it."""
    found = _one(Donut, name)
    return jsonify(**_donut(found), baker=found.baker.name)


@routes.get("/beers/<name>/reviews")
def reviews(name: str) -> Response:
    """The newest reviews of a beer."""
    found = _one(Beer, name)
    newest = (
        select(Review)
        .filter_by(beer_id=found.id)
        .order_by(Review.day.desc(), Review.id.desc())
        .limit(NEWEST)
    )
    return jsonify(
        beer=found.name,
        reviews=[
            {"day": each.day, "stars": each.stars, "verdict": each.verdict}
            for each in db.session.scalars(newest)
        ],
    )


@routes.get("/menu")
def menu() -> Response:
    """Every beer with every donut, as it is printed: one megabyte."""
    pages = menu_pages.pages(names(Beer), names(Donut))
    if dials.MENU_STREAM:
        return menu_pages.streamed(pages)
    return jsonify(menu=list(pages))


def _beer(beer: Beer) -> dict[str, Any]:
    return {"name": beer.name, "style": beer.style, "hops": beer.hops}


def _donut(donut: Donut) -> dict[str, Any]:
    return {"name": donut.name, "sugar": donut.sugar}


def _one(kind: type[Any], name: str) -> Any:
    found = db.session.scalar(select(kind).filter_by(name=name.lower()))
    if found is None:
        errors.unknown(kind.__name__.lower(), name, names(kind))
    return found
