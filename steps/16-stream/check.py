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
    query_plan,
    reads_whole_table,
    run_baseline,
    same_answers,
)

MENU = "/menu"
REVIEWS = [
    f"/beers/{beer}/reviews" for beer in ("ipa", "stout", "saison", "porter", "gose", "bock")
] * 3
"""Requests of a few milliseconds: of more of them, the quickest says more."""

NEWEST_REVIEWS = "SELECT * FROM review WHERE beer_id = 1 ORDER BY day DESC, id DESC LIMIT 20"
"""What the app asks its database for."""

LESSON = 16
MIN_SPEEDUP = 1.5
"""The index makes it two to four times as fast; the rest is the round trip to the database. It is
asked for only where the database can't be asked for its plan: in Docker, and in PostgreSQL."""

MIN_FIRST_BYTE_SPEEDUP = 3.0
"""The first byte comes more than ten times as soon."""

MAX_FIRST_BYTE_SHARE = 0.5
"""The share of the whole time that may have passed when the first byte is there."""

MIN_COMPRESSION = 8
"""gzip makes the menu twenty times smaller, even if it is flushed after each page."""

ROUNDS = 3
BEERS = 30


def check(app: Probe) -> None:
    """Check that reviews are quick, and that the menu begins early, is compressed and has pages."""
    with run_baseline(app, LESSON - 1) as before:
        must_have_default_dials(app)
        same_answers(app)
        plain = get_timed(app, MENU)
        must_have_pages(app, plain)
        must_be_compressed(app, plain)
        must_come_early(app, before)
        must_be_found(app, before)


def must_be_found(app: Probe, before: Baseline) -> None:
    """Check that the newest reviews of a beer are found by an index, and that they are the same."""
    speedup = measure_speedup(app, before, REVIEWS)
    times = f"{speedup.before_s * 1000:.1f} ms before, {speedup.now_s * 1000:.1f} ms now"
    app.note("reviews", f"{times}, the quickest of {len(REVIEWS)} each, asked in turns")
    note_ratio(app, LESSON, speedup.ratio)
    plan = query_plan(app.target.database, NEWEST_REVIEWS)
    trace = f"{app.target.ui}/trace/{speedup.now[-1].trace_id}"
    hint = "Is there an index that begins with beer_id, and goes on with day and id?"
    expect(
        not reads_whole_table(plan),
        expected="the newest reviews of a beer to be found by an index",
        seen=f"the database reads all reviews; its query plan says: {'; '.join(plan)}",
        look=app.code.place(),
        trace=trace,
        detail=hint,
    )
    expect(
        plan or speedup.ratio >= MIN_SPEEDUP,
        expected=f"reviews at least {MIN_SPEEDUP:g} times as fast as with the code of lesson 15",
        seen=f"{speedup.ratio:.1f} times as fast: {times}",
        look=app.code.place(),
        trace=trace,
        detail=hint,
    )


def must_come_early(app: Probe, before: Baseline) -> None:
    """Check that the menu is the same as before, and begins long before it ends."""
    theirs, mine = get_timed_in_turns(app, before, MENU, ROUNDS)
    look = app.code.place(MENU)
    expect(
        mine[-1].json() == theirs[-1].json(),
        expected=f"the same answer to {MENU} as from the code of lesson 15",
        seen=f"a different one, {len(mine[-1].body):,} bytes instead of {len(theirs[-1].body):,}",
        look=look,
    )
    was, now = (min(replies, key=lambda reply: reply.first_byte_s) for replies in (theirs, mine))
    app.note("first", f"{arrival(now)}; before, {arrival(was)}")
    expect(
        now.first_byte_s <= MAX_FIRST_BYTE_SHARE * now.last_byte_s
        and was.first_byte_s >= MIN_FIRST_BYTE_SPEEDUP * now.first_byte_s,
        expected=f"the first page of {MENU} long before the last, and"
        f" {MIN_FIRST_BYTE_SPEEDUP:g} times as soon as with the code of lesson 15",
        seen=f"{arrival(now)}; before, {arrival(was)}",
        look=look,
    )


def arrival(reply: TimedReply) -> str:
    """Say when the first byte came, and when the last."""
    return f"after {reply.first_byte_s * 1000:.0f} ms, last after {reply.last_byte_s * 1000:.0f} ms"


def must_be_compressed(app: Probe, plain: TimedReply) -> None:
    """Check that clients that accept gzip get it, page by page, and all others plain JSON."""
    packed = get_timed(app, MENU, "gzip")
    look = app.code.place(MENU)
    expect(
        packed.is_compressed and not plain.is_compressed,
        expected="a gzipped menu for clients that send `Accept-Encoding: gzip`, and only for them",
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
        len(packed.body) * MIN_COMPRESSION <= len(plain.body),
        expected=f"a menu that is at least {MIN_COMPRESSION} times smaller once it is compressed",
        seen=f"{len(packed.body):,} bytes of {len(plain.body):,}",
        look=look,
    )
    expect(
        packed.first_byte_s <= MAX_FIRST_BYTE_SHARE * packed.last_byte_s,
        expected="the compressed menu to begin before it ends, too",
        seen=f"first {arrival(packed)}: does the compressor hold it all back to the end?",
        look=look,
    )


def must_have_pages(app: Probe, plain: TimedReply) -> None:
    """Check that all pages together are the menu, and that each of them is only a part of it."""
    look = app.code.place(MENU)
    whole = entries(app, plain)
    expect(
        len(whole) == BEERS,
        expected=f"all {BEERS} beers in {MENU}",
        seen=f"{len(whole)}",
        look=look,
    )
    listed: list[Any] = []
    number = 1
    while len(listed) < BEERS and number <= BEERS:
        page = entries(app, get_timed(app, f"{MENU}?page={number}"))
        expect(
            0 < len(page) < BEERS,
            expected=f"a part of the menu from {MENU}?page={number}",
            seen=f"{len(page)} of {BEERS} beers",
            look=look,
        )
        listed += page
        number += 1
    expect(
        listed == whole,
        expected=f"the whole menu, in order, in {MENU}?page=1 and the pages after it",
        seen=f"{[entry.get('beer') for entry in listed][:8]} …",
        look=look,
    )


def entries(app: Probe, reply: TimedReply) -> list[Any]:
    """Return the list in an answer to /menu. Raises `CheckFailed` if there is none."""
    body = reply.json()
    listed = body.get("menu") if isinstance(body, dict) else None
    expect(
        isinstance(listed, list),
        expected='JSON with a list under "menu"',
        seen=f"{str(body)[:80]}",
        look=app.code.place(MENU),
    )
    return list(listed or [])
