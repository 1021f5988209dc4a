"""Runs rules over a stream of events."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING

import tracer
from tracer.plugins.rules.alerts import AlertMaker
from tracer.plugins.rules.event_types import rule_codes
from tracer.plugins.rules.outputs import make_outputs
from tracer.plugins.rules.outputs.queue import OutputQueue
from tracer.plugins.rules.rate_limit import TokenBucket
from tracer.plugins.rules.recording import AlertRecorder
from tracer.plugins.rules.ruleset import RuleSet
from tracer.plugins.rules.settings import Settings
from tracer.plugins.rules.statistics import Counts

if TYPE_CHECKING:
    from tracer import Event, EventStream

POLL_S = 0.1


def run_rules(rules: RuleSet, arguments: argparse.Namespace, settings: Settings) -> int:
    """Tells of matches until the stream ends or is stopped; the exit status. Raises PluginError, OSError, ..."""
    runner = RuleRunner(rules, settings)
    with _Stop() as stop, _open(arguments, runner.filters) as events:
        if arguments.capture is None:
            print(f"tracer: {events.driver}", file=sys.stderr)
        try:
            _follow(events, runner, stop, arguments)
        finally:
            runner.close()
            print(runner.counts.as_text(list(rules.compiled.rules)), file=sys.stderr)
            _tell_drops(events)
    return 128 + stop.received if stop.received else 0


class RuleRunner:
    """Tells of each event of a stream that rules match."""

    def __init__(self, rules: RuleSet, settings: Settings) -> None:
        self.rules = rules.enabled_rules(settings.priority)
        """Those that run, in order."""
        self.filters = tracer.FilterSet(
            [rule.filter for rule in self.rules], first_only=settings.first_only, codes=rule_codes()
        )
        """What the stream has to be opened with."""
        self.counts = Counts()
        self.recorder = AlertRecorder(settings)
        self._limit = TokenBucket(settings.number("outputs", "rate"), settings.number("outputs", "max_burst"))
        self._alerts = AlertMaker(settings)
        self._outputs = OutputQueue(make_outputs(settings), settings.number("output_timeout") / 1000)

    def on_event(self, event: Event, stream: EventStream) -> None:
        """Tells which rules match the latest event of a stream that was opened with `filters`."""
        for place in self.filters.matched:
            rule = self.rules[place]
            self.counts.add(rule)
            self.recorder.on_match(rule, event, stream)
            if self._limit.claim():
                self._outputs.send(self._alerts.make(rule, event))

    def close(self) -> None:
        """Waits until everything is told."""
        self.recorder.close()
        self._outputs.close()


def _open(arguments: argparse.Namespace, filters: tracer.FilterSet) -> EventStream:
    if arguments.capture is not None:
        return tracer.open(arguments.capture, filter=filters)
    return tracer.live(driver=arguments.driver, filter=filters, pid=arguments.pid or None)


def _follow(events: EventStream, runner: RuleRunner, stop: _Stop, arguments: argparse.Namespace) -> None:
    # A capture's time is that of its events.
    end = time.monotonic() + arguments.duration_s
    duration_ns = arguments.duration_s * 1e9
    while not stop.received and not events.ended:
        event = events.poll(POLL_S, runner.recorder.writer)
        if event is not None:
            if duration_ns and arguments.capture is not None and event["evt.reltime"] >= duration_ns:
                break
            runner.recorder.on_time(event.time)
            runner.on_event(event, events)
        if duration_ns and arguments.capture is None and time.monotonic() >= end:
            break


def _tell_drops(events: EventStream) -> None:
    dropped = events.statistics.dropped
    if dropped:
        print(f"tracer: {dropped} events dropped", file=sys.stderr)


class _Stop:
    """While it is entered, signals that ask the process to end are noted, so that everything is told first."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.received = 0

    def __enter__(self) -> _Stop:
        self._before = {number: signal.signal(number, self._note) for number in self.SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        self.received = number
        for each in self.SIGNALS:
            signal.signal(each, signal.SIG_DFL)  # whoever does not want to wait sends a second one
