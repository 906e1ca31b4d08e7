"""Figures in the prose of lessons: their words, what they mean, and what they become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.course.lessons import Course
from tutor.course.render_markdown import render
from tutor.coursecheck.figures.expression import FigureError, Quantity, evaluate
from tutor.coursecheck.figures.lesson_figures import LessonFigures, lines_with
from tutor.coursecheck.figures.outputs import outputs
from tutor.coursecheck.figures.wording import WORDING, Wording

LESSON = """\
# 01 Look

> It takes half a second<!-- figure: match -->. Why?

## What you should see

```console
$ tail timing.log
12:49:09,095 beer.query took 14.0 ms
12:49:09,296 donuts.query took 200.8 ms
12:49:09,802 match took 506.4 ms
12:49:09,803 pair took 733.8 ms
$ ./workshop get /x
  721 ms ████████  web flask.request GET /pair/beer
  155 ms ███·····  ×60     db SELECT baker.id
   83 ms ███·····  ×56     redis GET
123 spans in 721 ms.
$ curl -w '%{time_total} s' /donuts
0.0122 s
```

| threads | a pairing takes |
|---|---|
| 2 | 174 ms |
"""


def find(path):
    return lambda name, _lesson: lines_with(name, outputs(LESSON, path))


def words(text):
    found = WORDING.search(text)
    assert found, text
    return Wording(found)


def ms(value):
    return Quantity(value, is_time=True)


@pytest.mark.parametrize(
    ("expression", "figure"),
    [
        ("match", ms(506.4)),
        ("baker.id", ms(155)),
        ("count baker.id", Quantity(60)),
        ('number "spans in"', Quantity(123)),
        ("donuts.query of pair", Quantity(200.8 / 733.8)),
        ("match + donuts.query of pair", Quantity(707.2 / 733.8)),
        ("pair - match - donuts.query", ms(26.6)),
        ("12 * beer.query", ms(168)),
        ("most took", ms(733.8)),
        ("least took", ms(14)),
        ("last took", ms(733.8)),
        ("sum took", ms(1455)),
        ("count took", Quantity(4)),
        ("time_total", ms(12.2)),
        ('"2 "', ms(174)),
    ],
)
def test_an_expression_means_a_number_of_an_output(tmp_path, expression, figure):
    found = evaluate(expression, find(tmp_path))
    assert found.is_time is figure.is_time
    assert found.value == pytest.approx(figure.value)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("nobody", "no output has 'nobody'"),
        ("quer", "no output has 'quer'"),
        ("match 2", "has no number 2 with a unit"),
        ("match of", "a name is missing"),
        ("match pair", "'pair' makes no sense here"),
        ("match + 1", "a time can't be added to something else"),
        ("pair * match", "a time can't be multiplied by a time"),
        ("3 of match", "only a time can be divided by a time"),
        ("match / 0", "divided by 0"),
        ("match in donuts", "must be followed by the number of a lesson"),
    ],
)
def test_an_expression_that_means_nothing_says_why(tmp_path, expression, why):
    with pytest.raises(FigureError, match=why):
        evaluate(expression, find(tmp_path))


TRUE = [
    ("506 ms", ms(506.4)),
    ("0.5 s", ms(506.4)),
    ("about 500 ms", ms(506.4)),
    ("half a second", ms(506.4)),
    ("more than half a second", ms(733.8)),
    ("nearly 500 ms", ms(486)),
    ("12 × 25 ms", ms(303)),
    ("about two\nmilliseconds", ms(2.08)),
    ("15 millionths of a second", ms(0.0153)),
    ("29 %", Quantity(0.2877)),
    ("a quarter", Quantity(0.26)),
    ("three quarters", Quantity(0.76)),
    ("less than a third", Quantity(0.2877)),
    ("almost half", Quantity(0.45)),
    ("twice", Quantity(2.1)),
    ("three and a half times", Quantity(3.47)),
    ("2.2×", Quantity(2.16)),
    ("about 20 times", Quantity(18.4)),
    ("Twelve", Quantity(12)),
    ("1,740 ms", ms(1740.2)),
]
FALSE = [
    ("500 ms", ms(506.4)),
    ("about 500 ms", ms(386)),
    ("nearly 500 ms", ms(506.4)),
    ("nearly 500 ms", ms(386)),
    ("more than 100 ms", ms(900)),
    ("less than a quarter", Quantity(0.2877)),
    ("a quarter", Quantity(0.2877)),
    ("twice", Quantity(2.9)),
    ("3 ms", Quantity(3)),
    ("half a second", Quantity(0.5)),
]


@pytest.mark.parametrize(("text", "figure"), TRUE)
def test_words_that_agree(text, figure):
    assert words(text).agrees(figure)


@pytest.mark.parametrize(("text", "figure"), FALSE)
def test_words_that_claim_something_else(text, figure):
    assert not words(text).agrees(figure)


@pytest.mark.parametrize(
    ("text", "figure", "new"),
    [
        ("500 ms", ms(506.4), "506 ms"),
        ("about 500 ms", ms(386), "about 400 ms"),
        ("about\n500 ms", ms(812), "about\n800 ms"),
        ("less than a quarter", Quantity(0.2877), "less than a third"),
        ("a quarter", Quantity(0.2877), "29 %"),
        ("a third of a second", ms(0.52e3), "half a second"),
        ("12 × 25 ms", ms(362), "12 × 30 ms"),
        ("twice", Quantity(2.9), "three times"),
        ("Twelve", Quantity(8), "Eight"),
        ("0.64 s", ms(781.8), "0.78 s"),
        ("more than 100 ms", ms(923), "more than 900 ms"),
    ],
)
def test_words_that_are_not_true_any_more_keep_their_style(text, figure, new):
    assert words(text).updated(figure) == new


@given(st.sampled_from(TRUE), st.floats(0.3, 3))
def test_new_words_are_true(example, factor):
    text, figure = example
    scaled = Quantity(figure.value * factor, figure.is_time)
    new = words(text).updated(scaled)
    assert words(new).agrees(scaled), new


def lesson(course: Course, text: str) -> LessonFigures:
    (course.step(1).readme).write_text(text)
    return LessonFigures(course.step(1), course)


def with_prose(prose: str) -> str:
    return LESSON + "\n" + prose + "\n"


def test_a_lesson_whose_figures_are_true(course):
    prose = (
        "`match` takes 506 ms<!-- figure: match -->, a quarter<!-- figure: donuts.query\nof"
        " pair --> goes to the donuts. 200.8 ms is theirs. `sleep 9 s`. A taste takes"
        " 25 ms<!-- given: TASTE_MS -->, and the other half is a third one."
    )
    assert list(lesson(course, with_prose(prose)).problems()) == []


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        ("It takes 150 ms.", "where does '150 ms' come from?"),
        ("That is less than a quarter.", "where does 'less than a quarter' come from?"),
        ("It is three times as slow.", "where does 'three times' come from?"),
        (
            "That takes 486 ms<!-- figure: match -->.",
            "'486 ms' is not what the output says: match is 506.4 ms",
        ),
        ("That takes 486 ms<!-- figure: nobody -->.", "no output has 'nobody'"),
        ("A taste takes 26 ms<!-- given: TASTE_MS -->.", "is not TASTE_MS, which is 25 ms"),
        ("At most 2 s<!-- given: TASTE_TIMEOUT_S -->.", "is not TASTE_TIMEOUT_S, which is 1000 ms"),
        ("50 times<!-- given: TASTE_TIMEOUT_S / TASTE_MS -->.", "TASTE_MS, which is 40"),
        ("A taste takes 25 ms<!-- given: TASTES_MS -->.", "no constant of the step is called"),
        ("That takes long<!-- figure: match -->.", "no number before <!-- figure: match -->"),
    ],
)
def test_a_number_that_is_not_that_of_the_output_is_refused(course, prose, words):
    (problem,) = lesson(course, with_prose(prose)).problems()
    assert problem.startswith("line 26: ")
    assert words in problem


def test_a_given_number_is_that_of_a_dial_or_says_in_words_where_it_comes_from(course):
    prose = (
        "25 ms<!-- given: TASTE_MS -->, at least one second<!-- given: TASTE_TIMEOUT_S -->, forty"
        " times<!-- given: TASTE_TIMEOUT_S / TASTE_MS -->, half<!-- given: ENOUGH_TO_PASS -->,"
        " 9 s<!-- given: measured once -->, three<!-- given: WANTED_PARTS -->"
    )
    (course.step(1).folder / "check.py").write_text("ENOUGH_TO_PASS, WANTED_PARTS = 0.5, 3\n")
    assert list(lesson(course, with_prose(prose)).problems()) == []


def test_a_figure_of_another_lesson(course):
    lesson(course, LESSON)
    readme = course.step(3).readme
    readme.write_text(readme.read_text() + "\nAs 506 ms<!-- figure: match in 1 --> were.\n")
    assert list(LessonFigures(course.step(3), course).problems()) == []


def test_figures_follow_their_output(course):
    now = LESSON.replace("506.4", "812.3")
    figures = lesson(course, now + "\nOf 506 ms<!-- figure: match -->, 3 ms<!-- given: x -->.\n")
    figures.update()
    text = course.step(1).readme.read_text()
    assert "Of 812 ms<!-- figure: match -->, 3 ms<!-- given: x -->.\n" in text
    assert "> It takes four fifths of a second<!-- figure: match -->. Why?" in text
    assert list(LessonFigures(course.step(1), course).problems()) == []


@pytest.mark.parametrize("step", Course().steps, ids=str)
def test_the_course_says_where_its_numbers_come_from(step):
    assert list(LessonFigures(step, Course()).problems()) == []


@pytest.mark.parametrize("step", Course().steps, ids=str)
def test_no_lesson_shows_its_comments_on_the_terminal(step):
    assert "<!--" not in "\n".join(render(step.readme.read_text("utf-8")))
