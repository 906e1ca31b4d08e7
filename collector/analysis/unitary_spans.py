"""Traces of which each span was kept or not by itself: what is missing from them."""

from __future__ import annotations

from collections.abc import Iterable

from collector.analysis.anomaly import Anomaly
from collector.kept_probability import MIN_PROBABILITY, SPAN_TAG
from collector.model import Span


def unitary_anomalies(spans: Iterable[Span]) -> list[Anomaly]:
    """Return, as an anomaly at the first of them, that spans were sampled one by one; none if none
    says so.

    A span that was kept with probability p stands for 1 / p, so 1 / p − 1 like it are missing, on
    average.
    """
    kept = [(span, rate) for span in spans if SPAN_TAG in span.tags and (rate := _rate(span)) < 1]
    if not kept:
        return []
    missing = round(sum(1 / rate - 1 for _, rate in kept))
    share = f"{100 * kept[0][1]:.3g} %"
    what = f"{share} of the spans were kept, each by chance; about {missing:,} more are missing"
    return [Anomaly("sampled_spans", kept[0][0].span_id, what)]


def _rate(span: Span) -> float:
    rate = span.tags[SPAN_TAG]
    return rate if isinstance(rate, (int, float)) and MIN_PROBABILITY <= rate <= 1 else 1.0
