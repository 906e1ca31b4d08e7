"""The front page: choose a beer, get a donut, see how long it took and where to look why."""

from __future__ import annotations

import os
import secrets
import time
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from services.current_trace import trace_id
from services.flavour import HOPS
from services.menu import BEERS, DONUTS

UI_URL = (os.environ.get("UI_URL") or "http://127.0.0.1:8080").rstrip("/")

BEER_COLOURS = {
    "#2e1a14": "black stout porter",
    "#7d4320": "brown dunkel dubbel bock",
    "#c8672a": "amber barleywine",
    "#c03b4d": "lambic",
    "#f3d27c": "hazy wit weizen gose",
    "#eda935": "ipa pale saison tripel",
    "#f6cf63": "",
}
ICINGS = {
    "#6b3a24": "chocolate mocha tiramisu forest road praline hazelnut",
    "#d08a3c": "caramel maple honey treacle leche churro cinnamon gingerbread lebkuchen brittle",
    "#b5c96a": "matcha pistachio olive",
    "#f2c14e": "lemon mango passion orange custard banoffee almond apple cider",
    "#f08a3c": "pumpkin rhubarb",
    "#7d6bd6": "blueberry earl",
    "#e0496d": "raspberry jelly",
    "#f4ead6": "coconut cream buttermilk glazed alaska salted marshmallow s'more poppy old",
    "#f06c9b": "",
}
"""Colours by the words that they go with; the last one fits all. So do `BEER_COLOURS`."""

routes = Blueprint("front", __name__, template_folder="templates")


@routes.get("/")
def page() -> Response:
    """Answer with the page; `?name=ipa` adds the pairing, for browsers without scripts."""
    name = request.args.get("name", "").strip().lower()
    nonce = secrets.token_urlsafe(16)
    answer = make_response(
        render_template(
            "front.html",
            beers=[
                {"name": beer.name, "style": beer.style, "colour": colour(beer.name, BEER_COLOURS)}
                for beer in BEERS
            ],
            chosen=name if name in HOPS else "ipa",
            result=_pair() if name else None,
            icings={donut.name: colour(donut.name, ICINGS) for donut in DONUTS},
            ui_url=UI_URL,
            nonce=nonce,
        )
    )
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}';"
        " connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def colour(name: str, colours: dict[str, str]) -> str:
    """Return the first colour with a word that is in the name of the beer or donut, as #rrggbb."""
    return next(
        hex_colour
        for hex_colour, words in colours.items()
        if not words or any(word in name for word in words.split())
    )


def _pair() -> dict[str, Any]:
    """Return the answer of /pair/beer to this request, the seconds it took and the trace's id."""
    endpoint, _ = current_app.url_map.bind("").match("/pair/beer")
    started = time.perf_counter()
    try:
        answer = make_response(current_app.view_functions[endpoint]())
    except Exception as problem:
        answer = make_response(_error_answer(problem))
    seconds = time.perf_counter() - started
    return {"answer": answer.get_json(), "seconds": seconds, "trace_id": trace_id()}


def _error_answer(problem: Exception) -> Any:
    """Return what Flask would answer if the exception had left the view."""
    if isinstance(problem, HTTPException) and problem.response is not None:
        return problem.response  # with its body, which Flask would leave out for HEAD
    try:
        return current_app.handle_user_exception(problem)
    except Exception:
        return current_app.handle_exception(problem)
