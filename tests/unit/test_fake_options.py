"""What stands after `fake:`."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tracer.core.driver import DriverError, Plan
from tracer.drivers.fake.driver import FakeDriver
from tracer.drivers.fake.options import ReplayOptions, parse_argument


def test_a_plain_name_has_no_options():
    assert parse_argument("dir/x.scap").options == ReplayOptions()
    assert parse_argument("dir/x.scap").target == "dir/x.scap"


def test_every_option_is_read():
    text = "x.scap?speed=0.5&loop=3&count=1000&drop=1/100&reorder=0.5&truncate=0&delay=1/3&delay_ms=2.5&seed=9"
    assert parse_argument(text).options == ReplayOptions(
        speed=0.5,
        loop=3,
        count=1000,
        drop=Fraction(1, 100),
        reorder=Fraction(1, 2),
        truncate=Fraction(0),
        delay=Fraction(1, 3),
        delay_ms=2.5,
        seed=9,
    )


def test_a_file_whose_name_has_a_question_mark_is_a_file(tmp_path):
    path = tmp_path / "odd?speed=1"
    path.touch()
    assert parse_argument(str(path)).target == str(path)
    assert parse_argument(f"{path}?loop=2").target == str(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x?sped=1", "no option is called 'sped' .did you mean speed?"),
        ("x?speed=fast", "speed=fast: expected a number"),
        ("x?speed=-1", "speed=-1: expected a number, 0 or more"),
        ("x?speed=nan", "expected a number"),
        ("x?loop=1.5", "loop=1.5: expected a whole number"),
        ("x?drop=2", "drop=2: expected a share between 0 and 1"),
        ("x?drop=1/0", "drop=1/0: expected a share"),
        ("x?loop", "loop=: expected a whole number"),
    ],
)
def test_a_wrong_option_is_named_with_what_was_expected(text, message):
    with pytest.raises(DriverError, match=message.replace("?", r"\?")):
        parse_argument(text)


def test_readiness_tells_what_is_wrong_with_the_argument(tmp_path):
    driver = FakeDriver()
    assert driver.readiness("").reason == "it was not told what to play"
    assert driver.readiness("/nonexistent/x.scap").reason == "there is no file /nonexistent/x.scap"
    assert driver.readiness(str(tmp_path)).reason == f"{tmp_path} is a directory"
    assert "expected a number" in driver.readiness("x?speed=fast").reason


def test_readiness_accepts_a_file_and_a_script(tmp_path):
    path = tmp_path / "x.scap"
    path.touch()
    assert FakeDriver().readiness(str(path)).usable
    assert FakeDriver().readiness("some.module:function").usable


def test_a_script_that_cannot_be_found_is_named():
    with pytest.raises(DriverError, match="no_such_module"):
        FakeDriver().open("no_such_module:script", Plan())
    with pytest.raises(DriverError, match="the module json has no script"):
        FakeDriver().open("json:script", Plan())
    with pytest.raises(DriverError, match=r"json:dumps.*not a Script|os:getpid gave \d+, not a Script"):
        FakeDriver().open("os:getpid", Plan())
