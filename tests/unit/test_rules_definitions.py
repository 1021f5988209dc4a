"""Lists, macros and rules: defined, redefined, extended and changed, with the outcome that Falco documents."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.unit.rules_helpers import SIMPLE, condition_of, error_of, load, rule, warnings_of
from tracer.plugins.rules.definitions import Priority


def test_a_list_stands_for_its_items() -> None:
    rules, result = load(
        dedent("""
        - list: shells
          items: [bash, "my shell"]
        """)
        + rule("evt.type=execve and proc.name in (shells, zsh)")
    )
    assert not result.warnings
    assert condition_of(rules, "one") == '(evt.type = execve and proc.name in (bash, "my shell", zsh))'


def test_a_list_has_the_items_of_a_list_that_it_names() -> None:
    rules, _ = load(
        dedent("""
        - list: inner
          items: [a, b]
        - list: outer
          items: [inner, c]
        """)
        + rule("evt.type=execve and proc.name in (outer)")
    )
    assert condition_of(rules, "one") == "(evt.type = execve and proc.name in (a, b, c))"


def test_an_empty_list_takes_its_comma_with_it() -> None:
    rules, _ = load(
        dedent("""
        - list: nothing
          items: []
        """)
        + rule("evt.type=execve and proc.name in (a, nothing)")
    )
    assert condition_of(rules, "one") == "(evt.type = execve and proc.name in (a))"


@pytest.mark.parametrize("how", ["append: true", "override:\n            items: append"])
def test_a_list_is_added_to(how: str) -> None:
    rules, _ = load(
        dedent(f"""
        - list: names
          items: [a]
        - list: names
          items: [b]
          {how}
        """)
        + rule("evt.type=execve and proc.name in (names)")
    )
    assert condition_of(rules, "one") == "(evt.type = execve and proc.name in (a, b))"


def test_a_second_definition_of_a_list_replaces_the_first() -> None:
    rules, _ = load(
        dedent("""
        - list: names
          items: [a]
          override:
            items: replace
        - list: names
          items: [b]
        """)
        + rule("evt.type=execve and proc.name in (names)")
    )
    assert condition_of(rules, "one") == "(evt.type = execve and proc.name in (b))"


def test_a_macro_stands_for_its_condition_wherever_it_was_last_changed() -> None:
    rules, _ = load(
        dedent("""
        - macro: opening
          condition: evt.type in (open, openat)
        """)
        + rule("opening and proc.name = cat")
        + """
- macro: opening
  condition: or evt.type = openat2
  override:
    condition: append
"""
    )
    assert condition_of(rules, "one") == "((evt.type in (open, openat) or evt.type = openat2) and proc.name = cat)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "- macro: m\n  condition: evt.type = open\n  append: true\n",
            "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists",
        ),
        (
            "- list: l\n  items: [a]\n  append: true\n",
            "List uses 'append' or 'override.items: append' but no list by that name already exists",
        ),
        (
            "- rule: r\n  condition: and proc.name = cat\n  append: true\n",
            "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists",
        ),
        (
            "- rule: r\n  condition: evt.type = open\n  override:\n    condition: replace\n",
            "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists",
        ),
        ("- rule: r\n  enabled: true\n", "Rule has 'enabled' key but no rule by that name already exists"),
    ],
)
def test_what_is_not_there_cannot_be_changed(text: str, message: str) -> None:
    assert error_of(text) == ("LOAD_ERR_VALIDATE", message)


def test_parts_of_a_rule_are_added_to_and_replaced() -> None:
    rules, result = load(
        SIMPLE
        + """
- rule: closing
  desc: another description
  condition: and proc.name = cat
  output: as %user.name
  priority: WARNING
  tags: [files]
  override:
    desc: replace
    condition: append
    output: append
    priority: replace
    tags: append
"""
    )
    assert not result.warnings
    info = rules.collector.rules["closing"]
    assert info.condition == "evt.type = close and proc.name = cat"
    assert info.output == "closed by %proc.name as %user.name"
    assert (info.description, info.priority, info.tags) == ("another description", Priority.WARNING, {"files"})


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "  priority: WARNING\n  override:\n    priority: append\n",
            "Key 'priority' cannot be appended to, use 'replace' instead",
        ),
        ("  source: syscall\n  override:\n    source: replace\n", "Key 'source' cannot be replaced"),
        (
            "  desc: d\n  override:\n    desc: prepend\n",
            "Invalid override operation for key 'desc': 'prepend'. Allowed values are: append replace ",
        ),
        (
            "  desc: d\n  override:\n    condition: append\n",
            "An append override for 'condition' was specified but 'condition' is not defined",
        ),
        (
            "  desc: d\n  priority: INFO\n  override:\n    desc: replace\n",
            "Unexpected key 'priority': no corresponding entry under 'override' is defined.",
        ),
        (
            "  condition: or evt.type = open\n  append: true\n  override:\n    condition: append\n",
            "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. "
            "'condition: append') under 'override' instead.",
        ),
    ],
)
def test_overrides_that_make_no_sense_are_refused(lines: str, message: str) -> None:
    assert error_of(SIMPLE + "- rule: closing\n" + lines) == ("LOAD_ERR_YAML_VALIDATE", message)


def test_a_rule_that_is_added_to_in_the_old_way_stays_disabled() -> None:
    rules, result = load(
        SIMPLE + "  enabled: false\n"
        "- rule: closing\n  condition: and proc.name = cat\n  append: true\n  enabled: true\n"
    )
    assert rules.enabled_rules() == []
    assert [warning.code.name for warning in result.warnings] == ["LOAD_DEPRECATED_ITEM"]
    assert result.warnings[0].message == (
        "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
    )


def test_a_rule_is_enabled_by_its_name_alone() -> None:
    rules, result = load(SIMPLE + "  enabled: false\n- rule: closing\n  enabled: true\n")
    assert [each.name for each in rules.enabled_rules()] == ["closing"]
    assert [warning.code.name for warning in result.warnings] == ["LOAD_DEPRECATED_ITEM"]


def test_a_later_file_changes_rules_of_an_earlier_one() -> None:
    rules, _ = load(SIMPLE, "- rule: closing\n  enabled: false\n  override:\n    enabled: replace\n")
    assert rules.enabled_rules() == []


def test_rules_less_important_than_asked_for_are_left_out() -> None:
    rules, _ = load(SIMPLE)
    assert rules.enabled_rules(Priority.NOTICE) == []
    assert [each.name for each in rules.enabled_rules(Priority.INFORMATIONAL)] == ["closing"]


@pytest.mark.parametrize(
    ("word", "priority"), [("info", 6), ("Informational", 6), ("EMERGENCY", 0), ("debug", 7), ("Warning", 4)]
)
def test_priorities_are_known_in_any_case(word: str, priority: int) -> None:
    rules, _ = load(SIMPLE.replace("INFO", word))
    assert rules.collector.rules["closing"].priority == priority


def test_rules_of_other_sources_are_left_out_with_a_warning() -> None:
    other = "- rule: k8s\n  desc: d\n  condition: ka.verb = GET\n  output: x\n  priority: INFO\n  source: k8s_audit\n"
    assert warnings_of(other) == [("LOAD_UNKNOWN_SOURCE", "Unknown source k8s_audit, skipping")]
    rules, _ = load(other)
    assert not rules.compiled.rules


@pytest.mark.parametrize("more", ["", "  append: true\n"])
def test_a_rule_keeps_its_source(more: str) -> None:
    other = "- rule: closing\n  desc: d\n  condition: and evt.type = open\n  output: x\n  priority: INFO\n"
    text = SIMPLE.rstrip() + "\n  source: k8s_audit\n" + other + "  source: syscall\n" + more
    assert error_of(text) == ("LOAD_ERR_VALIDATE", "Rule has been re-defined with a different source")


def test_an_empty_source_is_none() -> None:
    rules, _ = load(SIMPLE + "- rule: closing\n  condition: and proc.name=a\n  source:\n  append: true\n")
    assert condition_of(rules, "closing") == "(evt.type = close and proc.name = a)"
