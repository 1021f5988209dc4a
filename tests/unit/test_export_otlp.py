"""`tracer export --to otlp`, to a collector that decodes with OpenTelemetry's own messages."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as messages

from tests.conftest import RunTracer
from tests.unit.otlp_collector import Answer, Collector, attributes, collector, decoded
from tracer.core.plugin import PluginError
from tracer.plugins.exports.otlp.output import settings
from tracer.plugins.exports.otlp.sending import Endpoint, Sender

CAT_OPENS = ("proc.name=cat", "and", "evt.type=openat", "and", "evt.dir=<")
OPENED = 31
"""How many events that is in 07-tiny.scap."""


@pytest.fixture
def running() -> Iterator[Collector]:
    with collector() as one:
        yield one


@pytest.fixture
def tiny(captures: Path) -> Path:
    return captures / "07-tiny.scap"


def send(run: RunTracer, running: Collector, tiny: Path, *words: str, **environment: str) -> str:
    ran = run("export", "--to", "otlp", "-o", running.url, *words, tiny, *CAT_OPENS, **environment)
    assert (ran.status, ran.out) == (0, ""), ran.err
    return ran.err


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_each_event_is_a_log_record(
    tracer_command: RunTracer, running: Collector, tiny: Path, encoding: str, compression: str
) -> None:
    words = ("--option", f"encoding={encoding}", "--option", f"compression={compression}")
    assert send(tracer_command, running, tiny, *words) == ""
    assert running.requests[0].path == "/v1/logs"
    records = running.records()
    assert len(records) == OPENED
    # 15:03:09.576287594 0 cat (794) < openat fd=3(<f>/etc/ld.so.cache) dirfd=-100(AT_FDCWD) name=/etc/ld.so.cache
    first = records[0]
    assert first.time_unix_nano == 1795359789_576287594
    assert (first.event_name, first.severity_text) == ("syscall.openat", "INFO")
    assert first.body.string_value.startswith("< openat fd=3(<f>/etc/ld.so.cache) dirfd=-100(AT_FDCWD)")
    values = attributes(first)
    assert values["process.pid"] == 794
    assert values["process.executable.name"] == "cat"
    assert values["process.command_line"] == "cat /etc/hostname"
    assert values["thread.id"] == 794
    assert values["file.path"] == "/etc/ld.so.cache"
    assert values["tracer.argument.flags"] == "4097(O_RDONLY|O_CLOEXEC)"
    assert "container.id" not in values


def test_an_error_has_its_type(tracer_command: RunTracer, running: Collector, tiny: Path) -> None:
    ran = tracer_command("export", "--to", "otlp", "-o", running.url, tiny, "evt.type=ioctl and evt.failed=true", "-n1")
    assert ran.status == 0
    assert attributes(running.records()[0])["error.type"] == "ENOTTY"


def test_both_ends_of_a_connection_are_attributes(
    tracer_command: RunTracer, running: Collector, captures: Path
) -> None:
    words = ("evt.type=connect and evt.dir=< and fd.sport=8080 and fd.type=ipv4", "-n1")
    ran = tracer_command("export", "--to", "otlp", "-o", running.url, captures / "02-net.scap.gz", *words)
    assert ran.status == 0
    record = running.records()[0]
    values = attributes(record)
    assert (values["server.address"], values["server.port"]) == ("127.0.0.1", 8080)
    assert values["network.transport"] == "tcp"


def test_records_say_where_they_are_from(tracer_command: RunTracer, running: Collector, tiny: Path) -> None:
    send(
        tracer_command,
        running,
        tiny,
        OTEL_SERVICE_NAME="audit",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test%2C1,host.name=web-1",
    )
    resource_logs = running.requests[0].message.resource_logs[0]
    values = attributes(resource_logs.resource)
    assert values["service.name"] == "audit"
    assert values["deployment.environment.name"] == "test,1"
    assert values["host.name"] == "web-1"
    assert resource_logs.scope_logs[0].scope.name == "tracer"


def test_requests_have_no_more_records_than_a_batch(tracer_command: RunTracer, running: Collector, tiny: Path) -> None:
    send(tracer_command, running, tiny, "--option", "batch=10")
    sizes = [len(each.message.resource_logs[0].scope_logs[0].log_records) for each in running.requests]
    assert sizes == [10, 10, 10, 1]


def test_the_environment_says_where_to(tracer_command: RunTracer, running: Collector, tiny: Path) -> None:
    ran = tracer_command(
        *("export", "--to", "otlp", tiny, *CAT_OPENS),
        OTEL_EXPORTER_OTLP_ENDPOINT=f"{running.url}/base/",
        OTEL_EXPORTER_OTLP_HEADERS="api-key=a%20b,tenant=7",
        OTEL_EXPORTER_OTLP_PROTOCOL="http/json",
    )
    assert (ran.status, ran.err) == (0, "")
    request = running.requests[0]
    assert request.path == "/base/v1/logs"
    assert (request.headers["api-key"], request.headers["tenant"]) == ("a b", "7")
    assert request.headers["Content-Type"] == "application/json"


def test_a_busy_collector_is_asked_again(tracer_command: RunTracer, running: Collector, tiny: Path) -> None:
    running.answers = [Answer(503), Answer(429, headers={"Retry-After": "0"})]
    send(tracer_command, running, tiny)
    assert len(running.records()) == OPENED


def test_what_a_collector_refuses_is_not_sent_again(tracer_command: RunTracer, running: Collector, tiny: Path) -> None:
    running.answers = [Answer(400, b"what is this?")]
    ran = tracer_command("export", "--to", "otlp", "-o", running.url, tiny, *CAT_OPENS)
    assert ran.status == 1
    assert "status 400" in ran.err and "what is this?" in ran.err
    assert running.requests == []


def test_rejected_records_are_an_error(tracer_command: RunTracer, running: Collector, tiny: Path) -> None:
    partial = messages.ExportLogsPartialSuccess(rejected_log_records=4, error_message="too old")
    response = messages.ExportLogsServiceResponse(partial_success=partial)
    running.answers = [Answer(200, response.SerializeToString())]
    ran = tracer_command("export", "--to", "otlp", "-o", running.url, tiny, *CAT_OPENS)
    assert ran.status == 1
    assert "rejected 4 log records: too old" in ran.err


def test_a_collector_that_is_not_there_is_an_error_in_the_end(tracer_command: RunTracer, tiny: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        words = ("--to", "otlp", "-o", url, "--option", "retry=0.1")
        ran = tracer_command("export", *words, tiny, *CAT_OPENS)
    assert ran.status == 1
    assert "takes no log records" in ran.err and "refused" in ran.err


def test_waits_grow_until_it_is_given_up(running: Collector) -> None:
    running.answers = [Answer(503) for _ in range(20)]
    waits: list[float] = []
    sender = Sender(Endpoint(running.url, "application/x-protobuf", retry_s=20), sleep=waits.append)
    with pytest.raises(PluginError, match="status 503"):
        sender.send(b"")
    sender.close()
    assert len(waits) >= 4
    # Up to twice the one before, at least half of that.
    assert all(0.5 * 2**number <= wait <= 2**number for number, wait in enumerate(waits[:5]))


def test_the_waits_that_a_collector_asks_for_are_kept(running: Collector) -> None:
    running.answers = [Answer(429, headers={"Retry-After": "7"})]
    waits: list[float] = []
    sender = Sender(Endpoint(running.url, "application/x-protobuf"), sleep=waits.append)
    sender.send(b"")
    sender.close()
    assert waits == [7]


def test_a_file_has_a_request_in_each_line(tracer_command: RunTracer, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "logs.jsonl"
    ran = tracer_command("export", "--to", "otlp", "-o", out, "--option", "batch=20", tiny, *CAT_OPENS)
    assert (ran.status, ran.err) == (0, "")
    lines = [decoded("application/json", line.encode()) for line in out.read_text().splitlines()]
    assert [len(line.resource_logs[0].scope_logs[0].log_records) for line in lines] == [20, 11]


@pytest.mark.parametrize(
    ("path", "environment", "url"),
    [
        ("-", {}, "http://localhost:4318/v1/logs"),
        ("http://c:4318", {}, "http://c:4318/v1/logs"),
        ("https://c/otlp/logs", {}, "https://c/otlp/logs"),
        ("-", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c/x"}, "http://c/x/v1/logs"),
        ("-", {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://c/x"}, "http://c/x"),
    ],
)
def test_where_requests_go(path: str, environment: dict[str, str], url: str) -> None:
    assert settings(path, {}, environment).url == url


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "http://"], "no address of a collector"),
        (["-o", "ftp://x/y"], "no address of a collector"),
        (["--option", "encoding=xml"], "'xml' is none of protobuf, json"),
        (["--option", "batch=0"], "no number greater than 0"),
        (["--option", "btach=1"], "no option btach"),
    ],
)
def test_wrong_options_are_told(tracer_command: RunTracer, tiny: Path, words: list[str], message: str) -> None:
    ran = tracer_command("export", "--to", "otlp", *words, tiny)
    assert (ran.status, ran.out) == (1, "")
    assert message in ran.err
    assert "Traceback" not in ran.err
