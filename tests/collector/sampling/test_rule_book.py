"""The rules on the disk, and what was decided by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.sampling.head_rule import HeadRule
from collector.sampling.rule_book import MAX_FOLLOWERS, Decided, Follower, RuleBook
from collector.store.settings import SettingFile

TENTH = [HeadRule(rate=0.1)]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_rules_outlive_the_collector(tmp_path: Path) -> None:
    book = RuleBook(SettingFile(tmp_path / "data" / "sampling.json"))
    assert list(book.rules) == []
    before = book.version
    book.replace(TENTH)
    assert book.version != before
    again = RuleBook(SettingFile(tmp_path / "data" / "sampling.json"))
    assert (list(again.rules), again.version) == (TENTH, book.version)


@pytest.mark.parametrize("text", ["", "{", '{"rules": [{"rate": 7}]}'])
def test_a_file_without_rules_is_named_and_keeps_nothing_from_working(
    text: str, tmp_path: Path
) -> None:
    file = tmp_path / "sampling.json"
    file.write_text(text)
    book = RuleBook(SettingFile(file))
    assert list(book.rules) == []
    assert book.problem.startswith("the sampling rules in sampling.json do not hold: ")
    book.replace(TENTH)
    assert book.problem == ""


def test_decisions_are_counted_for_the_rules_they_were_made_by(tmp_path: Path) -> None:
    clock = Clock()
    book = RuleBook(SettingFile(tmp_path / "sampling.json"), clock)
    old = book.version
    book.replace(TENTH)
    clock.now = 100
    book.count(book.version, [Decided(40, 4)])
    book.count(book.version, [Decided(60, 6)])
    book.count(old, [])
    book.count(book.version, [Decided(1, 1)] * 2)
    assert book.report() == [
        {"matched": 100, "kept": 10, "matched_per_second": 10.0, "kept_per_second": 1.0}
    ]
    clock.now = 200
    assert book.report()[0]["matched_per_second"] == 0
    book.replace([HeadRule(rate=0.2)])
    assert book.report()[0]["matched"] == 0


def test_who_asks_is_remembered_and_which_rules_they_have(tmp_path: Path) -> None:
    clock = Clock()
    book = RuleBook(SettingFile(tmp_path / "sampling.json"), clock)
    book.note_question("web", book.version)
    clock.now = 3
    book.note_question("taster", "older")
    assert book.followers() == [Follower("taster", 0.0, False), Follower("web", 3.0, True)]
    book.replace(TENTH)
    assert not any(follower.has_these for follower in book.followers())


def test_only_the_latest_services_are_remembered(tmp_path: Path) -> None:
    book = RuleBook(SettingFile(tmp_path / "sampling.json"))
    for number in range(MAX_FOLLOWERS + 1):
        book.note_question(f"service {number}", "")
    names = {follower.service for follower in book.followers()}
    assert len(names) == MAX_FOLLOWERS
    assert "service 0" not in names
