"""What was inferred, and how right it is, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from collector.infer.critical_shares import Name, Shares
from collector.infer.hypotheses import Hypotheses
from collector.infer.inference import Inference
from collector.infer.operations import Operation
from collector.infer.score import EdgeKey, Ratio, Score
from collector.printable import printable

MAX_ROWS = 40
"""Rows of a table; how many more there are is said."""
MAX_RELATIONS = 8
MAX_OPERATIONS = 6


def report(
    inference: Inference,
    shares: Shares,
    of_operations: Mapping[Operation, float],
    hypotheses: Hypotheses,
) -> Iterator[str]:
    """Yield the lines about the graph, about the shares of services and operations in the critical
    path, and about what is a guess."""
    edges = inference.edges
    total = sum(edge.duration for edge in edges)
    yield from _table(
        ("caller", "called", "calls", "confidence", "guessed", "time", "by"),
        [
            (
                printable(edge.caller),
                printable(edge.called),
                f"{edge.calls:,}",
                f"{edge.confidence:.0%}",
                f"{edge.ambiguous:.0%}",
                f"{edge.duration / total:.0%}" if total else "-",
                edge.how,
            )
            for edge in edges
        ],
    )
    if not edges:
        yield "No service was found to call another one."
    if shares:
        yield f"\nOn the critical path: {_ranked(shares, MAX_ROWS)}"
        yield f"  {_ranked(of_operations, MAX_OPERATIONS)}"
    yield from _relations(hypotheses)
    yield from _guesses(inference)


def verdict(score: Score) -> Iterator[str]:
    """Yield the lines about how right the inference is."""
    yield f"\nCompared with {score.matched:,} traced requests:"
    yield from _table(
        ("", "precision", "recall", "right", "claimed", "true"),
        [
            _row("edges", score.edges),
            _row("edges, by calls", score.weighted),
            _row("calls", score.spans),
        ],
    )
    yield from _edges("missing", score.missing)
    yield from _edges("wrong", score.wrong)
    if score.shares_error is not None:
        yield f"Critical path: {score.shares_error:.1%} of the time is given to the wrong service"
    if score.only_records:
        yield f"{score.only_records:,} records are in no trace, and are not compared"
    if score.only_traces:
        yield f"{score.only_traces:,} traced requests are in no record, and are not compared"
    if score.unknown:
        names = ", ".join(map(printable, score.unknown[:MAX_ROWS]))
        yield f"Not compared, because they send no traces: {names}"


def _row(name: str, ratio: Ratio) -> tuple[str, ...]:
    counts = (ratio.right, ratio.claimed, ratio.true)
    return (
        name,
        f"{ratio.precision:.3f}",
        f"{ratio.recall:.3f}",
        *(f"{number:,}" for number in counts),
    )


def _edges(what: str, edges: Mapping[EdgeKey, int]) -> Iterator[str]:
    for caller, called in sorted(edges, key=lambda edge: (-edges[edge], edge))[:MAX_ROWS]:
        calls = f"{edges[caller, called]:,} calls"
        yield f"  {what}: {printable(caller)} → {printable(called)} ({calls})"


def _ranked(shares: Mapping[Name, float], most: int) -> str:
    """Return names with their shares, the largest first."""
    ranked = sorted(shares.items(), key=lambda item: (-item[1], str(item[0])))
    named = [f"{printable(str(name))} {share:.1%}" for name, share in ranked[:most]]
    return ", ".join([*named, f"and {len(ranked) - most:,} more"] if len(ranked) > most else named)


def _relations(hypotheses: Hypotheses) -> Iterator[str]:
    """Yield what orders the calls of one caller, those that most requests agree with first."""
    left = sorted(hypotheses.strongest(), key=lambda item: (-item[1], item[0]))
    refuted = len(hypotheses.refuted)
    if not left and not refuted:
        return
    yield f"\nRelations between calls: {len(left):,} left, {refuted:,} refuted"
    for relation, examples in left[:MAX_RELATIONS]:
        first, then = printable(str(relation.first)), printable(str(relation.then))
        what = f"{first} {relation.kind} {then}" if first != then else f"{first}: one at a time"
        yield f"  {what} ({examples:,} of {printable(str(relation.caller))})"


def _guesses(inference: Inference) -> Iterator[str]:
    if inference.guessed:
        guessed = len(inference.guessed)
        share = guessed / max(1, inference.placed)
        yield (
            f"\n{share:.0%} of the calls had more than one possible caller, because requests ran"
            f" side by side: those are guesses ({guessed:,} of {inference.placed:,})"
        )
    elif inference.placed:
        yield "\nEvery call had only one possible caller: nothing was guessed"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a table, names to the left and numbers to the right."""
    shown = list(rows)
    left_out = len(shown) - MAX_ROWS
    shown = shown[:MAX_ROWS]
    if not shown:
        return
    widths = [max(map(len, column)) for column in zip(head, *shown, strict=True)]
    is_text = [
        not any(cell[:1].isdigit() for cell in column) for column in zip(*shown, strict=True)
    ]
    for row in (head, *shown):
        cells = [
            cell.ljust(width) if text else cell.rjust(width)
            for cell, width, text in zip(row, widths, is_text, strict=True)
        ]
        yield "  ".join(cells).rstrip()
    if left_out > 0:
        yield f"… and {left_out:,} more"
