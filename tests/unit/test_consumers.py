"""Consumers: what runs beside a stream, and the events that it adds."""

from __future__ import annotations

import threading
from types import ModuleType

import pytest

import tracer
from tracer.core.consumers import plugin_consumers
from tracer.core.needs import merged, plan_for_needs
from tracer.core.plugin import ConsumerKind, Needs, PluginError, hookimpl
from tracer.core.plugins import load_plugins
from tracer.drivers.fake.script import Script


class Watcher:
    """Notes what it is told."""

    def __init__(self, **needs) -> None:
        self._needs = Needs(**needs)
        self.told: list[str] = []

    def needs(self) -> Needs:
        return self._needs

    def start(self, stream) -> None:
        self.stream = stream
        self.told.append("start")

    def on_event(self, event) -> None:
        self.told.append(f"{event.name} {event['fd.name'] or ''}".strip())

    def finish(self) -> None:
        self.told.append("finish")


@pytest.fixture
def script() -> Script:
    made = Script()
    cat = made.process("cat", pid=100)
    for path in ("/etc/passwd", "/etc/hosts"):
        cat.openat(path, returns=3)
        cat.read(3, b"x")
        cat.close(3)
    return made


def test_a_consumer_gets_what_it_needs_whatever_passes_the_filter(script):
    watcher = Watcher(event_types=["openat", "close"])
    with tracer.play(script.source(), filter="evt.type=read", consumers=[watcher]) as events:
        assert [event.name for event in events] == ["read", "read"]
    assert watcher.told == [
        "start",
        "openat /etc/passwd",
        "close /etc/passwd",
        "openat /etc/hosts",
        "close /etc/hosts",
        "finish",
    ]


def test_its_filter_and_its_event_types_both_count(script):
    watcher = Watcher(filter="fd.name=/etc/hosts", event_types=["read"])
    with tracer.play(script.source(), consumers=[watcher]) as events:
        assert len(list(events)) == 6
    assert watcher.told == ["start", "read /etc/hosts", "finish"]


def test_one_that_needs_no_event_types_gets_none(script):
    watcher = Watcher(event_types=[])
    with tracer.play(script.source(), consumers=[watcher]) as events:
        assert len(list(events)) == 6
    assert watcher.told == ["start", "finish"]


def test_an_event_that_is_added_comes_at_its_place_with_the_time_of_the_stream(script):
    class Marker(Watcher):
        def on_event(self, event) -> None:
            self.stream.add_event("mark", b"\x00\xff", plugin_id=7, tid=event.tid)

    with tracer.play(script.source(), consumers=[Marker(filter="fd.name=/etc/hosts and evt.type=openat")]) as events:
        seen = [(event.name, event.time, event.tid, dict(event.params)) for event in events]
    names = [name for name, *_ in seen]
    assert names == ["openat", "read", "close", "openat", "asyncevent", "read", "close"]
    _, time, tid, params = seen[4]
    assert (tid, params) == (100, {"plugin_id": 7, "name": "mark", "data": b"\x00\xff"})
    assert seen[3][1] <= time <= seen[5][1]


def test_events_may_be_added_from_any_thread(script):
    class Adder(Watcher):
        def start(self, stream) -> None:
            threads = [threading.Thread(target=self.add, args=(stream, name)) for name in "abcd"]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        @staticmethod
        def add(stream, name) -> None:
            for _ in range(100):
                stream.add_event(name, "")

    with tracer.play(script.source(), filter="evt.type=asyncevent", consumers=[Adder(event_types=[])]) as events:
        names = [event.params["name"] for event in events]
    assert sorted(names) == sorted("abcd" * 100)


def test_an_event_that_was_added_is_recorded_and_read_again(script, tmp_path):
    class Marker(Watcher):
        def on_event(self, event) -> None:
            self.stream.add_event("mark", "here")

    path = tmp_path / "marked.scap"
    with tracer.play(script.source(), consumers=[Marker(event_types=["read"])]) as events:
        writer = events.write_capture(path)
        while not events.ended:
            events.poll(0.1, writer)
        writer.close()
    with tracer.open(path) as events:
        assert [event.name for event in events].count("asyncevent") == 2
    with tracer.open(path, filter="evt.type=asyncevent") as events:
        assert next(events).params["data"] == b"here"


def test_what_is_said_of_a_container_takes_effect_and_needs_an_id(script):
    class Teller(Watcher):
        def start(self, stream) -> None:
            with pytest.raises(ValueError, match="needs an id"):
                stream.set_container({"name": "shop"})

    with tracer.play(script.source(), consumers=[Teller()]) as events:
        assert len(list(events)) == 6


def test_what_a_programs_own_consumer_raises_is_the_programs(script):
    class Broken(Watcher):
        def on_event(self, event) -> None:
            raise KeyError("oh")

    with tracer.play(script.source(), consumers=[Broken()]) as events, pytest.raises(KeyError):
        next(events)


def plugin_with(kind: ConsumerKind, monkeypatch: pytest.MonkeyPatch):
    module = ModuleType("made")
    vars(module)["tracer_consumers"] = hookimpl(lambda: [kind])
    plugins = load_plugins([])
    plugins.add("made", "made-up 1.0", module)
    monkeypatch.setattr("tracer.core.plugins.installed_plugins", lambda: plugins)
    return plugins


@pytest.mark.parametrize("where", ["start", "on_event", "finish"])
def test_a_plugins_consumer_that_fails_is_switched_off_and_the_stream_goes_on(where, script, monkeypatch, capsys):
    consumer = Watcher()
    setattr(consumer, where, lambda *given: 1 // 0)
    plugins = plugin_with(ConsumerKind("watch", "Watches.", lambda argument: consumer), monkeypatch)
    (one,) = plugin_consumers(["watch"])
    from tracer.core.opening import open_source

    opened = open_source(script.source())
    opened.run_consumers([one])
    with tracer.EventStream(opened) as events:
        assert len(list(events)) == 6
    (failure,) = plugins.failures
    assert failure.error == "watch: ZeroDivisionError: integer division or modulo by zero"
    assert capsys.readouterr().err.count("\n") == 1


def test_the_argument_goes_to_the_consumer_and_an_unknown_name_is_an_error(monkeypatch):
    given = []
    plugin_with(ConsumerKind("watch", "Watches.", lambda argument: given.append(argument) or Watcher()), monkeypatch)
    plugin_consumers(["watch:/a:b", "watch"])
    assert given == ["/a:b", ""]
    with pytest.raises(PluginError, match="--with wach: no consumer is called so; installed are: watch"):
        plugin_consumers(["wach"])


def test_plans_are_put_together_so_that_each_gets_what_it_needs():
    plan = merged(
        [
            plan_for_needs(Needs(event_types=["openat"]), "proc.name=cat"),
            plan_for_needs(Needs(event_types=["getuid"], snaplen_bytes=200, enter_events=True)),
        ]
    )
    assert {"openat", "getuid"} <= plan.syscalls
    assert "getgid" not in plan.syscalls
    assert plan.enter_events
    assert plan.snaplen_bytes == 200
    assert merged([plan, plan_for_needs(Needs())]).syscalls is None
