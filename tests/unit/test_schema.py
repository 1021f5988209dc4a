"""The schema against the public numbers of the scap protocol, and the tables that are generated from it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tracer.core import _engine
from tracer.core.schema import tables

NUMBERS = Path(__file__).parents[1] / "data" / "scap_numbers.txt"
SCHEMA = Path(__file__).parents[2] / "core" / "schema"


def rows(kind: str) -> list[list[str]]:
    lines = NUMBERS.read_text().splitlines()
    return [line.split()[1:] for line in lines if line.startswith(kind + " ")]


def load(name: str) -> ModuleType:
    """A module of the generator, which imports its neighbours by bare name."""
    sys.path.insert(0, str(SCHEMA))
    try:
        spec = importlib.util.spec_from_file_location(name, SCHEMA / f"{name}.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(SCHEMA))


source = load("source")


def test_every_event_has_its_public_code_name_and_parameter_types() -> None:
    expected = rows("event")
    assert len(expected) == len(tables.EVENT_TYPES) == 454
    for event, (code, enum, name, types, _) in zip(tables.EVENT_TYPES, expected, strict=True):
        found = ",".join(str(source.PARAM_TYPES[param.type][0]) for param in event.params) or "-"
        assert (str(event.code), f"PPME_{event.enum}", event.name, found) == (code, enum, name, types)


def test_the_parameters_that_sysdig_0293_knows_come_first() -> None:
    for event, (_, _, _, _, known) in zip(tables.EVENT_TYPES, rows("event"), strict=True):
        if event.code < 336:
            assert sum(not param.appended for param in event.params) == int(known), event.enum


def test_every_x86_64_system_call_has_its_public_id_and_event() -> None:
    codes = {event.enum: event.code for event in tables.EVENT_TYPES}
    found = {
        (number, tables.SYSCALL_IDS[name], 1 if stem == "generic" else codes[f"{stem}_X"])
        for number, (name, stem) in tables.SYSCALLS["x86_64"].items()
    }
    public = {tuple(map(int, row[1:])) for row in rows("syscall")}
    # Calls without an event of their own are the generic one, which public tables write as code 0 or 1.
    assert found == {(number, identifier, event or 1) for number, identifier, event in public}


def test_flag_values_are_the_public_ones() -> None:
    found = {(table, name, str(value)) for table, names in tables.FLAG_TABLES.items() for name, value in names.items()}
    assert found == {tuple(row) for row in rows("flag")}


def test_python_and_the_engine_were_built_from_the_same_schema() -> None:
    assert tables.FINGERPRINT == _engine.SCHEMA_FINGERPRINT == source.load().fingerprint


def write_schema(folder: Path, **changes: str) -> Path:
    for path in SCHEMA.glob("*.txt"):
        (folder / path.name).write_text(path.read_text() + changes.get(path.stem, ""))
    return folder


def test_a_new_system_call_is_one_row_and_reaches_every_generated_table(tmp_path: Path) -> None:
    folder = write_schema(
        tmp_path,
        events="454 SYSCALL_NEWCALL_E newcall other,syscall -\n455 SYSCALL_NEWCALL_X newcall other,syscall -\n"
        "    res errno dec = ret\n",
        syscall_ids="9000 newcall\n",
        syscalls_x86_64="999 newcall SYSCALL_NEWCALL -\n",
    )
    schema = source.load(folder)

    header = load("emit_c").header(schema)
    cpp = load("emit_cpp").codes(schema) + load("emit_cpp").tables(schema)
    python = load("emit_python").module(schema)

    assert "PPME_SYSCALL_NEWCALL_X = 455" in header
    assert "record_syscall_newcall_x" in header
    assert "SYSCALL_NEWCALL_X = 455" in cpp
    assert "'newcall'" in python


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"events": "460 SYSCALL_X x other,syscall -\n"}, "code 460 stands where 454 was expected"),
        ({"events": "454 SYSCALL_NEW_E new other,syscall nosuchflag\n"}, "unknown name nosuchflag"),
        ({"events": "454 SYSCALL_NEW_E new other,syscall -\n    a int128 dec\n"}, "unknown parameter type int128"),
        ({"events": "454 SYSCALL_NEW_E new other,syscall -\n    a flags8(nosuch) dec\n"}, "unknown table nosuch"),
        ({"syscalls_x86_64": "999 nosuch SYSCALL_READ -\n"}, "nosuch has no id"),
        ({"syscalls_x86_64": "999 read SYSCALL_NOSUCH -\n"}, "unknown event SYSCALL_NOSUCH"),
    ],
)
def test_a_mistake_in_the_schema_is_reported_with_its_place(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(source.SchemaError, match=message):
        source.load(write_schema(tmp_path, **changes))


def test_an_event_of_a_call_that_nobody_fills_stops_the_build(tmp_path: Path) -> None:
    schema = source.load(
        write_schema(
            tmp_path,
            events="454 SYSCALL_NEW_E new other,syscall -\n455 SYSCALL_NEW_X new other,syscall -\n    res errno dec\n",
            syscall_ids="9000 new\n",
            syscalls_x86_64="999 new SYSCALL_NEW -\n",
        )
    )
    with pytest.raises(source.SchemaError, match=r"event 455: .*no sources"):
        load("emit_c").fillers(schema)


@pytest.mark.parametrize("layout", ["0,9", "x1", "1,0", "0;1", "block9"])
def test_a_layout_of_arguments_that_makes_no_sense_stops_the_build(tmp_path: Path, layout: str) -> None:
    schema = source.load(write_schema(tmp_path, syscalls_ia32=f"999 read SYSCALL_READ - {layout}\n"))
    with pytest.raises(source.SchemaError, match=f"cannot read layout '{layout}'"):
        load("emit_c").fillers(schema)


def test_every_32_bit_call_with_the_name_of_a_64_bit_one_has_its_event() -> None:
    events = dict(tables.SYSCALLS["x86_64"].values())
    for table in ("ia32", "ia32_socketcall", "ia32_ipc"):
        for name, stem in tables.SYSCALLS[table].values():
            assert stem == events.get(name, stem), name
