"""A trace as people paste it into an issue or a chat: plain text, or Markdown around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone

from collector.analysis.tree import Tree, build_tree
from collector.counted import counted
from collector.files.waterfall import extent, readable, waterfall
from collector.model import Chunk, Span, TagValue, number_text
from collector.printable import printable


def write(traces: Iterable[Chunk], fold: bool = True) -> Iterator[bytes]:
    """Yield each trace as a waterfall, its similar calls on one line if `fold`."""
    for trace in traces:
        for line in _waterfall(build_tree(trace.spans), fold):
            yield f"{line}\n".encode(errors="replace")


def write_unfolded(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield each trace as a waterfall with a line for every span."""
    return write(traces, fold=False)


def write_details(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield everything about each span, one after the other."""
    for trace in traces:
        for span in trace.spans:
            for line in _details(trace.trace_id, span):
                yield f"{line}\n".encode(errors="replace")


def write_markdown(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield each trace as Markdown: a title, and below it the waterfall."""
    return _markdown(traces, write)


def write_details_markdown(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield each trace as Markdown: a title, and below it everything about its spans."""
    return _markdown(traces, write_details)


def _markdown(
    traces: Iterable[Chunk], written: Callable[[Iterable[Chunk]], Iterator[bytes]]
) -> Iterator[bytes]:
    for trace in traces:
        tree = build_tree(trace.spans)
        first = tree.spans[0]
        title = _escaped(f"{first.service} {title_of(first)}")
        _, whole = extent(tree)
        figures = f"{counted(len(tree), 'span')} in {readable(whole)}"
        yield f"**{title}**: {figures}, trace `{trace.trace_id}`\n\n".encode(errors="replace")
        text = b"".join(written([trace]))
        fence = _fence(text.decode())
        yield f"{fence}text\n".encode() + text + f"{fence}\n".encode()


def _waterfall(tree: Tree, fold: bool) -> Iterator[str]:
    yield from waterfall(tree, fold)
    _, whole = extent(tree)
    yield f"{counted(len(tree), 'span')} in {readable(whole)}."


def _details(trace_id: str, span: Span) -> Iterator[str]:
    yield f"{printable(span.service)} {_one_line(title_of(span))}"
    yield f"  duration: {readable(span.duration)}"
    yield f"  start: {_moment(span.start)}"
    if span.error:
        yield "  failed"
    yield f"  span: {span.span_id:016x}"
    if span.parent_id:
        yield f"  parent: {span.parent_id:016x}"
    yield f"  trace: {trace_id}"
    if span.type:
        yield f"  type: {_one_line(span.type)}"
    yield from _tags(span.tags, "  ")
    for event in span.events:
        yield f"  event {readable(max(event.time - span.start, 0))} after: {_one_line(event.name)}"
        yield from _tags(event.attributes, "    ")
    for link in span.links:
        yield f"  link to {link.trace_id} {link.span_id:016x}"
        yield from _tags(link.attributes, "    ")


def title_of(span: Span) -> str:
    """Return a span's name, and its resource if that says more."""
    return span.name if span.resource == span.name else f"{span.name} {span.resource}"


def _tags(tags: Mapping[str, TagValue], indent: str) -> Iterator[str]:
    for key, value in tags.items():
        first, *more = number_text(value).splitlines() or [""]
        yield f"{indent}{_one_line(key)}: {printable(first)}"
        yield from (f"{indent}  {printable(line)}" for line in more)


def _moment(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 10**9)
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _escaped(text: str) -> str:
    """Return a text in which nothing is Markdown or HTML."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]<>#|!~&" else char for char in _one_line(text))


def _fence(text: str) -> str:
    """Return a fence that the text cannot close."""
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return "`" * max(3, longest + 1)
