"""What the kmod driver says of a machine: whether it can record, and if not, what is missing and what mends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.kmod_files import RELEASE, make_kernel, module_object
from tracer.core.driver import BuildOptions, DriverError, Plan, Readiness
from tracer.core.schema.tables import FINGERPRINT
from tracer.drivers.kmod import build
from tracer.drivers.kmod.driver import KmodDriver
from tracer.drivers.probe.layout import PROBE_FORMAT

VERSION = f"{PROBE_FORMAT}-{FINGERPRINT}"
CAP_SYS_ADMIN_AND_SYS_MODULE = 1 << 21 | 1 << 16


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Readiness]:
    """What the driver says of the kernel that the arguments describe."""
    monkeypatch.setattr(build, "cache_directory", lambda: tmp_path / "cache")

    def look(argument: str = "", **facts: object) -> Readiness:
        return KmodDriver(make_kernel(tmp_path, **facts)).readiness(argument)  # type: ignore[arg-type]

    return look


def test_without_headers_it_names_the_package(look: Callable[..., Readiness]) -> None:
    readiness = look(headers=False)
    assert not readiness.usable
    assert readiness.reason == (
        f"the module is neither loaded nor built, and the headers of kernel {RELEASE} are not installed"
    )
    assert f"apt-get install linux-headers-{RELEASE}" in readiness.remedy
    assert "tracer drivers build kmod" in readiness.remedy


def test_with_headers_it_says_how_to_build(look: Callable[..., Readiness]) -> None:
    assert look() == Readiness(
        False,
        f"the module is neither loaded nor built for kernel {RELEASE}",
        "run: tracer drivers build kmod, then tracer drivers load kmod",
    )


def test_a_kernel_without_modules_is_told_to_use_ebpf(look: Callable[..., Readiness]) -> None:
    readiness = look(has_modules=False)
    assert (readiness.reason, readiness.remedy) == (
        "this kernel cannot load modules (CONFIG_MODULES is off)",
        "use the ebpf driver",
    )


def test_without_the_capability_root_is_asked_for(look: Callable[..., Readiness]) -> None:
    readiness = look(capabilities=1 << 21)
    assert (readiness.reason, readiness.remedy) == ("loading a module needs root (CAP_SYS_MODULE)", "run as root")


def test_modules_turned_off_until_the_next_start(look: Callable[..., Readiness]) -> None:
    readiness = look(modules_disabled="1")
    assert "kernel.modules_disabled" in readiness.reason
    assert readiness.remedy == "restart the machine"


def test_a_built_module_will_be_loaded(look: Callable[..., Readiness], tmp_path: Path) -> None:
    path = build.cached_module(make_kernel(tmp_path))
    path.parent.mkdir(parents=True)
    path.write_bytes(module_object())
    assert look() == Readiness(True, f"the module {path} will be loaded")


def test_an_installed_module_will_be_loaded(look: Callable[..., Readiness], tmp_path: Path) -> None:
    path = tmp_path / f"lib/modules/{RELEASE}/updates/dkms/tracer.ko"
    path.parent.mkdir(parents=True)
    path.write_bytes(module_object())
    assert look() == Readiness(True, f"the module {path} will be loaded")


def test_a_built_module_that_the_kernel_would_refuse_is_explained(
    look: Callable[..., Readiness], tmp_path: Path
) -> None:
    path = tmp_path / "mine.ko"
    path.write_bytes(module_object())
    readiness = look(str(path), lockdown="none [integrity] confidentiality")
    assert not readiness.usable
    assert "locked down (integrity)" in readiness.reason
    assert readiness.remedy.startswith("sign it")


def test_a_loaded_module_is_usable(look: Callable[..., Readiness], tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/tracer").touch()
    assert look(loaded_version=VERSION) == Readiness(True, f"the module is loaded, version {VERSION}")


def test_a_loaded_module_without_the_right_to_record(look: Callable[..., Readiness], tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/tracer").touch()
    readiness = look(loaded_version=VERSION, capabilities=0)
    assert (readiness.reason, readiness.remedy) == ("the module is loaded, but recording needs root", "run as root")


def test_a_loaded_module_without_its_device(look: Callable[..., Readiness], tmp_path: Path) -> None:
    readiness = look(loaded_version=VERSION)
    assert readiness.reason == f"the module is loaded, but {tmp_path}/dev/tracer is missing"


@pytest.mark.parametrize("loaded", ["2-0123456789abcdef", ""])
def test_a_loaded_module_of_another_version_is_to_be_replaced(look: Callable[..., Readiness], loaded: str) -> None:
    readiness = look(loaded_version=loaded)
    assert not readiness.usable
    assert f"another version of tracer ({loaded or 'unknown'}, needed is {VERSION})" in readiness.reason
    assert "tracer drivers unload kmod" in readiness.remedy


def test_opening_says_the_same_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "cache_directory", lambda: tmp_path / "cache")
    driver = KmodDriver(make_kernel(tmp_path, headers=False))
    for attempt in (lambda: driver.open("", Plan()), lambda: driver.load("")):
        with pytest.raises(DriverError, match=f"^kmod: .*apt-get install linux-headers-{RELEASE}") as caught:
            attempt()
        assert "\n" not in str(caught.value)


def test_loading_it_twice_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "tracer.ko"
    path.write_bytes(module_object())
    with pytest.raises(DriverError, match="the module is loaded already"):
        KmodDriver(make_kernel(tmp_path, loaded_version=VERSION)).load(str(path))


def test_loading_beside_one_of_another_version_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "tracer.ko"
    path.write_bytes(module_object())
    with pytest.raises(DriverError, match=r"another version \(1-0, needed is .*tracer drivers unload kmod"):
        KmodDriver(make_kernel(tmp_path, loaded_version="1-0")).load(str(path))


def test_unloading_what_is_not_loaded_is_explained(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="the module is not loaded"):
        KmodDriver(make_kernel(tmp_path)).unload()


def test_unloading_needs_root(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"needs root \(CAP_SYS_MODULE\); run as root"):
        KmodDriver(make_kernel(tmp_path, loaded_version=VERSION, capabilities=0)).unload()


def test_dkms_takes_no_output(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="leave out --output"):
        KmodDriver(make_kernel(tmp_path)).build(BuildOptions(dkms=True, output=tmp_path))
