"""Rules over scripted events and captures: which alerts there are, and how they read."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import tracer
from tests.conftest import CAPTURES, RunTracer
from tests.unit.rules_helpers import rule
from tracer.core.records import ThreadEntry
from tracer.drivers.fake.script import Script, ScriptedThread
from tracer.plugins.rules.rate_limit import TokenBucket
from tracer.plugins.rules.ruleset import RuleSet
from tracer.plugins.rules.run import RuleRunner
from tracer.plugins.rules.settings import Settings

CONTAINER = "0123456789ab" + 52 * "0"
CAPTURE = CAPTURES / "07-tiny.scap"

ETC = """
- rule: Etc
  desc: Something below /etc is read
  condition: evt.type in (open, openat) and evt.is_open_read = true and fd.name startswith /etc
  output: 'read (name=%proc.name file=%fd.name "quoted")'
  priority: WARNING
  tags: [b, a]
- rule: Date
  desc: The program date opens a file
  condition: evt.type = openat and proc.name = date
  output: date (file=%fd.name)
  priority: NOTICE
  tags: [c]
"""


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    """A file with two rules."""
    path = tmp_path / "rules.yaml"
    path.write_text(ETC)
    return path


def names(ran: list[str]) -> list[str]:
    return [json.loads(line)["rule"] for line in ran]


@pytest.mark.parametrize(("privileged", "alerts"), [(True, 1), (False, 0)])
def test_a_rule_sees_what_is_known_of_a_container(
    privileged: bool, alerts: int, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = RuleSet()
    condition = "evt.type = execve and container.id != host and container.privileged = true and proc.name = debugfs"
    assert rules.load(rule(condition, output="in %container.name"), "x").successful
    script = Script()
    entry = ThreadEntry(tid=7, pid=7, ptid=1, name="sh", exe="sh", cgroups=(f"cpuset=/docker/{CONTAINER}",))
    script._threads.append(entry)
    ScriptedThread(script, entry).execve("/sbin/debugfs", ["/dev/sda"])
    runner = RuleRunner(rules, Settings())
    with tracer.play(script.source(), filter=runner.filters) as events:
        events.set_container({"id": CONTAINER[:12], "type": 0, "name": "box", "privileged": privileged})
        for event in events:
            runner.on_event(event, events)
    runner.close()
    assert [line.endswith("Informational in box") for line in capsys.readouterr().out.splitlines()] == [True] * alerts


def test_alerts_read_as_those_of_falco(tracer_command: RunTracer, rules_file: Path) -> None:
    ran = tracer_command("rules", "-r", rules_file, "-e", CAPTURE)
    assert ran.status == 0
    assert ran.lines[0] == (r"15:03:08.245026738: Warning read (name=dmesg file=/etc/ld.so.cache \"quoted\")")
    assert ran.err.splitlines()[-5:] == [
        "   WARNING: 9",
        "   NOTICE: 58",
        "Triggered rules by rule name:",
        "   Etc: 9",
        "   Date: 58",
    ]


def test_an_alert_as_json_has_the_fields_with_their_types(tracer_command: RunTracer, rules_file: Path) -> None:
    ran = tracer_command("rules", "-r", rules_file, "-e", CAPTURE, "-j")
    alert = json.loads(ran.lines[0])
    del alert["hostname"]
    assert alert == {
        "output": '15:03:08.245026738: Warning read (name=dmesg file=/etc/ld.so.cache "quoted")',
        "output_fields": {
            "evt.time": 1795359788245026738,
            "fd.name": "/etc/ld.so.cache",
            "proc.name": "dmesg",
        },
        "priority": "Warning",
        "rule": "Etc",
        "source": "syscall",
        "tags": ["a", "b"],
        "time": "2026-11-22T15:03:08.245026738Z",
    }


def test_settings_say_what_json_holds(tracer_command: RunTracer, rules_file: Path) -> None:
    settings = {
        "json_include_output_property": "false",
        "json_include_output_fields_property": "false",
        "json_include_tags_property": "false",
        "json_include_message_property": "true",
    }
    words = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    alert = json.loads(tracer_command("rules", "-j", "-r", rules_file, "-e", CAPTURE, *words).lines[0])
    assert sorted(alert) == ["hostname", "message", "priority", "rule", "source", "time"]
    assert alert["message"] == 'read (name=dmesg file=/etc/ld.so.cache "quoted")'


def test_only_the_first_rule_counts_unless_all_are_asked_for(tracer_command: RunTracer, rules_file: Path) -> None:
    first = names(tracer_command("rules", "-j", "-r", rules_file, "-e", CAPTURE).lines)
    every = names(tracer_command("rules", "-j", "-r", rules_file, "-e", CAPTURE, "-o", "rule_matching=all").lines)
    assert (first.count("Etc"), every.count("Etc")) == (9, 9)
    assert first.count("Date") < every.count("Date")


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["-t", "c"], {"Date"}),
        (["-T", "c"], {"Etc"}),
        (["-D", "Et"], {"Date"}),
        (["-o", "priority=warning"], {"Etc"}),
        (["-o", "rules[]={disable: {rule: '*'}}", "-o", "rules[]={enable: {tag: c}}"], {"Date"}),
    ],
)
def test_rules_are_chosen(tracer_command: RunTracer, rules_file: Path, words: list[str], left: set[str]) -> None:
    assert set(names(tracer_command("rules", "-j", "-r", rules_file, "-e", CAPTURE, *words).lines)) == left


def test_more_is_added_to_alerts(tracer_command: RunTracer, rules_file: Path) -> None:
    extra = 'append_output[]={"match": {"tags": ["a"]}, "extra_output": "uid=%user.uid", "extra_fields": ["evt.cpu"]}'
    ran = tracer_command("rules", "-j", "-r", rules_file, "-e", CAPTURE, "-t", "a", "-o", extra, "-p", "x=%evt.type")
    alert = json.loads(ran.lines[0])
    assert alert["output"].endswith('"quoted") uid=0 x=openat')
    assert isinstance(alert["output_fields"]["evt.cpu"], int)


def test_times_are_those_of_iso_8601_if_asked_for(tracer_command: RunTracer, rules_file: Path) -> None:
    ran = tracer_command("rules", "-r", rules_file, "-e", CAPTURE, "-o", "time_format_iso_8601=true")
    assert ran.lines[0].startswith("2026-11-22T15:03:08.245026738+0000: Warning read")


def test_alerts_go_to_a_file_and_a_program(tracer_command: RunTracer, rules_file: Path, tmp_path: Path) -> None:
    ran = tracer_command(
        *("rules", "-r", rules_file, "-e", CAPTURE),
        *("-o", "file_output.enabled=true", "-o", f"file_output.filename={tmp_path}/alerts"),
        *("-o", "program_output.enabled=true", "-o", f"program_output.program=cat >> {tmp_path}/read"),
        *("-o", "program_output.keep_alive=true"),
    )
    assert (tmp_path / "alerts").read_text() == ran.out
    assert (tmp_path / "read").read_text() == ran.out


def test_no_more_alerts_than_the_rate_allows(tracer_command: RunTracer, rules_file: Path) -> None:
    ran = tracer_command(
        *("rules", "-r", rules_file, "-e", CAPTURE, "-o", "outputs.rate=0.001", "-o", "outputs.max_burst=3")
    )
    assert len(ran.lines) == 3
    assert "   Etc: 9" in ran.err


def test_a_token_bucket_fills_with_time() -> None:
    now = [0.0]
    bucket = TokenBucket(rate=2, most=3, clock=lambda: now[0])
    assert [bucket.claim() for _ in range(4)] == [True, True, True, False]
    now[0] = 0.5
    assert [bucket.claim() for _ in range(2)] == [True, False]


def test_a_capture_begins_with_a_match(tracer_command: RunTracer, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(rule("evt.type = execve and proc.name = cat", more="capture: true\ncapture_duration: 50"))
    ran = tracer_command(
        *("rules", "-r", path, "-e", CAPTURE, "-o", "capture.enabled=true"),
        *("-o", f"capture.path_prefix={tmp_path}/taken"),
    )
    (taken,) = tmp_path.glob("taken_*.scap")
    assert len(ran.lines) == 1
    with tracer.open(taken) as events:
        recorded = list(events)
    assert recorded
    assert {event.thread.name for event in recorded if event.thread} >= {"cat"}


def test_after_its_seconds_a_capture_is_left(tracer_command: RunTracer, rules_file: Path) -> None:
    every = tracer_command("rules", "-r", rules_file, "-e", CAPTURE).lines
    some = tracer_command("rules", "-r", rules_file, "-e", CAPTURE, "-M", "1").lines
    assert some == [line for line in every if line < "15:03:09.2"]
    assert 0 < len(some) < len(every)


def test_enter_events_of_a_capture_match_no_rule(tracer_command: RunTracer, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(rule("evt.type = execve and proc.name = cat"))
    assert len(tracer_command("rules", "-r", path, "-e", CAPTURE).lines) == 1


def test_a_setting_that_there_is_not_is_refused(tracer_command: RunTracer, rules_file: Path) -> None:
    ran = tracer_command("rules", "-r", rules_file, "-e", CAPTURE, "-o", "file_output.colour=red")
    assert ran.status == 1
    assert "-o file_output.colour: there is no such setting" in ran.err


def test_alerts_are_posted_to_a_server(tracer_command: RunTracer, rules_file: Path) -> None:
    got: list[tuple[str | None, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["Content-Type"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        ran = tracer_command(
            *("rules", "-j", "-r", rules_file, "-e", CAPTURE, "-o", "http_output.enabled=true"),
            *("-o", f"http_output.url=http://127.0.0.1:{server.server_port}/"),
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [kind for kind, _ in got] == ["application/json"] * len(ran.lines)
    assert [alert for _, alert in got] == [json.loads(line) for line in ran.lines]


def test_a_server_that_is_not_there_is_told_of(tracer_command: RunTracer, rules_file: Path) -> None:
    ran = tracer_command(
        *("rules", "-r", rules_file, "-e", CAPTURE, "-t", "a"),
        *("-o", "http_output.enabled=true", "-o", "http_output.url=http://127.0.0.1:1/"),
    )
    assert (ran.status, len(ran.lines)) == (0, 9)
    assert "tracer: http output: <urlopen error [Errno 111] Connection refused>" in ran.err
