"""Lesson 4 is done once all lines of a request, in both services, carry the request's own id."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from itertools import pairwise
from urllib.parse import unquote_plus

from tutor.checks import PAIRING, UNKNOWN_BEER, Probe, Reply, count, expect, same_answers

PARTS = (r"\bpair\b", r"beer[._ ]query", r"donuts[._ ]query", r"\b(best_)?match\b")
TASTE = "/taste?beer=ipa&donut=jelly"
HEADER = "X-Request-ID"

TOKEN = re.compile(r"[0-9A-Za-z_-]{6,}")
"""Anything that may be an id."""

QUICK_PROBES = 8
MIN_DIFFERING_BITS = 24
"""Two ids of 64 random bits differ in 32 of them on average, give or take 4. Eight in a row that
differ in fewer than this are not an accident; ids made from the clock differ in some 15."""


def check(app: Probe) -> None:
    """Check that an id that is sent is kept and sent on, and that requests without one get one."""
    same_answers(app)
    mine = f"check-{secrets.token_hex(4)}"
    tasted = must_be_kept_by_the_taster(app, mine)
    must_be_sent_on(app, f"check-{secrets.token_hex(4)}", tasted, mine)
    must_be_random(app)


def must_be_kept_by_the_taster(app: Probe, sent: str) -> list[str]:
    """Check that all of the taster's lines about a request with the id `sent` carry it.

    Returns the lines.
    """
    reply = app.get_taster(TASTE, headers={HEADER: sent})
    lines = app.log_lines(since=reply)
    look = app.code.place("/taste", "taster.py")
    expect(
        lines,
        expected=f"a line from the taster in {app.code.name_of('timing.log')} for each taste",
        seen="no line",
        look=look,
    )
    expect(
        all(sent in line for line in lines),
        expected=f"the taster to write the id it was sent, {HEADER}: {sent}",
        seen="a line without it",
        look=look,
        detail=lines,
    )
    return lines


def must_be_sent_on(app: Probe, sent: str, tasted: list[str], tasted_id: str) -> None:
    """Check that a pairing with the id `sent` leaves it in all its lines, even in the taster's,
    which look like those in `tasted`."""
    reply = app.get(PAIRING, headers={HEADER: sent})
    written = app.log_lines(since=reply)
    lines = [line for line in written if sent in line]
    others = [line for line in written if sent not in line]
    for part in PARTS:
        expect(
            any(re.search(part, line) for line in lines),
            expected=f"web to keep the id it was sent, {HEADER}: {sent}, and write it into every"
            f" line, the one about `{plain(part)}` among them",
            seen="no such line with that id",
            look=source_of(app, [line for line in others if re.search(part, line)], "/pair/beer"),
            detail=written[:5],
        )
    menu = names_on_the_menu(app)
    of_taster = {shape(line, tasted_id, menu) for line in tasted}
    expect(
        any(shape(line, sent, menu) in of_taster for line in lines),
        expected=f"lines from the taster with web's id, {sent}: web must send it along, in the"
        f" header {HEADER}",
        seen="the taster's lines have other ids" if others else "no line from the taster",
        look=app.code.place("taste"),
        detail=others[:3],
    )
    expect(
        not others,
        expected=f"the id {sent} in every line of this request",
        seen=f"{len(others)} of {count(len(written), 'line')} without it",
        look=source_of(app, others, "taste"),
        detail=others[:5],
    )


def source_of(app: Probe, lines: list[str], otherwise: str) -> str:
    """Return where the code is that writes the first of these lines, in whichever file; where
    `otherwise` is, if that is not known."""
    return (app.code.source(lines[0]) if lines else "") or app.code.place(otherwise)


def must_be_random(app: Probe) -> None:
    """Check that each request without an id gets one of its own, of 64 random bits."""
    groups = [lines_of(app, app.get(PAIRING))]
    groups += [lines_of(app, app.get(UNKNOWN_BEER, status=404)) for _ in range(QUICK_PROBES)]
    ids = [id_of(app, group, groups) for group in groups]
    place = app.code.place("request_id", "timing.py")
    expect(
        len(set(ids)) == len(ids),
        expected="a different id for each request",
        seen=f"only {count(len(set(ids)), 'different id')} for {len(ids)} requests",
        look=place,
        detail=ids,
    )
    bits = sum(differing_bits(*two) for two in pairwise(ids)) / (len(ids) - 1)
    rising = ids == sorted(ids, key=number)
    expect(
        bits >= MIN_DIFFERING_BITS,
        expected="ids of 64 random bits: any two of them differ in about 32",
        seen=f"two of them differ in {bits:.0f}"
        + (", and each is larger than the one before. Is it made from the clock?" * rising),
        look=place,
        detail=ids,
    )


def lines_of(app: Probe, reply: Reply) -> list[str]:
    """Return the lines that a request has left. Raises `CheckFailed` if there are none."""
    lines = app.log_lines(since=reply)
    expect(
        lines,
        expected=f"lines in {app.code.name_of('timing.log')} about {reply.asked}",
        seen="no line",
        look=app.code.place("/pair/beer"),
    )
    return lines


def id_of(app: Probe, lines: list[str], groups: Iterable[list[str]]) -> str:
    """Return what all of a request's `lines` have in common, and no other request's lines have.

    Raises `CheckFailed` if there is nothing.
    """
    others = {token for group in groups if group is not lines for token in tokens(group)}
    common = set.intersection(*(set(tokens([line])) for line in lines))
    expect(
        common - others,
        expected="an id that is in all lines of one request, and in no other request's",
        seen="no such id",
        look=app.code.place("/pair/beer"),
        detail=lines[:5],
    )
    return max(common - others, key=len)


def tokens(lines: Iterable[str]) -> list[str]:
    """Return all that may be an id."""
    return [token for line in lines for token in TOKEN.findall(line)]


def differing_bits(one: str, other: str) -> float:
    """Return in how many bits two ids differ. In ids that are not numbers, a character stands for
    6 bits, of which half differ."""
    if number(one) and number(other):
        return (number(one) ^ number(other)).bit_count()
    return 3 * sum(a != b for a, b in zip(one, other, strict=False))


def number(text: str) -> int:
    """Return an id as a number; 0 if it isn't one. 16 or 32 digits are hexadecimal, as in UUIDs."""
    digits = text.replace("-", "")
    if digits.isdecimal() and len(digits) not in (16, 32):
        return int(digits)
    return int(digits, 16) if re.fullmatch(r"[0-9a-fA-F]+", digits) else 0


def names_on_the_menu(app: Probe) -> re.Pattern[str]:
    """Return a pattern for the names of all beers and donuts: a line may say what was tasted."""
    kinds = (app.get(f"/{kind}").json()[kind] for kind in ("beers", "donuts"))
    names = sorted((each["name"] for kind in kinds for each in kind), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")


def shape(line: str, request_id: str, menu: re.Pattern[str]) -> str:
    """Return what a line looks like, without its id, its numbers and the names on the `menu`."""
    without_id = unquote_plus(line.replace(request_id, "ID"))
    return re.sub(r"[\d.:,-]+", "#", menu.sub("#", without_id))


def plain(pattern: str) -> str:
    """Return a pattern of `PARTS` as a name."""
    return re.sub(r"\\b|\(.*\)\?", "", pattern).replace("[._ ]", ".")
