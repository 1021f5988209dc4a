"""Having bcc compile, and what is said where it cannot."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tracer.core.driver import DriverError
from tracer.drivers.ebpf import bcc_compilation, bcc_object
from tracer.drivers.ebpf.bcc_compilation import (
    Headers,
    Request,
    compile_programs,
    compiled,
    place_in_cache,
    python_with_bcc,
)

NOTHING = Request("int nothing(void *ctx) { return 0; }\n", [], ["nothing"])
MOVE_0_AND_EXIT = "b700000000000000" + "9500000000000000"


def test_a_python_without_bcc_is_told_what_to_install() -> None:
    with pytest.raises(DriverError, match=r"No module named 'bcc'; install it .*apt-get install python3-bpfcc"):
        compile_programs(NOTHING, python=[sys.executable, "-S"])  # without its site-packages


def test_no_python_with_bcc_is_found_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # An interpreter that sees nothing but its own library.
    monkeypatch.setattr(sys, "path", [])
    assert python_with_bcc(tmp_path / "nosuch") is None


def answering(folder: Path, answer: str, status: int = 0) -> list[str]:
    """A command in place of Python that gives an answer whatever it is asked."""
    script = folder / "python"
    script.write_text(
        f"#!/bin/sh\ncat >/dev/null\ncat <<'EOF'\n{answer}\nEOF\necho 'x.h:1:2: error: bad' >&2\nexit {status}\n"
    )
    script.chmod(0o755)
    return [str(script)]


def test_the_first_error_of_the_compiler_is_passed_on(tmp_path: Path) -> None:
    answer = json.dumps({"error": "Failed to compile BPF module", "kind": "text"})
    with pytest.raises(DriverError, match=r"bcc cannot compile the probe: x\.h:1:2: error: bad; .*headers of kernel"):
        compile_programs(NOTHING, python=answering(tmp_path, answer, status=1))


def test_a_compiler_that_breaks_off_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="bcc cannot compile the probe"):
        compile_programs(NOTHING, python=answering(tmp_path, "", status=139))


def test_what_has_been_compiled_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json.dumps({"programs": {"nothing": MOVE_0_AND_EXIT}})
    script = answering(tmp_path, answer)
    monkeypatch.setattr(bcc_compilation, "python_with_bcc", lambda: script[0])
    first = compiled(NOTHING, tmp_path / "cache")
    assert "compiling the probe" in capsys.readouterr().err
    Path(script[0]).unlink()  # nobody can compile any more
    assert compiled(NOTHING, tmp_path / "cache") == first == {"nothing": bytes.fromhex(MOVE_0_AND_EXIT)}
    assert capsys.readouterr().err == ""


def test_a_damaged_cache_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = answering(tmp_path, json.dumps({"programs": {"nothing": MOVE_0_AND_EXIT}}))
    monkeypatch.setattr(bcc_compilation, "python_with_bcc", lambda: script[0])
    compiled(NOTHING, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").rglob("*.json")
    kept.write_text('{"nothing": "b7000')
    assert compiled(NOTHING, tmp_path / "cache") == {"nothing": bytes.fromhex(MOVE_0_AND_EXIT)}


OTHER_RELEASE = "5.10.0-46-amd64"


def make_headers(modules: Path, *, split: bool) -> Headers:
    """Headers of a kernel that does not run; split as Debian has them, or all in one folder."""
    sources, build = modules / "usr-common", modules / "usr-amd64"
    folder = modules / OTHER_RELEASE
    folder.mkdir(parents=True)
    made = build / "include" / "generated"
    made.mkdir(parents=True)
    (made / "utsrelease.h").write_text(f'#define UTS_RELEASE "{OTHER_RELEASE}"')
    (made / "autoconf.h").write_text("#define CONFIG_BPF 1")
    (folder / "build").symlink_to(build)
    if split:
        sources.mkdir()
        (folder / "source").symlink_to(sources)
    return Headers(OTHER_RELEASE, modules)


def test_another_kernels_headers_are_found_where_they_are_split(tmp_path: Path) -> None:
    headers = make_headers(tmp_path, split=True)
    assert headers.environment() == {"BCC_KERNEL_SOURCE": str(tmp_path / "usr-common")}
    assert f"-I{tmp_path}/usr-amd64/include" in headers.flags()


def test_another_kernels_headers_are_found_in_one_folder(tmp_path: Path) -> None:
    headers = make_headers(tmp_path, split=False)
    assert headers.environment() == {"BCC_KERNEL_SOURCE": str(tmp_path / "usr-amd64")}
    assert headers.flags() == []


def test_the_running_kernels_headers_are_left_to_bcc() -> None:
    headers = Headers(os.uname().release)
    assert (headers.environment(), headers.flags()) == ({}, [])


def test_another_configuration_of_a_kernel_is_compiled_for_anew(tmp_path: Path) -> None:
    headers = make_headers(tmp_path, split=True)
    before = place_in_cache(NOTHING, tmp_path / "cache", headers)
    (tmp_path / "usr-amd64" / "include" / "generated" / "autoconf.h").write_text("#define CONFIG_KASAN 1")
    after = place_in_cache(NOTHING, tmp_path / "cache", headers)
    assert before != after and before.parent == after.parent == tmp_path / "cache" / "bcc" / OTHER_RELEASE


KERNELS_WITH_HEADERS = sorted(
    path.parents[3].name for path in Path("/lib/modules").glob("*/source/include/linux/kconfig.h")
)


@pytest.mark.slow
@pytest.mark.skipif(python_with_bcc() is None, reason="bcc is not installed")
@pytest.mark.skipif(not KERNELS_WITH_HEADERS, reason="no kernel's headers are installed")
def test_the_whole_probe_compiles_with_installed_headers() -> None:
    request = bcc_object.whole_probe()
    programs = compile_programs(request, Headers(KERNELS_WITH_HEADERS[0]))
    assert set(programs) == set(request.programs)
    exit_instruction = "9500000000000000"
    assert all(exit_instruction in code for code in programs.values())


def test_every_map_and_shared_filler_has_a_number_of_its_own() -> None:
    request = bcc_object.whole_probe()
    numbers = [flag.partition("=")[2] for flag in request.flags if flag.startswith("-D")]
    assert len(numbers) == len(set(numbers)) > len(bcc_object.SHAPES)
    assert "int function_write_path(__u64 *ctx) { return run_write_path(); }" in request.text
