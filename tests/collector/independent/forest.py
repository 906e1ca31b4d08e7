"""Who is whose child, and when: "The tree" and "Impossible times" in docs/analysis.md."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tests.collector.independent.spans import Span

CLOCK_SLACK_NS = 100_000


@dataclass(eq=False)
class Place:
    """A span's place in its trace."""

    span: Span
    parent: Place | None = None
    children: list[Place] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.span.start

    @property
    def end(self) -> int:
        return self.span.end

    @property
    def waited_for(self) -> list[Place]:
        """The children that the span waits for."""
        return [child for child in self.children if not child.asynchronous]

    @property
    def asynchronous(self) -> bool:
        """Whether the parent does not wait for it."""
        if self.parent is None:
            return False
        above, kind = self.parent.span, self.span.kind
        late = self.end - above.end
        left_running = kind != "server" and late > CLOCK_SLACK_NS and late * 100 > above.duration
        consumes = (above.kind, kind) == ("producer", "consumer")
        return left_running or consumes or self.span.triggered


def rows(spans: list[Span]) -> list[Place]:
    """Return every span once, depth first, siblings by start."""
    different = list({repr(span): span for span in spans}.values())
    places = _with_parents(different)
    if any(span.claims for span in different):
        places = _with_parents([_in_its_place(place, places) for place in places])
    roots = [place for place in places if not place.span.parent and place.parent is None]
    orphans = [place for place in places if place.span.parent and place.parent is None]
    cut = [place for place in places if _is_first_of_a_circle(place, places)]
    for place in cut:
        place.parent = None
    for place in places:
        if place.parent:
            place.parent.children.append(place)
    return [place for root in [*roots, *orphans, *cut] for place in _with_all_below(root)]


def _with_parents(spans: list[Span]) -> list[Place]:
    places = [Place(span) for span in sorted(spans, key=lambda span: (span.start, span.id))]
    for place in places:
        place.parent = _parent_of(place, places)
    return places


def _in_its_place(place: Place, places: list[Place]) -> Span:
    """Return a span; one with impossible times is around the next ones below it whose times are
    possible, else where its parent begins."""
    if not place.span.claims:
        return place.span
    below = [other for other in places if not other.span.claims and place in _untimed_above(other)]
    start = min((other.start for other in below), default=None)
    if start is None:
        assert place.parent
        start = _in_its_place(place.parent, places).start
    end = max((other.end for other in below), default=start)
    return replace(place.span, start=start, duration=end - start)


def _untimed_above(place: Place) -> list[Place]:
    """Return the ancestors of a place up to the next one whose times are possible."""
    above: list[Place] = []
    while place.parent and place.parent.span.claims:
        place = place.parent
        above.append(place)
    return above


def _parent_of(place: Place, places: list[Place]) -> Place | None:
    same_id = [other for other in places if other.span.id == place.span.id]
    client, server = _ends(same_id)
    if place is server:
        return client
    above = [other for other in places if other.span.id == place.span.parent != 0]
    if not above:
        return None
    of_its_service = [other for other in above if other.span.service == place.span.service]
    _, server = _ends(above)
    return of_its_service[0] if of_its_service else server or above[0]


def _ends(same_id: list[Place]) -> tuple[Place | None, Place | None]:
    """Return the client's and the server's end of a call that share an id."""
    by_kind = {place.span.kind: place for place in same_id}
    if len(same_id) == 2 and by_kind.keys() == {"client", "server"}:
        return by_kind["client"], by_kind["server"]
    return None, None


def _is_first_of_a_circle(place: Place, places: list[Place]) -> bool:
    circle = []
    above: Place | None = place
    while above is not None and above not in circle:
        circle.append(above)
        above = above.parent
    return above is place and min(circle, key=places.index) is place


def _with_all_below(place: Place) -> list[Place]:
    below = [each for child in place.children for each in _with_all_below(child)]
    return [place, *below]
