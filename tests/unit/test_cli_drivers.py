"""`tracer drivers build|load|unload`: what is said where there is nothing to do, and of wrong usage."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import RunTracer

COULD_NOT, WRONG_USAGE = 1, 2


@pytest.mark.parametrize("action", ["build", "load", "unload"])
def test_a_driver_that_needs_no_such_thing_says_so(tracer_command: RunTracer, action: str) -> None:
    ran = tracer_command("drivers", action, "fake")
    assert (ran.status, ran.out) == (COULD_NOT, "")
    assert ran.err == f"tracer: fake: there is nothing to {action}: the driver does not need it\n"


def test_an_unknown_driver_is_wrong_usage(tracer_command: RunTracer) -> None:
    ran = tracer_command("drivers", "load", "kmood")
    assert (ran.status, ran.out) == (WRONG_USAGE, "")
    assert "no driver is called 'kmood' (did you mean kmod?)" in ran.err


def test_the_driver_must_be_named(tracer_command: RunTracer) -> None:
    ran = tracer_command("drivers", "build")
    assert ran.status == WRONG_USAGE
    assert ran.err == "tracer: tell which driver to build: tracer drivers build NAME\n"


@pytest.mark.parametrize("option", [("--dkms",), ("--install",), ("-o", "x"), ("--kernel", "6.1")])
def test_options_of_build_go_with_nothing_else(tracer_command: RunTracer, option: tuple[str, ...]) -> None:
    ran = tracer_command("drivers", "load", "kmod", *option)
    assert ran.status == WRONG_USAGE
    assert "go with build, not load" in ran.err


def test_install_and_dkms_exclude_each_other(tracer_command: RunTracer) -> None:
    assert tracer_command("drivers", "build", "kmod", "--install", "--dkms").status == WRONG_USAGE


def test_the_headers_that_a_build_lacks_are_named(tracer_command: RunTracer) -> None:
    ran = tracer_command("drivers", "build", "kmod", "--kernel", "5.99.0-none")
    assert (ran.status, ran.out) == (COULD_NOT, "")
    assert ran.err.startswith("tracer: kmod: the headers of kernel 5.99.0-none are not installed; install them")
    assert "apt-get install linux-headers-5.99.0-none" in ran.err
    assert ran.err.count("\n") == 1


def test_a_file_that_is_no_module_is_not_loaded(tracer_command: RunTracer, tmp_path: Path) -> None:
    path = tmp_path / "tracer.ko"
    path.write_text("hello")
    ran = tracer_command("drivers", "load", f"kmod:{path}")
    assert (ran.status, ran.out) == (COULD_NOT, "")
    assert ran.err == f"tracer: kmod: {path} is no ELF file, so it is no kernel module\n"
