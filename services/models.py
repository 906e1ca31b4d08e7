"""The tables."""

from __future__ import annotations

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAME = String(40)
SENTENCE = String(120)


class Base(DeclarativeBase):
    """What all tables have in common."""


class UncollectedSession(Session):
    """A session of which no object is collected as garbage while it ends.

    That avoids a fault of Python 3.11. It keeps attributes in the object itself until there are
    too many of them, and then makes a dict of them. Making one may run the garbage collector,
    which may call a weak reference's callback. If that sets one attribute too many of the same
    object, it makes another dict of the same memory, which is then freed twice: the process dies,
    at once or later. The end of a session sets such an attribute of each object's state, and so
    does the callback in it when the object is collected. Other versions of Python collect at safe
    moments only (3.12), or do not keep attributes so (3.10).
    """

    def expunge_all(self) -> None:
        """Let go of all objects, which live on until all of their states are detached."""
        objects = list(self)
        super().expunge_all()
        del objects


db = SQLAlchemy(model_class=Base, session_options={"class_": UncollectedSession})


class Beer(Base):
    """A beer: its hops are its bitterness, from 0 to 100."""

    __tablename__ = "beer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(NAME, unique=True)
    style: Mapped[str] = mapped_column(SENTENCE)
    hops: Mapped[int]


class Baker(Base):
    """A baker. Every donut has a baker of its own; some are asleep today."""

    __tablename__ = "baker"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(NAME)
    awake: Mapped[bool]


class Donut(Base):
    """A donut: its sugar is its sweetness, from 0 to 100."""

    __tablename__ = "donut"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(NAME, unique=True)
    sugar: Mapped[int]
    baker_id: Mapped[int] = mapped_column(ForeignKey("baker.id"))
    baker: Mapped[Baker] = relationship()  # loaded on first use (bottleneck 1)


class Review(Base):
    """A review of a beer. There is no index to find one beer's reviews (bottleneck 11)."""

    __tablename__ = "review"
    id: Mapped[int] = mapped_column(primary_key=True)
    beer_id: Mapped[int] = mapped_column(ForeignKey("beer.id"))
    day: Mapped[int]
    stars: Mapped[int]
    verdict: Mapped[str] = mapped_column(SENTENCE)


class Seed(Base):
    """The version of the seed data in the tables, in a single row."""

    __tablename__ = "beer_and_donuts_seed"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
