"""Exceptions of rules, with the conditions that Falco makes of them."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from tests.unit.rules_helpers import condition_of, error_of, load, rule, warnings_of


def with_exception(fields: str, comps: str | None, *values: str, condition: str = "evt.type = open") -> str:
    """A rule with one exception."""
    lines = ["exceptions:", "  - name: ex", f"    fields: {fields}"]
    if comps is not None:
        lines.append(f"    comps: {comps}")
    lines += ["    values:", *(f"      - {value}" for value in values)] if values else []
    return rule(condition, more="\n".join(lines))


@pytest.mark.parametrize(
    ("fields", "comps", "values", "condition"),
    [
        ("[proc.name]", "[startswith oneof]", ["[[sshd, sudo]]"], "not proc.name startswith oneof (sshd, sudo)"),
        ("[proc.name]", "[startswith oneof]", ["[sshd]"], "not proc.name startswith oneof (sshd)"),
        ("[proc.name]", "[= oneof]", ["[[a, b]]"], "not proc.name = oneof (a, b)"),
        ("proc.name", "in", ["a", "b c"], 'not proc.name in (a, "b c")'),
        ("proc.name", None, ["a"], "not proc.name in (a)"),
        ("[proc.name, fd.name]", None, ["[a, b]"], "not (proc.name = a and fd.name = b)"),
        (
            "[proc.name, fd.name]",
            "[contains, startswith]",
            ["[a, b]", "[c, d]"],
            "not ((proc.name contains a and fd.name startswith b) or (proc.name contains c and fd.name startswith d))",
        ),
        ("[proc.name]", "[in]", ["[[a, b]]"], "not proc.name in (a, b)"),
        ("[proc.name]", "[in]", ["[a]"], "not proc.name in (a)"),
        ('["tolower( proc.name)"]', "[=]", ["[test]"], "not tolower(proc.name) = test"),
        ("[proc.name]", '["  startswith oneof  "]', ["[[a]]"], "not proc.name startswith oneof (a)"),
    ],
)
def test_exceptions_become_conditions(fields: str, comps: str | None, values: list[str], condition: str) -> None:
    rules, _ = load(with_exception(fields, comps, *values))
    assert condition_of(rules, "one") == f"(evt.type = open and {condition})"


def test_an_exception_holds_for_the_whole_condition() -> None:
    text = with_exception(
        "[proc.cmdline]", "[contains]", "[curl 127.0.0.1]", condition="proc.name = curl or proc.name = wget"
    )
    rules, _ = load(text)
    assert condition_of(rules, "one") == (
        '((proc.name = curl or proc.name = wget) and not proc.cmdline contains "curl 127.0.0.1")'
    )


def test_an_exception_without_values_changes_nothing() -> None:
    rules, _ = load(with_exception("[proc.name]", "[=]"))
    assert condition_of(rules, "one") == "evt.type = open"


@pytest.mark.parametrize(
    ("fields", "comps", "values", "message"),
    [
        ("[proc.name]", "[frobulate oneof]", ["[[a]]"], "'frobulate oneof' is not a supported comparison operator"),
        ("[proc.name]", "[in oneof]", ["[[a]]"], "'in oneof' is not a supported comparison operator"),
        ("[proc.pid]", '[">= oneof"]', ["[[1]]"], "'>= oneof' is not a supported comparison operator"),
        ("[proc.name, fd.name]", "[=]", ["[a, b]"], "Fields and comps lists must have equal length"),
        ("[proc.name, fd.name]", "[=, =]", ["[a]"], "Fields and values lists must have equal length"),
        ("[not.exist]", "[=]", ["[a]"], "'not.exist' is not a supported filter field"),
        ("proc.name", "[in]", ["a"], "Fields and comps must both be strings"),
        (
            "proc.name",
            "=",
            ["a"],
            "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator "
            "(e.g. startswith oneof)",
        ),
        ("proc.name", "in", ["[a]"], "Expected values array to contain a list of strings"),
    ],
)
def test_exceptions_that_make_no_sense_are_refused(fields: str, comps: str, values: list[str], message: str) -> None:
    assert error_of(with_exception(fields, comps, *values)) == ("LOAD_ERR_VALIDATE", message)


def added(text: str) -> str:
    """The rule with an exception, and one more item."""
    return with_exception("[proc.name]", "[=]", "[a]") + dedent(text)


def test_values_are_added_to_an_exception() -> None:
    more = "- rule: one\n  exceptions:\n    - name: ex\n      values:\n        - [b]\n  append: true\n"
    rules, _ = load(added(more))
    assert condition_of(rules, "one") == "(evt.type = open and not (proc.name = a or proc.name = b))"


def test_fields_cannot_be_added_to_an_exception() -> None:
    more = "- rule: one\n  exceptions:\n    - name: ex\n      fields: [fd.name]\n      values: [[b]]\n  append: true\n"
    message = "Can not append exception fields to existing exception, only values"
    assert error_of(added(more)) == ("LOAD_ERR_VALIDATE", message)


def test_an_exception_that_replaces_another_needs_fields() -> None:
    more = "- rule: one\n  exceptions:\n    - name: ex\n      values: [b]\n  override:\n    exceptions: replace\n"
    assert error_of(added(more)) == ("LOAD_ERR_YAML_VALIDATE", "Item has no mapping for key 'fields'")


def test_adding_no_values_is_warned_of() -> None:
    more = "- rule: one\n  exceptions:\n    - name: ex\n      value: b\n  override:\n    exceptions: append\n"
    assert ("LOAD_APPEND_NO_VALUES", "Overriding/appending exception with no values") in warnings_of(added(more))


def test_two_exceptions_of_one_name_are_warned_of() -> None:
    exception = "  - name: ex\n    fields: [proc.name]\n    values: [[a]]\n"
    text = rule("evt.type = open", more="exceptions:\n" + indent(exception * 2, ""))
    message = "Multiple definitions of exception 'ex' in the same rule"
    assert ("LOAD_EXCEPTION_NAME_NOT_UNIQUE", message) in warnings_of(text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("proc.pname", "'proc.pname' may be a valid field misused as a const string value"),
        ('"proc.pname "', "'proc.pname ' may be a valid field misused as a const string value"),
        (
            "toupper( proc.pname)",
            "'toupper( proc.pname)' may be a valid field transformer misused as a const string value",
        ),
    ],
)
def test_values_that_look_like_fields_are_warned_of(value: str, message: str) -> None:
    assert warnings_of(with_exception("[proc.name]", "[=]", f"[{value}]")) == [("LOAD_COMPILE_CONDITION", message)]
