"""Lesson 16 is done once reviews are found by an index, and the menu comes page by page."""

from __future__ import annotations

from typing import Any

from tutor.checks import (
    Baseline,
    Probe,
    TimedReply,
    expect,
    get_timed,
    get_timed_in_turns,
    measure_speedup,
    must_have_default_dials,
    note_ratio,
    run_baseline,
    same_answers,
)

MENU = "/menu"
REVIEWS = [
    f"/beers/{beer}/reviews" for beer in ("ipa", "stout", "saison", "porter", "gose", "bock")
]

LESSON = 16
FASTER = 1.5
"""Two to four times as fast is what the index gives, the rest is the way to the database."""

SOONER = 3.0
"""More than ten times as soon is when the first byte comes."""

EARLY = 0.5
"""The share of the whole time that may have passed when the first byte is there."""

SMALLER = 8
"""Twenty times smaller is what gzip makes of the menu, flushed after each of its pages."""

ROUNDS = 3
BEERS = 30


def check(app: Probe) -> None:
    """Reviews are quick, the menu's first byte comes early, it is compressed, and has pages."""
    with run_baseline(app, LESSON - 1) as before:
        must_have_default_dials(app)
        same_answers(app)
        plain = get_timed(app, MENU)
        must_have_pages(app, plain)
        must_be_compressed(app, plain)
        must_come_early(app, before)
        must_be_found(app, before)


def must_be_found(app: Probe, before: Baseline) -> None:
    """The newest reviews of a beer are found sooner, and they are the same."""
    speedup = measure_speedup(app, before, REVIEWS)
    times = f"{speedup.before_s * 1000:.1f} ms before, {speedup.now_s * 1000:.1f} ms now"
    app.note("reviews", f"{times}, the quickest of {len(REVIEWS)} each, asked in turns")
    note_ratio(app, LESSON, speedup.ratio)
    expect(
        speedup.ratio >= FASTER,
        expected=f"reviews at least {FASTER:g} times as fast as with the code of lesson 15",
        seen=f"{speedup.ratio:.1f} times: {times}",
        look=app.code.place(),
        trace=f"{app.target.ui}/trace/{speedup.now[-1].trace_id}",
        detail="Is there an index that begins with beer_id, and goes on with day and id?",
    )


def must_come_early(app: Probe, before: Baseline) -> None:
    """The menu says the same as ever, and begins long before it ends."""
    theirs, mine = get_timed_in_turns(app, before, MENU, ROUNDS)
    look = app.code.place(MENU)
    expect(
        mine[-1].json() == theirs[-1].json(),
        expected=f"the same answer to {MENU} as from the code of lesson 15",
        seen=f"another one, of {len(mine[-1].body):,} bytes instead of {len(theirs[-1].body):,}",
        look=look,
    )
    was, now = (min(each, key=lambda one: one.first_byte_s) for each in (theirs, mine))
    app.note("first", f"{told(now)}; before, {told(was)}")
    expect(
        now.first_byte_s <= EARLY * now.last_byte_s
        and was.first_byte_s >= SOONER * now.first_byte_s,
        expected=f"the first page of {MENU} long before the last, and {SOONER:g} times as soon as"
        " with the code of lesson 15",
        seen=f"{told(now)}; before, {told(was)}",
        look=look,
    )


def told(arrived: TimedReply) -> str:
    """When it came, in words."""
    return f"after {arrived.first_s * 1000:.0f} ms, last after {arrived.last_s * 1000:.0f} ms"


def must_be_compressed(app: Probe, plain: TimedReply) -> None:
    """Who accepts gzip gets gzip, page by page; who does not gets plain JSON."""
    packed = get_timed(app, MENU, "gzip")
    look = app.code.place(MENU)
    expect(
        packed.is_compressed and not plain.is_compressed,
        expected="a menu in gzip for who sends `Accept-Encoding: gzip`, and only then",
        seen="Content-Encoding: "
        f"{packed.headers.get('content-encoding', 'none')} with it,"
        f" {plain.headers.get('content-encoding', 'none')} without",
        look=look,
    )
    expect(
        packed.json() == plain.json(),
        expected="the same menu, compressed or not",
        seen="two different ones",
        look=look,
    )
    app.note("size", f"{len(packed.body):,} bytes compressed, {len(plain.body):,} bytes plain")
    expect(
        len(packed.body) * SMALLER <= len(plain.body),
        expected=f"a menu that is at least {SMALLER} times smaller when it is compressed",
        seen=f"{len(packed.body):,} bytes of {len(plain.body):,}",
        look=look,
    )
    expect(
        packed.first_byte_s <= EARLY * packed.last_byte_s,
        expected="that the compressed menu also begins before it ends",
        seen=f"first {told(packed)}: does the compressor keep it all to the end?",
        look=look,
    )


def must_have_pages(app: Probe, plain: TimedReply) -> None:
    """All pages together are the menu, and one of them is only a part of it."""
    look = app.code.place(MENU)
    whole = entries(app, plain)
    expect(
        len(whole) == BEERS,
        expected=f"all {BEERS} beers in {MENU}",
        seen=f"{len(whole)}",
        look=look,
    )
    found: list[Any] = []
    number = 1
    while len(found) < BEERS and number <= BEERS:
        page = entries(app, get_timed(app, f"{MENU}?page={number}"))
        expect(
            0 < len(page) < BEERS,
            expected=f"a part of the menu from {MENU}?page={number}",
            seen=f"{len(page)} of {BEERS} beers",
            look=look,
        )
        found += page
        number += 1
    expect(
        found == whole,
        expected=f"the whole menu, in order, in {MENU}?page=1 and the pages after it",
        seen=f"{[each.get('beer') for each in found][:8]} …",
        look=look,
    )


def entries(app: Probe, arrived: TimedReply) -> list[Any]:
    """The list in an answer to /menu."""
    body = arrived.json()
    listed = body.get("menu") if isinstance(body, dict) else None
    expect(
        isinstance(listed, list),
        expected='JSON with a list under "menu"',
        seen=f"{str(body)[:80]}",
        look=app.code.place(MENU),
    )
    return list(listed or [])
