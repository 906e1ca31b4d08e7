"""The seed data: made once, in one piece, always the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, func, inspect, select, text
from sqlalchemy.orm import Session

from services import flavour, menu, seed
from services.models import Baker, Beer, Donut, Review
from tests.servers import ROOT

SUMS = [2_314_983_000, 272_690_021_795, 533_420_617, 5_787_592_683]
"""Checksums of the reviews, the same for every kind of database."""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'beer.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    if request.param == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write only a hundredth of the reviews, to be quick."""
    monkeypatch.setattr(menu, "REVIEW_COUNT", 3000)


def count_reviews(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(Review)).scalar_one())


def test_the_tables_are_filled_alike_everywhere(engine: Engine) -> None:
    seed.fill(engine)
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Beer)) == 30
        donuts = session.scalars(select(Donut)).all()
        assert len({donut.baker_id for donut in donuts}) == len(donuts) == 60
        assert session.scalar(select(func.count()).where(~Baker.awake)) == 4
        per_beer = session.execute(
            select(func.count()).select_from(Review).group_by(Review.beer_id)
        ).all()
        assert {count for (count,) in per_beer} == {10_000}
        stars = select(Review.stars, func.count()).group_by(Review.stars)
        assert {star for star, _ in session.execute(stars)} == {1, 2, 3, 4, 5}
        columns = (Review.beer_id, Review.day, Review.stars, func.length(Review.verdict))
        sums = select(*(func.sum(Review.id % 997 * column) for column in columns))
        assert [int(total) for total in session.execute(sums).one()] == SUMS
    assert count_reviews(engine) == 300_000


@pytest.mark.usefixtures("few")
def test_a_second_start_changes_nothing(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    seed.fill(engine)
    assert "writing 3,000 reviews" in capsys.readouterr().out
    with engine.begin() as connection:
        connection.execute(text("UPDATE beer SET style = 'mine' WHERE id = 1"))
    seed.fill(engine)
    assert capsys.readouterr().out == ""
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT style FROM beer WHERE id = 1")) == "mine"


@pytest.mark.usefixtures("few")
def test_older_seed_data_is_replaced(engine: Engine) -> None:
    seed.fill(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE beer_and_donuts_seed SET version = 1"))
        connection.execute(text("DELETE FROM review"))
    seed.fill(engine)
    assert count_reviews(engine) == 3000


def test_other_peoples_tables_are_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE beer (id INTEGER PRIMARY KEY)"))
    with pytest.raises(seed.NotOursError, match="already has a table 'beer'"):
        seed.fill(engine)
    assert inspect(engine).get_table_names() == ["beer"]


def test_two_processes_that_start_together_fill_it_once(engine: Engine) -> None:
    program = (
        "import sys; from sqlalchemy import create_engine; from services import seed;"
        "seed.fill(create_engine(sys.argv[1]))"
    )
    url = engine.url.render_as_string(hide_password=False)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, url],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert sum("written" in output for output in outputs) == 1, outputs
    assert count_reviews(engine) == 300_000


@pytest.mark.usefixtures("few")
def test_the_index_on_reviews_comes_and_goes(engine: Engine) -> None:
    seed.fill(engine)
    for indexed in (True, True, False, False):
        seed.index_reviews(engine, indexed)
        names = {index["name"] for index in inspect(engine).get_indexes("review")}
        assert (seed.REVIEWS_INDEX in names) == indexed


def test_every_beer_has_one_best_donut_and_only_barleywine_a_frozen_candidate() -> None:
    donuts = [donut for donut in menu.DONUTS if donut.baker not in menu.ASLEEP]
    opinions = {donut.name: flavour.opinion(donut.name) for donut in donuts}
    with_frozen = []
    for beer in menu.BEERS:
        candidates = flavour.candidates(beer.hops, donuts, opinions)
        assert len(candidates) == flavour.MAX_CANDIDATES
        scores = sorted(flavour.score(beer.name, donut.name) for donut in candidates)
        assert scores[-1] > scores[-2], f"{beer.name}: a fix must not have to break a tie"
        best = max(candidates, key=lambda donut: flavour.score(beer.name, donut.name))
        assert best.name != menu.FROZEN
        if menu.FROZEN in [donut.name for donut in candidates]:
            with_frozen.append(beer.name)
    assert with_frozen == ["barleywine"]
