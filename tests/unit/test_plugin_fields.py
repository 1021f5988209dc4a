"""Fields that plugins bring: their values, when they are asked for, and what happens when they go wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import ModuleType

import pytest

import tracer
from tracer.core import _engine
from tracer.core.filter import compile_filter
from tracer.core.plugin import DescriptorState, Field, Needs, ThreadState, hookimpl
from tracer.core.plugin_fields import add_fields
from tracer.core.plugins import Plugins, load_plugins
from tracer.drivers.fake.script import Script

FAMILIES = (f"made{number}" for number in itertools.count())


@pytest.fixture
def family() -> str:
    """A first part of names that no other test uses: a field stays for good."""
    return next(FAMILIES)


def install(*fields: Field, plugin: str = "made") -> Plugins:
    module = ModuleType(plugin)
    vars(module)["tracer_fields"] = hookimpl(lambda: list(fields))
    plugins = load_plugins([])
    plugins.add(plugin, "made-up 1.0", module)
    add_fields(plugins)
    return plugins


@pytest.fixture
def script() -> Script:
    """A process `cat` that reads two files, and its child `ls`."""
    made = Script()
    cat = made.process("cat", pid=100, args=["/etc/passwd"])
    cat.openat("/etc/passwd", returns=3)
    cat.read(3, b"root:x:0:0")
    cat.read(3, b"")
    cat.close(3)
    cat.openat("/etc/hosts", returns=3)
    cat.read(3, b"127.0.0.1")
    cat.close(3)
    cat.exit()
    return made


def values(script: Script, *fields: str, filter: str | None = None) -> list[tuple[object, ...]]:
    with tracer.play(script.source(), filter=filter, fields=fields) as events:
        return [tuple(event[field] for field in fields) for event in events]


@pytest.mark.parametrize(
    ("type", "value", "text"),
    [
        ("charbuf", "a b", "a b"),
        ("charbuf", "caf\udce9", "caf\udce9"),
        ("uint64", 2**64 - 1, "18446744073709551615"),
        ("int64", -(2**63), "-9223372036854775808"),
        ("bool", True, "true"),
        ("double", 1.5, "1.5"),
        ("bytebuf", b"\x00\xff", None),
        ("ipaddr", "::1", "::1"),
        ("ipaddr", "10.0.0.1", "10.0.0.1"),
        ("port", 443, "443"),
        ("abstime", 1_700_000_000_000_000_000, "1700000000000000000"),
        ("fspath", "/etc", "/etc"),
    ],
)
def test_a_value_of_each_type_comes_out_as_it_went_in(family, script, type, value, text):
    install(Field(f"{family}.it", type, "It.", lambda event, argument: value))
    with tracer.play(script.source()) as events:
        event = next(events)
        assert event[f"{family}.it"] == value
        if text is not None:
            assert event.text(_engine.Format.line(f"%{family}.it")) == text


def test_a_list_has_any_number_of_values_and_a_filter_looks_at_each(family, script):
    install(Field(f"{family}.all", "charbuf", "All.", lambda event, argument: ["a", "b"], is_list=True))
    assert values(script, f"{family}.all", filter=f"{family}.all intersects (b, z)")[0] == (["a", "b"],)
    assert values(script, f"{family}.all", filter=f"{family}.all intersects (y, z)") == []


def test_a_value_that_does_not_fit_the_type_switches_the_plugin_off(family, script, capsys):
    plugins = install(
        Field(f"{family}.number", "uint64", "No number.", lambda event, argument: "many"),
        Field(f"{family}.other", "uint64", "Fine.", lambda event, argument: 7),
    )
    got = values(script, f"{family}.number", f"{family}.other")
    assert {row for row in got} == {(None, None)}
    (failure,) = plugins.failures
    assert f"field {family}.number: TypeError: {family}.number is 'many', not a whole number" in failure.error
    assert capsys.readouterr().err.count("\n") == 1


def test_an_exception_is_reported_once_with_the_plugin_and_the_run_goes_on(family, script, capsys):
    install(Field(f"{family}.bad", "uint64", "Bad.", lambda event, argument: 1 // 0), plugin="clumsy")
    assert values(script, f"{family}.bad", "evt.type")[-1] == (None, "procexit")
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"tracer: plugin clumsy of made-up 1.0 is left out: field {family}.bad: "
        "ZeroDivisionError: integer division or modulo by zero"
    )


def test_it_is_asked_for_last_whatever_the_order_in_the_filter(family, script):
    asked = []

    def extract(event, argument):
        asked.append(event.name)
        return 1

    install(Field(f"{family}.dear", "uint64", "Dear.", extract))
    assert values(script, "evt.type", filter=f"{family}.dear = 1 and evt.type = read and fd.name = /etc/hosts") == [
        ("read",)
    ]
    assert asked == ["read"]


def test_events_of_other_types_than_it_needs_have_no_value_and_do_not_ask(family, script):
    asked = []
    field = Field(
        f"{family}.of", "uint64", "Of reads.", lambda e, a: asked.append(e.name) or 1, needs=Needs(event_types=["read"])
    )
    install(field)
    assert [row for row in values(script, "evt.type", f"{family}.of") if row[1]] == [("read", 1)] * 3
    assert asked == ["read"] * 3
    filter = compile_filter(f"{family}.of exists")
    assert [name for name in ("READ", "CLOSE") if filter.may_match(code(name))] == ["READ"]


def code(name: str) -> int:
    from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM

    return EVENT_TYPE_BY_ENUM[f"SYSCALL_{name}_X"].code


def test_an_argument_is_parsed_once_and_given_to_each_call(family, script):
    parsed = []

    def parse(text):
        parsed.append(text)
        if text == "wrong":
            raise ValueError("that is wrong")
        return (text,)

    install(Field(f"{family}.arg", "charbuf", "Arg.", lambda e, a: repr(a), argument="required", parse_argument=parse))
    assert {row for row in values(script, f"{family}.arg[x]")} == {("('x',)",)}
    assert parsed == ["x"]
    with pytest.raises(tracer.FilterError, match=r"\[wrong\]: that is wrong"):
        compile_filter(f"{family}.arg[wrong] exists")
    with pytest.raises(tracer.FilterError, match="needs an argument"):
        compile_filter(f"{family}.arg exists")


def test_a_value_of_the_process_is_asked_for_once_in_each_program(family):
    script = Script()
    shell = script.process("sh", pid=100)
    shell.openat("/a", returns=3)
    shell.openat("/b", returns=4)
    shell.execve("/bin/cat", args=["/a"])
    shell.openat("/c", returns=3)
    asked = []
    install(
        Field(
            f"{family}.exe", "charbuf", "Exe.", lambda e, a: asked.append(e.thread.name) or e.thread.name, per="process"
        )
    )
    got = values(script, f"{family}.exe", filter="evt.type=openat")
    assert got == [("sh",), ("sh",), ("cat",)]
    assert asked == ["sh", "cat"]


def test_a_value_of_a_descriptor_goes_when_it_is_closed(family, script):
    asked = []
    install(
        Field(f"{family}.file", "charbuf", "File.", lambda e, a: asked.append(1) or e.descriptor.name, per="descriptor")
    )
    got = values(script, f"{family}.file", filter="evt.type in (read, close)")
    assert [row[0] for row in got] == ["/etc/passwd"] * 3 + ["/etc/hosts"] * 2
    assert len(asked) == 2


def counter(state: ThreadState | DescriptorState) -> Callable[[object, object], int]:
    def extract(event, argument):
        state[event] += 1
        return state[event]

    return extract


def test_state_is_kept_for_each_thread_and_goes_with_it(family):
    script = Script()
    for pid in (100, 200):
        script.process("cat", pid=pid).openat("/a", returns=3)
    first = script.process("again", pid=300)
    first.openat("/a", returns=3)
    first.exit()
    script.process("later", pid=300).openat("/a", returns=3)
    install(Field(f"{family}.n", "uint64", "N.", counter(ThreadState(int))))
    assert values(script, "thread.tid", f"{family}.n", filter="evt.type=openat") == [
        (100, 1),
        (200, 1),
        (300, 1),
        (300, 1),
    ]


def test_state_is_kept_for_each_descriptor_and_goes_when_it_is_closed(family, script):
    install(Field(f"{family}.n", "uint64", "N.", counter(DescriptorState(int))))
    assert values(script, f"{family}.n", filter="evt.type=read") == [(1,), (2,), (1,)]


def test_a_new_thread_starts_with_what_it_inherits(family):
    script = Script()
    parent = script.process("sh", pid=100)
    parent.openat("/a", returns=3)
    parent.openat("/b", returns=4)
    child = parent.fork(pid=101)
    child.openat("/c", returns=5)
    install(
        Field(f"{family}.plus", "uint64", "Plus.", counter(ThreadState(int, inherit=lambda value: value + 100))),
        Field(f"{family}.none", "uint64", "None.", counter(ThreadState(int))),
    )
    got = values(script, "thread.tid", f"{family}.plus", f"{family}.none", filter="evt.type=openat")
    assert got == [(100, 1, 1), (100, 2, 2), (101, 103, 1)]


def test_a_field_may_read_others_but_not_move_the_stream_on(family, script):
    errors = []

    def extract(event, argument):
        with pytest.raises(RuntimeError) as caught:
            next(stream)
        errors.append(str(caught.value))
        return f"{event['proc.name']} {event[f'{family}.inner']}"

    install(
        Field(f"{family}.outer", "charbuf", "Outer.", extract),
        Field(f"{family}.inner", "charbuf", "Inner.", lambda event, argument: event["evt.type"]),
    )
    stream = tracer.play(script.source(), filter=f"{family}.outer = 'cat read'")
    with stream:
        assert [event.name for event in stream] == ["read"] * 3
    assert set(errors) == {"what the stream calls cannot move it on or change it"}


def test_an_event_that_is_past_cannot_be_asked(family, script):
    kept = []
    install(Field(f"{family}.kept", "uint64", "Kept.", lambda event, argument: kept.append(event) or 1))
    assert len(values(script, f"{family}.kept")) == len(kept)
    assert kept[0].name == "openat"
    with pytest.raises(ValueError, match="latest event"):
        kept[0]["proc.name"]


def test_names_of_tracers_own_fields_and_bad_types_are_refused():
    for field, error in (
        (Field("proc.name", "charbuf", "Mine.", print), "the field name proc.name is tracer's own"),
        (Field("evt.arg.mine", "charbuf", "Mine.", print), "the field name evt.arg.mine is tracer's own"),
        (Field("Shout", "charbuf", "Mine.", print), "cannot be a field's name"),
        (Field("mine.it", "text", "Mine.", print), "'text' is no type that a field can have"),
        (Field("mine.it", "charbuf", "Mine.", print, needs=Needs(event_types=["opne"])), "no event type 'opne'"),
    ):
        (failure,) = install(field).failures
        assert error in failure.error


def test_a_field_in_a_family_of_the_engines_is_listed_there(script, capsys):
    from tracer.core.cli.listing import print_fields

    install(Field("proc.made_loud", "charbuf", "Loud.", lambda event, argument: event.thread.name.upper()))
    assert values(script, "proc.made_loud")[0] == ("CAT",)
    print_fields(verbose=False)
    listed = capsys.readouterr().out
    assert listed.count("\nproc\n") == 1
    assert listed.index("proc.made_loud") < listed.index("\nthread\n")


class Reads:
    """Counts what is read, for a field."""

    state = ThreadState(int)

    def needs(self) -> Needs:
        return Needs(event_types=["read"])

    def start(self, stream) -> None:
        pass

    def on_event(self, event) -> None:
        self.state[event] += 1

    def finish(self) -> None:
        pass


def test_a_consumer_that_a_field_stands_on_sees_what_does_not_pass(family, script):
    install(Field(f"{family}.reads", "uint64", "Reads.", lambda event, argument: Reads.state[event], consumer=Reads))
    assert values(script, f"{family}.reads", filter="evt.type=close") == [(2,), (3,)]


def test_columns_have_the_type_of_the_field(family, script):
    pyarrow = pytest.importorskip("pyarrow")
    install(Field(f"{family}.n", "int64", "N.", lambda event, argument: -1 if event.name == "read" else None))
    with tracer.play(script.source()) as events:
        column = events.to_arrow(["evt.type", f"{family}.n"]).column(1)
    assert column.type == pyarrow.int64()
    assert column.to_pylist().count(-1) == 3
