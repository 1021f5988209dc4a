"""Compiling the probe object from the sources of the installation."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tracer.core import _engine
from tracer.drivers.ebpf import builder, object_contents
from tracer.drivers.ebpf.builder import BuildError, build_object

GENERATED = Path(_engine.__file__).parents[1] / "drivers" / "probe"

needs_clang = pytest.mark.skipif(not shutil.which("clang"), reason="clang is not installed")


@needs_clang
def test_the_object_that_is_built_is_a_probe_of_this_version(tmp_path: Path) -> None:
    output = tmp_path / "mine.o"
    build_object(output, GENERATED)
    object_contents.check_contents(output)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.o"]


def test_without_clang_it_is_told_which_package_brings_it(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"clang is not installed; install it .*apt-get install clang"):
        build_object(tmp_path / "probe.o", GENERATED, search_path=str(tmp_path))
    assert not list(tmp_path.iterdir())


@needs_clang
def test_without_the_headers_of_libbpf_it_is_told_which_package_brings_them(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"libbpf's headers are not installed .*apt-get install libbpf-dev"):
        build_object(tmp_path / "probe.o", GENERATED, include_directories=[tmp_path])


@needs_clang
def test_an_installation_without_generated_headers_is_told_to_be_incomplete(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"lacks .*schema\.h; install tracer again"):
        build_object(tmp_path / "probe.o", tmp_path)


@needs_clang
def test_an_object_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"cannot write .*nowhere/probe\.o: No such file"):
        build_object(tmp_path / "nowhere" / "probe.o", GENERATED)


@needs_clang
def test_what_the_compiler_says_is_passed_on_and_nothing_is_left_behind(tmp_path: Path) -> None:
    generated = tmp_path / "generated"
    generated.mkdir()
    (generated / "fillers.h").write_text("")
    (generated / "schema.h").write_text("#error this schema is of no use\n")
    with pytest.raises(BuildError, match=r"clang.* failed: .*this schema is of no use"):
        build_object(tmp_path / "probe.o", generated)
    assert [path.name for path in tmp_path.iterdir()] == ["generated"]


def test_the_sources_are_where_the_package_is() -> None:
    assert (builder.SOURCES / "probe.bpf.c").exists() and (builder.SOURCES.parent / "probe" / "probe.h").exists()
