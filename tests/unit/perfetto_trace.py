"""Reads traces as Perfetto's trace processor does, from messages that Perfetto's own Python package decodes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as messages

STATE_CLEARED = 1


@dataclass
class Slice:
    """A slice, or an instant: then it has no duration."""

    tid: int
    name: str
    category: str
    start: int
    duration: int | None
    arguments: dict[str, object]
    depth: int


@dataclass
class Trace:
    """What a viewer would show."""

    processes: dict[int, str] = field(default_factory=dict)
    command_lines: dict[int, list[str]] = field(default_factory=dict)
    threads: dict[int, tuple[int, str]] = field(default_factory=dict)
    slices: list[Slice] = field(default_factory=list)
    instants: list[Slice] = field(default_factory=list)
    switches: list[Any] = field(default_factory=list)
    """Of each: CPU, time, and the message."""
    clocks: list[dict[int, int]] = field(default_factory=list)


def read_trace(path: Path) -> Trace:
    """The trace in a file. Fails where the file breaks the rules of the format."""
    whole = messages.Trace()
    whole.ParseFromString(path.read_bytes())
    trace = Trace()
    tracks: dict[int, int] = {}
    open_slices: dict[int, list[Slice]] = defaultdict(list)
    events = []
    names: dict[str, dict[int, str]] = defaultdict(dict)
    is_cleared = False
    for packet in whole.packet:
        if packet.sequence_flags & STATE_CLEARED:
            is_cleared = True
            assert packet.trace_packet_defaults.timestamp_clock_id == messages.BUILTIN_CLOCK_REALTIME
        for kind in ("event_names", "event_categories", "debug_annotation_names"):
            names[kind].update({each.iid: each.name for each in getattr(packet.interned_data, kind)})
        if packet.HasField("track_descriptor"):
            descriptor = packet.track_descriptor
            if descriptor.HasField("process"):
                trace.processes[descriptor.process.pid] = descriptor.process.process_name
                trace.command_lines[descriptor.process.pid] = list(descriptor.process.cmdline)
            else:
                tracks[descriptor.uuid] = descriptor.thread.tid
                _, known = trace.threads.get(descriptor.thread.tid, (0, ""))
                name = descriptor.thread.thread_name or known
                trace.threads[descriptor.thread.tid] = descriptor.thread.pid, name
        elif packet.HasField("clock_snapshot"):
            trace.clocks.append({clock.clock_id: clock.timestamp for clock in packet.clock_snapshot.clocks})
        elif packet.HasField("ftrace_events"):
            for event in packet.ftrace_events.event:
                trace.switches.append((packet.ftrace_events.cpu, event.timestamp, event.sched_switch))
        elif packet.HasField("track_event"):
            assert is_cleared, "names have numbers before the state they are kept in has begun"
            assert packet.track_event.track_uuid in tracks, "an event of a track that was not described"
            event = packet.track_event
            arguments = [
                (names["debug_annotation_names"][each.name_iid], _value(each)) for each in event.debug_annotations
            ]
            assert len(dict(arguments)) == len(arguments)
            name = names["event_names"][event.name_iid] if event.name_iid else ""
            category = names["event_categories"][event.category_iids[0]] if event.category_iids else ""
            events.append((packet.timestamp, tracks[event.track_uuid], event.type, name, category, dict(arguments)))
    for time, tid, kind, name, category, arguments in sorted(events, key=lambda event: event[0]):
        stack = open_slices[tid]
        if kind == messages.TrackEvent.TYPE_SLICE_BEGIN:
            stack.append(Slice(tid, name, category, time, None, arguments, len(stack)))
            trace.slices.append(stack[-1])
        elif kind == messages.TrackEvent.TYPE_SLICE_END:
            ended = stack.pop()
            assert not ended.arguments.keys() & arguments.keys()
            ended.arguments |= arguments
            ended.duration = time - ended.start
        else:
            assert kind == messages.TrackEvent.TYPE_INSTANT
            trace.instants.append(Slice(tid, name, category, time, None, arguments, len(stack)))
    return trace


def _value(annotation: Any) -> object:
    return getattr(annotation, annotation.WhichOneof("value"))
