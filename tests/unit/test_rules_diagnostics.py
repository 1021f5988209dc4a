"""What is said of rules that are wrong or doubtful: codes, messages, places and layout, as Falco has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import RunTracer
from tests.unit.rules_helpers import SIMPLE, error_of, load, rule, warnings_of

YAML, VALIDATE = "LOAD_ERR_YAML_VALIDATE", "LOAD_ERR_VALIDATE"
CONDITION, OUTPUT = "LOAD_ERR_COMPILE_CONDITION", "LOAD_ERR_COMPILE_OUTPUT"
FUNCTIONS = "'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("just text", YAML, "Rules content is not yaml"),
        ("a: map", YAML, "Rules content is not yaml array of objects"),
        ("- text", YAML, "Unexpected element type. Each element should be a yaml associative array."),
        ("- list: l\n", YAML, "Item has no mapping for key 'items'"),
        ("- list: l\n  items: a\n", YAML, "Value is not a sequence"),
        ("- list: l\n  items: [[a]]\n", YAML, "sequence value is not scalar"),
        ("- macro: m\n  condition:\n", YAML, "Mapping for key 'condition' is empty"),
        ("- macro: m\n  condition: ''\n", YAML, "Value must be non-empty"),
        ("- macro: m\n  condition: [a]\n", YAML, "Value is not a scalar value"),
        ("- rule: r\n  desc: d\n  condition: evt.type=open\n", YAML, "Item has no mapping for key 'output'"),
        (SIMPLE.replace("INFO", "urgent"), YAML, "Invalid priority"),
        (SIMPLE + "  enabled: perhaps\n", YAML, "Can't decode YAML scalar value"),
        (SIMPLE + "  capture_duration: long\n", YAML, "Can't decode YAML scalar value"),
        (SIMPLE + "  exceptions: text\n", YAML, "Rule exceptions must be a sequence"),
        (SIMPLE + "  exceptions: [text]\n", YAML, "Rule exception must be a mapping"),
        (
            "- required_engine_version: seven\n",
            YAML,
            "Unable to parse engine version 'seven' as a semver string. Expected \"x.y.z\" semver format.",
        ),
        (
            "- required_engine_version: 9999999\n",
            VALIDATE,
            "Rules require engine version 0.9999999.0, but engine version is 0.63.0",
        ),
        (
            "- required_engine_version: 1.0.0\n",
            VALIDATE,
            "Rules require engine version 1.0.0, but engine version is 0.63.0",
        ),
        (
            "- required_plugin_versions:\n    - name: k8s\n      version: new\n",
            VALIDATE,
            "Invalid required version 'new' for plugin 'k8s'",
        ),
        (rule("nothing"), VALIDATE, "Undefined macro 'nothing' used in filter."),
        (
            "- macro: a\n  condition: b\n- macro: b\n  condition: a\n- macro: a\n  condition: b\n",
            VALIDATE,
            "reference loop in macro 'b'",
        ),
        (rule("evt.type = open proc.name = a"), CONDITION, "unexpected token after 'open', expecting 'or', 'and'"),
        (rule("evt.type = open and"), CONDITION, "expected a '(' token, a field check, or an identifier"),
        (rule("(evt.type = open"), CONDITION, "expected a ')' token"),
        (
            rule("evt.type like open"),
            CONDITION,
            "expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', "
            "'iglob', 'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', "
            "'intersects', 'in', 'pmatch'",
        ),
        (
            rule("fd.num > many"),
            CONDITION,
            f"expected a number value or a field with a valid transformer: {FUNCTIONS}",
        ),
        (
            rule("evt.type in"),
            CONDITION,
            f"expected a list, an identifier, or a field with a valid transformer: {FUNCTIONS}",
        ),
        (rule("not.exist = a"), CONDITION, "filter_check called with nonexistent field not.exist"),
        (rule("evt.type = opens"), CONDITION, "unknown event type opens"),
        (
            rule("evt.type = open and fd.num contains 1"),
            CONDITION,
            "filter error: 'contains' operator not supported for numeric filters",
        ),
        (rule("evt.type = open and fd.num = a"), CONDITION, "a is not a valid number"),
        (rule("evt.type = open", output="%not.exist"), YAML, ""),
        (rule("evt.type = open", output="of %not.exist"), OUTPUT, "unknown filter: unexpected token after '"),
        (
            rule("evt.type = open", output="of 100%"),
            OUTPUT,
            "invalid formatting syntax: formatting cannot end with a %",
        ),
    ],
)
def test_rules_that_cannot_be_used_are_refused(text: str, code: str, message: str) -> None:
    found = error_of(text)
    if not message:  # "%" cannot begin a value in YAML
        assert found[0] == "LOAD_ERR_YAML_PARSE"
    else:
        assert found == (code, message)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("- unknown: item\n", "LOAD_UNKNOWN_ITEM", "Unknown top level item"),
        (SIMPLE + "  colour: red\n", "LOAD_UNKNOWN_KEY", "Unknown key 'colour'. The key will be ignored."),
        (
            "- macro: m\n  condition: evt.type = open\n",
            "LOAD_UNUSED_MACRO",
            "Macro not referred to by any other rule/macro",
        ),
        ("- list: l\n  items: [a]\n", "LOAD_UNUSED_LIST", "List not referred to by any other rule/macro"),
        (
            "- macro: a-b\n  condition: evt.type = open\n",
            "LOAD_INVALID_MACRO_NAME",
            "Macro has an invalid name. Macro names should match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)",
        ),
        (
            "- list: a b\n  items: [c]\n",
            "LOAD_INVALID_LIST_NAME",
            "List has an invalid name. List names should match a regular expression: ([^()\"'[:space:]=,]+)",
        ),
        (
            rule("proc.name = cat"),
            "LOAD_NO_EVTTYPE",
            "Rule matches too many evt.type values. This has a significant performance penalty.",
        ),
        (
            rule("not.exist = a", more="skip-if-unknown-filter: true"),
            "LOAD_UNKNOWN_FILTER",
            "filter_check called with nonexistent field not.exist",
        ),
        (
            rule("evt.type = open", output="at %evt.dir"),
            "LOAD_DEPRECATED_ITEM",
            "usage of deprecated field 'evt.dir' has been detected in the rule output",
        ),
        (
            rule("evt.type = open and fd.name regex .*abc"),
            "LOAD_COMPILE_CONDITION",
            "regex check with '.*abc' may be optimized with simpler operators such as '=', 'contains', 'startswith', "
            "'endswith'",
        ),
    ],
)
def test_doubtful_rules_are_warned_of(text: str, code: str, message: str) -> None:
    assert (code, message) in warnings_of(text)


@pytest.mark.parametrize(
    "text",
    [
        rule("evt.num = 0"),
        rule("evt.type = open and evt.type = close"),
        rule("evt.type = open and not evt.num = 0"),
        rule("proc.name = cat", more="warn_evttypes: false"),
        "- required_engine_version: 26\n",
        "- required_engine_version: 0.26.0\n",
    ],
)
def test_rules_without_a_flaw_are_not_warned_of(text: str) -> None:
    assert warnings_of(text) == []


def test_a_plugin_that_is_not_there_is_named_with_its_alternatives() -> None:
    text = "- required_plugin_versions:\n    - name: {}\n      version: {}\n      alternatives:\n"
    others = "        - name: b\n          version: 2.0.0\n"
    rules, _ = load(text.format("a", "1.0.0") + others)
    assert rules.missing_plugin() == "Plugin requirement not satisfied, must load one of: a (>= 1.0.0), b (>= 2.0.0)"
    rules, _ = load(text.format("container", "0.4.0") + others)
    assert rules.missing_plugin() == ""


def test_an_error_is_shown_with_its_place(tracer_command: RunTracer, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("- macro: m\n  condition: or evt.type = open\n  override:\n    condition: append\n")
    ran = tracer_command("rules", "-V", path)
    assert ran.status == 1
    assert ran.out == (
        f"{path}: Invalid\n"
        "1 Errors:\n"
        f"In rules content: ({path}:0:0)\n"
        f"    macro 'm': ({path}:0:2)\n"
        "------\n"
        "- macro: m\n"
        "  ^\n"
        "------\n"
        "LOAD_ERR_VALIDATE (Error validating rule/macro/list/exception objects): Macro uses 'append' or "
        "'override.condition: append' but no macro by that name already exists\n\n"
    )


def test_a_valid_file_is_ok(tracer_command: RunTracer, tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(SIMPLE)
    ran = tracer_command("rules", "-V", path)
    assert (ran.status, ran.out) == (0, f"{path}: Ok\n")


def test_warnings_of_a_validated_file_go_to_stderr(tracer_command: RunTracer, tmp_path: Path) -> None:
    path = tmp_path / "doubtful.yaml"
    path.write_text(SIMPLE + "- macro: m\n  condition: evt.type = open\n")
    ran = tracer_command("rules", "-V", path)
    assert (ran.status, ran.out) == (0, f"{path}: Ok, with warnings\n")
    assert "LOAD_UNUSED_MACRO (Unused macro): Macro not referred to by any other rule/macro" in ran.err


def test_validation_as_json(tracer_command: RunTracer, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(rule("evt.type = open", output="of %not.exist"))
    ran = tracer_command("rules", "-j", "-V", path)
    assert ran.status == 1
    (result,) = json.loads(ran.out)["falco_load_results"]
    assert (result["name"], result["successful"], result["schema_valid"]) == (str(path), False, True)
    (error,) = result["errors"]
    assert (error["code"], error["codedesc"]) == ("LOAD_ERR_COMPILE_OUTPUT", "Error compiling output")
    assert error["context"]["snippet"] == "  output: of %not.exist\n          ^\n"
    assert error["context"]["locations"][-1] == {
        "item_type": "rule output",
        "item_name": "",
        "position": {"name": str(path), "line": 4, "column": 10, "offset": 67},
    }


def test_rules_are_described(tracer_command: RunTracer, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(SIMPLE)
    table = tracer_command("rules", "-r", path, "-L").lines
    assert table[2].split(maxsplit=1) == ["closing", "something is closed"]
    described = json.loads(tracer_command("rules", "-r", path, "-l", "closing", "-j").out)["rules"][0]
    assert described["info"]["priority"] == "Informational"
    assert described["details"]["condition_compiled"] == "evt.type = close"
    assert described["details"]["output_fields"] == ["proc.name"]
    assert described["details"]["events"] == ["asyncevent", "close"]


def test_a_rule_that_is_not_there_cannot_be_described(tracer_command: RunTracer, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(SIMPLE)
    ran = tracer_command("rules", "-r", path, "-l", "opening")
    assert (ran.status, ran.err) == (1, 'tracer: Rule "opening" is not loaded\n')
