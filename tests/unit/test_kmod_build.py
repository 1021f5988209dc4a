"""Building the module: with the headers of a real kernel where there are any, and what goes wrong without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.kmod_files import RELEASE, make_kernel
from tracer.core.driver import BuildOptions, DriverError
from tracer.drivers.kmod import build
from tracer.drivers.kmod.build import build_module, cached_module, copy_sources
from tracer.drivers.kmod.driver import KmodDriver
from tracer.drivers.kmod.kernel import Kernel
from tracer.drivers.kmod.object_file import check_module, read_module


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(build, "cache_directory", lambda: folder)
    return folder


def kernel_with_headers() -> Kernel:
    """Any that this machine has the headers of."""
    builds = [*Path("/lib/modules").glob("*/build/Makefile"), *Path("/usr/src").glob("linux-headers-*/Makefile")]
    for path in builds:
        release = path.parents[1].name if path.parent.name == "build" else path.parent.name[len("linux-headers-") :]
        if (path.parent / "Module.symvers").exists():
            return Kernel(release)
    pytest.skip("needs the headers of some kernel")


@pytest.mark.slow
def test_the_module_compiles_without_a_warning_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCFLAGS", "-Werror")
    kernel = kernel_with_headers()
    path = build_module(kernel)
    check_module(read_module(path), kernel)
    assert path == cached_module(kernel)
    assert [entry.name for entry in path.parent.iterdir()] == ["tracer.ko"]

    first = path.stat().st_mtime_ns
    copy = build_module(kernel, tmp_path / "out")
    assert copy == tmp_path / "out" / "tracer.ko"
    assert copy.read_bytes() == path.read_bytes()
    assert path.stat().st_mtime_ns == first, "it was built again"


def test_without_headers_the_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=rf"headers of kernel {RELEASE} are not installed; .*linux-headers-{RELEASE}"):
        build_module(make_kernel(tmp_path, headers=False))


def test_another_kernel_can_be_named(tmp_path: Path) -> None:
    driver = KmodDriver(make_kernel(tmp_path))
    with pytest.raises(DriverError, match=r"headers of kernel 5\.10\.0-1-amd64 are not installed"):
        driver.build(BuildOptions(kernel="5.10.0-1-amd64"))


def test_without_make_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DriverError, match=r"make is not installed.*build-essential"):
        build_module(make_kernel(tmp_path))


def test_a_build_that_fails_tells_why_and_leaves_no_module(tmp_path: Path, cache: Path) -> None:
    kernel = make_kernel(tmp_path)
    (kernel.modules / "build/Makefile").write_text(
        "modules:\n\t@echo main.c:7:1: error: no such thing as a kernel\n\t@false\n"
    )
    with pytest.raises(
        DriverError, match=r"does not compile .*: main.c:7:1: error: no such thing as a kernel"
    ) as caught:
        build_module(kernel)
    log = Path(str(caught.value).rpartition("(see ")[2].rstrip(")"))
    assert "no such thing" in log.read_text()
    assert not list(cache.rglob("*.ko"))


def test_a_compiler_that_the_headers_want_and_that_is_missing_is_named(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path)
    (kernel.modules / "build/Makefile").write_text("modules:\n\tx86_64-linux-nosuch-gcc-99 -c main.c\n")
    with pytest.raises(
        DriverError, match=r"gcc-99, which the kernel was built with, is missing .*apt-get install gcc-99"
    ):
        build_module(kernel)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, cache: Path) -> None:
    cache.write_text("in the way")
    with pytest.raises(DriverError, match=r"kmod: cannot write .*cache"):
        build_module(make_kernel(tmp_path))


def test_all_that_is_compiled_is_copied(tmp_path: Path) -> None:
    copy_sources(tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {"Makefile", "main.c", "probe/probe.h", "probe/schema.h", "probe/fillers.h"} <= names


def test_the_hash_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.source_hash()
    copy_sources(tmp_path)
    monkeypatch.setattr(build, "GENERATED", tmp_path / "probe")
    assert build.source_hash() == before
    with (tmp_path / "probe" / "schema.h").open("a") as file:
        file.write("\n")
    assert build.source_hash() != before
