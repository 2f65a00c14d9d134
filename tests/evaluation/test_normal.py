"""Which writings say the same, and which do not."""

import pytest

from jsl_pipeline.evaluation import normal


@pytest.mark.parametrize(
    ("normalise", "one", "other"),
    [
        (normal.text, "2 Cricket Blvd., New  Delhi", "2 cricket blvd new delhi"),
        (normal.person, "Dr. Harriet Beckwith", "harriet beckwith"),
        (normal.person, "Dr John Smith, M.D", "John Smith"),
        (normal.person, "Dr. Arvind Nair, MBBS, MD", "Arvind Nair MBBS"),
        (normal.person, "Walker, Sally", "Sally Walker"),
        (normal.sex, "F", "Female"),
        (normal.digits, "(906) 917-3486", "906.917.3486"),
        (normal.letters_and_digits, "MD-12345", "md 12345"),
        (normal.letters_and_digits, "Vitamin B-12", "vitamin B12"),
        (normal.strength, "500 mg", "500mg"),
        (normal.strength, "1,000 IU", "1000IU"),
        (normal.strength, "50 µg", "50 mcg"),
        (normal.strength, "(25mg)", "25 mg"),
        (normal.amount, "two tablets", "2 tablet"),
        (normal.amount, "1 tablet(s)", "one tab"),
        (normal.amount, "#30", "30"),
        (normal.frequency, "Take 2 times daily", "two times daily"),
        (normal.frequency, "Once daily.", "once  daily"),
        (normal.duration, "for three months", "3 months"),
        (normal.duration, "x 5 days", "5 day"),
        (normal.route, "PO", "by mouth"),
    ],
)
def test_the_same_in_other_words(normalise, one, other):
    assert normalise(one) == normalise(other) != ""


@pytest.mark.parametrize(
    ("normalise", "one", "other"),
    [
        (normal.strength, "0.5 mg", "5 mg"),
        (normal.strength, "2.5mg", "25mg"),
        (normal.strength, "5 mg/5 ml", "5 mg"),
        (normal.strength, "500 mg", "500 mcg"),
        (normal.amount, "two tablets", "one tablet"),
        (normal.frequency, "1-0-1", "1-1-1"),
        (normal.frequency, "once daily", "twice daily"),
        (normal.duration, "7 days", "7 weeks"),
        (normal.person, "Linh Do", "Linh"),
        (normal.person, "Md Imran", "Imran"),
        (normal.person, "Dr. Singh", "Dr. Sing"),
        (normal.letters_and_digits, "Vitamin D", "Vitamin D3"),
        (normal.sex, "F", "M"),
    ],
)
def test_not_the_same(normalise, one, other):
    assert normalise(one) != normalise(other)


def test_a_title_alone_stays_a_name():
    assert normal.person("Dr.") == "dr"
