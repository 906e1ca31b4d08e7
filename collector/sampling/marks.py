"""What a kept trace says of why it was kept."""

from __future__ import annotations

from collector.kept_probability import TAIL_TAG
from collector.model import Chunk, Span
from collector.sampling.holding import Decision
from collector.store.why_kept import KEPT_TAG


def marked(chunk: Chunk, decision: Decision) -> Chunk:
    """Return a chunk whose spans say why they were kept.

    Each part says it for itself: which of its spans are marked must not depend on what else has
    come by now, or a part that is stored again would not be known as the same.
    """
    if not decision.reason:
        return chunk
    ids = {span.span_id for span in chunk.spans}
    for span in chunk.spans:
        if span.parent_id not in ids:
            span.tags[KEPT_TAG] = decision.reason
            if (rate := decision.probability * _rate(span)) < 1:
                span.tags[TAIL_TAG] = rate
    return chunk


def _rate(span: Span) -> float:
    """Return the probability with which another collector has kept this span before."""
    rate = span.tags.get(TAIL_TAG)
    return rate if isinstance(rate, float) and 0 < rate < 1 else 1.0
