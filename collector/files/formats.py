"""The formats in which traces can be saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from collector.files.writers import chrome, jaeger, otlp, own, text, zipkin
from collector.model import Chunk

JSON = "application/json"
JSON_LINES = "application/x-ndjson"
TEXT = "text/plain; charset=utf-8"


class Format(NamedTuple):
    """How to save traces in one format."""

    write: Callable[[Iterable[Chunk]], Iterator[bytes]]
    media_type: str
    ending: str
    """How names of its files end."""


FORMATS = {
    "otlp": Format(otlp.write, JSON, "otlp.json"),
    "otlp-lines": Format(otlp.write_lines, JSON_LINES, "otlp.jsonl"),
    "zipkin": Format(zipkin.write, JSON, "zipkin.json"),
    "jaeger": Format(jaeger.write, JSON, "jaeger.json"),
    "chrome": Format(chrome.write, JSON, "chrome.json"),
    "json": Format(own.write, JSON, "json"),
}
"""The formats by the names under which they are asked for."""

TRACE_FORMATS = FORMATS | {
    "text": Format(text.write, TEXT, "txt"),
    "text-unfolded": Format(text.write_unfolded, TEXT, "txt"),
    "markdown": Format(text.write_markdown, TEXT, "md"),
}
"""The formats of a single trace: besides those, what people read."""

SPAN_FORMATS = TRACE_FORMATS | {
    "text": Format(text.write_details, TEXT, "txt"),
    "markdown": Format(text.write_details_markdown, TEXT, "md"),
}
"""The formats of a single span, of which people want to read everything."""
