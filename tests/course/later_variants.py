"""Other ways to solve a lesson that have passed its check: no later check may be stuck on them."""

from __future__ import annotations

from dataclasses import replace

from tests.course import cure_variants, sharing_variants, timing_variants, tracing_variants
from tests.course.variant import Variant

RIGHT = {
    (variant.lesson, variant.what): variant
    for variants in (timing_variants, tracing_variants, cure_variants, sharing_variants)
    for variant in variants.VARIANTS
    if not variant.wrong
}

WHOLE_MATCH = """    with tracer.trace("match"):
        return best_match(beer, donuts)
"""
TASTES = """    scores = {donut: taste(beer.name, donut.name) for donut in candidates}
"""
MATCH_IS_TASTING = Variant(
    8,
    "only the tastes are in `match`",
    {
        "web.py": [
            (WHOLE_MATCH, "    return best_match(beer, donuts)\n"),
            (TASTES, '    with tracer.trace("match"):\n    ' + TASTES),
        ]
    },
)

VARIANTS = [
    MATCH_IS_TASTING,
    replace(MATCH_IS_TASTING, then=9),
    *(
        replace(RIGHT[lesson, what], then=then)
        for lesson, what, then in (
            (3, "a decorator where there is a function", 4),
            (6, "the service's name given to the middleware", 8),
            (8, "started and finished by hand; a decorator", 9),
            (12, "selectinload, a pipeline, two batches without a Session", 13),
            (12, "a join by hand", 13),
            (13, "the context copied by hand", 14),
            (13, "tasks of asyncio, in threads", 14),
        )
    ),
]
