"""Lesson 4 is done once all lines of a request, in both services, carry an id that is its own."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from itertools import pairwise

from tutor.checks import PAIRING, UNKNOWN_BEER, Probe, Reply, expect, same_answers

PARTS = (r"\bpair\b", r"beer[._ ]query", r"donuts[._ ]query", r"\b(best_)?match\b")
TASTE = "/taste?beer=ipa&donut=jelly"
HEADER = "X-Request-ID"

TOKEN = re.compile(r"[0-9A-Za-z_-]{6,}")
"""What may be an id, however it is written."""
QUICK_PROBES = 8
RANDOM_ENOUGH = 24
"""Of two ids of 64 random bits 32 differ on average, give or take 4. Eight in a row with fewer than
this are no accident; the clock's differ in some 15."""


def check(app: Probe) -> None:
    """An id that is sent is kept and sent on; otherwise each request gets a random one."""
    same_answers(app)
    mine = f"check-{secrets.token_hex(4)}"
    tasted = must_be_kept_by_the_taster(app, mine)
    must_be_sent_on(app, f"check-{secrets.token_hex(4)}", tasted, mine)
    must_be_random(app)


def must_be_kept_by_the_taster(app: Probe, sent: str) -> list[str]:
    """The taster's lines about a request that brings the id `sent`: all of them carry it."""
    reply = app.get_taster(TASTE, headers={HEADER: sent})
    lines = app.log_lines(since=reply)
    look = app.code.place("/taste", "taster.py")
    expect(
        lines,
        expected=f"a line of the taster's in {app.code.name_of('timing.log')} for each taste",
        seen="no line",
        look=look,
    )
    expect(
        all(sent in line for line in lines),
        expected=f"that the taster writes the id it was sent: {HEADER}: {sent}",
        seen="a line without it",
        look=look,
        detail=lines,
    )
    return lines


def must_be_sent_on(app: Probe, sent: str, tasted: list[str], tasted_id: str) -> None:
    """A pairing that brings the id `sent` leaves it in all its lines, also in the taster's, which
    look like those in `tasted`."""
    reply = app.get(PAIRING, headers={HEADER: sent})
    written = app.log_lines(since=reply)
    lines = [line for line in written if sent in line]
    others = [line for line in written if sent not in line]
    for part in PARTS:
        expect(
            any(re.search(part, line) for line in lines),
            expected=f"that web keeps the id it was sent, {HEADER}: {sent}, and writes it into"
            f" every line, among them the one about `{plain(part)}`",
            seen="no such line with that id",
            look=app.code.place("/pair/beer"),
            detail=written[:5],
        )
    of_taster = {shape(line, tasted_id) for line in tasted}
    expect(
        any(shape(line, sent) in of_taster for line in lines),
        expected=f"lines of the taster's with web's id, {sent}: web must send it along, in the"
        f" header {HEADER}",
        seen="the taster's lines have other ids" if others else "no line of the taster's",
        look=app.code.place("taste"),
        detail=others[:3],
    )
    expect(
        not others,
        expected=f"the id {sent} in every line of that request",
        seen=f"{len(others)} of {len(written)} lines without it",
        look=app.code.place("taste"),
        detail=others[:5],
    )


def must_be_random(app: Probe) -> None:
    """Requests that bring no id each get one of their own, of 64 random bits."""
    groups = [lines_of(app, app.get(PAIRING))]
    groups += [lines_of(app, app.get(UNKNOWN_BEER, status=404)) for _ in range(QUICK_PROBES)]
    ids = [id_of(app, group, groups) for group in groups]
    place = app.code.place("request_id", "timing.py")
    expect(
        len(set(ids)) == len(ids),
        expected="an id of its own for each request",
        seen=f"{len(set(ids))} different ids for {len(ids)} requests",
        look=place,
        detail=ids,
    )
    bits = sum(differing_bits(*two) for two in pairwise(ids)) / (len(ids) - 1)
    rising = ids == sorted(ids, key=number)
    expect(
        bits >= RANDOM_ENOUGH,
        expected="ids of 64 random bits: two of them differ in about 32",
        seen=f"they differ in {bits:.0f}"
        + (", and each is larger than the one before. Is it made from the clock?" * rising),
        look=place,
        detail=ids,
    )


def lines_of(app: Probe, reply: Reply) -> list[str]:
    """The lines that a request has left, at least one."""
    lines = app.log_lines(since=reply)
    expect(
        lines,
        expected=f"lines in {app.code.name_of('timing.log')} about {reply.asked}",
        seen="no line",
        look=app.code.place("/pair/beer"),
    )
    return lines


def id_of(app: Probe, lines: list[str], groups: Iterable[list[str]]) -> str:
    """What all of a request's `lines` have in common, and no other request's have."""
    others = {token for group in groups if group is not lines for token in tokens(group)}
    common = set.intersection(*(set(tokens([line])) for line in lines))
    expect(
        common - others,
        expected="an id that all lines of one request carry, and no other request's",
        seen="no such id",
        look=app.code.place("/pair/beer"),
        detail=lines[:5],
    )
    return max(common - others, key=len)


def tokens(lines: Iterable[str]) -> list[str]:
    return [token for line in lines for token in TOKEN.findall(line)]


def differing_bits(one: str, other: str) -> float:
    """In how many bits two ids differ. Of one that is no number, each character stands for 6."""
    if number(one) and number(other):
        return (number(one) ^ number(other)).bit_count()
    return 3 * sum(a != b for a, b in zip(one, other, strict=False))


def number(text: str) -> int:
    """An id as a number; 0 if it is none. Ids of 16 or 32 digits are hexadecimal, as are UUIDs."""
    digits = text.replace("-", "")
    if digits.isdecimal() and len(digits) not in (16, 32):
        return int(digits)
    return int(digits, 16) if re.fullmatch(r"[0-9a-fA-F]+", digits) else 0


def shape(line: str, request_id: str) -> str:
    """What a line looks like, without its id and its numbers."""
    return re.sub(r"[\d.:,-]+", "#", line.replace(request_id, "ID"))


def plain(pattern: str) -> str:
    """A pattern of `PARTS` as a name."""
    return re.sub(r"\\b|\(.*\)\?", "", pattern).replace("[._ ]", ".")
