"""The sampling laboratory: what samples of the stored traces would still tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from ui.charts.error_ranges import ErrorRanges, error_ranges, name_of
from ui.client import RefusedError
from ui.links import link
from ui.scope import Scope, scope_from
from ui.screen import Answer, ask, bad_query_page, scope_context
from ui.words.footnotes import Footnotes
from ui.words.wording import percent, signed_percent, three_digits

PATH = "/sampling/laboratory"
AGAIN_S = 2
"""When a browser asks again while the collector is at work."""

blueprint = Blueprint("laboratory", __name__)


@dataclass(frozen=True)
class LaboratoryView:
    """What came of an experiment, if there was one, or how far it is."""

    scope: Scope
    seed: str
    answer: Answer | None = None

    @property
    def is_at_work(self) -> bool:
        """Whether the collector has no answer yet."""
        return self.answer is not None and "done" in self.answer

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(lab=(self.answer or {}).get("how", {}))

    @property
    def samplings(self) -> list[dict[str, Any]]:
        """The ways to sample."""
        return list(self.answer["samplings"]) if self.answer else []

    @property
    def chart(self) -> ErrorRanges:
        """How far percentiles are off, as drawn."""
        return error_ranges(self.samplings)

    @property
    def by_rate(self) -> list[dict[str, Any]]:
        """The heads, each with the time that it needs until p99 is right."""
        return [each for each in self.samplings if each["way"] == "head" and each["takes_s"]]

    @property
    def broken(self) -> list[dict[str, Any]]:
        """What unitary sampling leaves of traces."""
        return [each for each in self.samplings if "broken" in each]


@blueprint.get(PATH)
def page() -> str | tuple[str, int] | Response:
    """Show the laboratory; with `run=1` what comes of an experiment, or how far it is."""
    scope = scope_from(request.args)
    seed = request.args.get("seed", "")
    seed = seed if re.fullmatch("[0-9]{1,9}", seed) else "1"
    answer = None
    if request.args.get("run") == "1":
        if scope.last:
            return _pinned(scope, seed)
        try:
            answer = ask("/api/sampling/laboratory", scope, seed=seed)
        except RefusedError as refusal:
            return bad_query_page(scope, PATH, refusal)
    view = LaboratoryView(scope, seed, answer)
    return render_template(
        "laboratory.html",
        view=view,
        again_s=AGAIN_S,
        name_of=name_of,
        error_in_words=error_in_words,
        points_in_words=points_in_words,
        shares_in_words=shares_in_words,
        **scope_context(scope),
    )


def _pinned(scope: Scope, seed: str) -> Response:
    """Lead to the same question with a fixed beginning: else it would be another one each time that
    the browser asks again."""
    fixed = scope.collector_parameters | {"run": "1", "seed": seed}
    return redirect(link(PATH, **fixed), 303)


def error_in_words(error: Mapping[str, float] | None) -> str:
    """Return between which a relative error is: `−10 % to +9 %`."""
    return f"{signed_percent(error['low'])} to {signed_percent(error['high'])}" if error else "–"


def points_in_words(error: Mapping[str, float] | None) -> str:
    """Return between which a difference of two shares is: `−0.8 to +0.8 points`."""
    return f"{_points(error['low'])} to {_points(error['high'])} points" if error else "–"


def shares_in_words(error: Mapping[str, float] | None) -> str:
    """Return between which a share is that cannot be below 0: `0 % to 6.4 %`."""
    return f"{percent(error['low'])} to {percent(error['high'])}" if error else "–"


def _points(share: float) -> str:
    sign = "+" if share > 0 else "−" if share < 0 else "±"
    return f"{sign}{three_digits(abs(100 * share))}"
