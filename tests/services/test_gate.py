"""The gate: a limited number at once, and strictly in the order of arrival."""

from __future__ import annotations

import threading
from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from services.gate import Gate, Turn


def inside(turn: Turn) -> bool:
    return turn._admitted.is_set()


@given(st.integers(1, 4), st.lists(st.booleans(), max_size=40))
def test_the_first_to_come_are_inside_and_never_too_many(places: int, steps: list[bool]) -> None:
    gate = Gate(lambda: places)
    everyone: deque[Turn] = deque()
    for somebody_comes in steps:
        if somebody_comes:
            everyone.append(gate.queue_up())
        elif everyone:
            gate.leave(everyone.popleft())
        assert [inside(turn) for turn in everyone] == [
            place < places for place in range(len(everyone))
        ]


def test_a_waiting_visitor_knows_who_is_ahead() -> None:
    gate = Gate(lambda: 1)
    first, second, third = (gate.queue_up(name) for name in ("a", "b", "c"))
    assert (first.behind, second.behind, third.behind) == ([], ["a"], ["a", "b"])


def test_more_places_let_the_next_ones_in() -> None:
    places = 1
    gate = Gate(lambda: places)
    turns = [gate.queue_up() for _ in range(4)]
    places = 3
    gate.resize()
    assert [inside(turn) for turn in turns] == [True, True, True, False]
    places = 1
    gate.leave(turns[0])
    assert not inside(turns[3]), "two are still inside"


def test_threads_are_let_in_one_at_a_time() -> None:
    gate = Gate(lambda: 2)
    lock = threading.Lock()
    now = highest = 0

    def visit() -> None:
        nonlocal now, highest
        turn = gate.queue_up()
        turn.wait()
        with lock:
            now += 1
            highest = max(highest, now)
        with lock:
            now -= 1
        gate.leave(turn)

    threads = [threading.Thread(target=lambda: [visit() for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (now, highest <= 2) == (0, True)
