"""The command `tracer metrics`."""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import closing
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from tracer.core.plugin import PluginError

if TYPE_CHECKING:
    from tracer import EventStream
    from tracer.plugins.exports.metrics.counters import Counters

DEFAULT_ADDRESS = "localhost:9100"
DEFAULT_PROCESSES = 100


class Metrics:
    """Counts what system calls do, for Prometheus."""

    name = "metrics"
    summary = "count system calls, errors, bytes and durations for Prometheus"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What to count, and where to tell."""
        parser.usage = "tracer metrics [options] [FILTER...]"
        parser.epilog = "A capture is counted to its end and printed, unless --listen says otherwise."
        parser.add_argument("--driver", metavar="NAME[:ARG]", help="take events from this driver (see: tracer drivers)")
        parser.add_argument("-r", "--readfile", metavar="FILE", dest="read", help="count the events of a capture")
        parser.add_argument(
            "--listen",
            metavar="HOST:PORT",
            help=f"answer at http://HOST:PORT/metrics ({DEFAULT_ADDRESS}; without HOST: to other machines too)",
        )
        parser.add_argument(
            "--processes",
            metavar="NUMBER",
            type=_number,
            default=DEFAULT_PROCESSES,
            help=f"count so many programs one by one, and all others together ({DEFAULT_PROCESSES})",
        )
        parser.add_argument(
            "--no-durations",
            action="store_false",
            dest="durations",
            help="do not count how long calls take: what is traced slows down less",
        )
        parser.add_argument("filter", metavar="FILTER", nargs="*", help="count only events that this lets through")

    def run(self, arguments: argparse.Namespace) -> int:
        """Counts until the end of a capture, or until it is interrupted."""
        from tracer.plugins.exports.metrics.counters import Counters
        from tracer.plugins.exports.metrics.exposition import exposition
        from tracer.plugins.exports.metrics.server import MetricsServer

        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise PluginError("this needs pyarrow, which is not installed: pip install 'tracer[arrow]'") from None
        counters = Counters(arguments.processes, arguments.durations)
        address = arguments.listen or (None if arguments.read else DEFAULT_ADDRESS)
        with _opened(arguments, counters) as stream:
            name = arguments.read or stream.driver
            info = {"version": _version(), "driver": name}

            def metrics() -> str:
                return exposition(counters, stream.statistics, info)

            if address is None:
                try:
                    _count(stream, counters, name)
                finally:
                    print(metrics(), end="")
                return 0
            _end_on_signals()
            with closing(MetricsServer(address, metrics)) as server:
                print(f"tracer: metrics at {server.url}", file=sys.stderr, flush=True)
                _count(stream, counters, name)
                _wait()
        return 0


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is no number")
    return int(text)


def _opened(arguments: argparse.Namespace, counters: Counters) -> EventStream:
    import tracer

    filter = " ".join(arguments.filter + arguments.after_dashes) or None
    if arguments.read:
        return tracer.open(arguments.read, filter=filter)
    stream = tracer.live(driver=arguments.driver, filter=filter, enter_events=arguments.durations)
    print(f"tracer: {stream.driver}", file=sys.stderr)
    return stream


def _count(stream: EventStream, counters: Counters, name: str) -> None:
    from tracer import FormatError

    try:
        for batch in stream.batches(counters.fields):
            counters.add(batch)
    except FormatError as error:
        raise PluginError(f"{name}: {error}") from None


def _end_on_signals() -> None:
    """Has signals end the program in order, also where a shell that started it has them ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _wait() -> None:
    """Until a signal comes: whoever scrapes has to be able to see how it ended."""
    while True:
        signal.pause()


def _version() -> str:
    from importlib.metadata import version

    return version("tracer")
