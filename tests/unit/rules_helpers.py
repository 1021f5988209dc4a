"""Rules in tests: a few lines of YAML to what came of loading them."""

from __future__ import annotations

from textwrap import dedent

from tracer.plugins.rules.condition import as_text
from tracer.plugins.rules.result import LoadResult
from tracer.plugins.rules.ruleset import RuleSet

FILE = "rules.yaml"

SIMPLE = """
- rule: closing
  desc: something is closed
  condition: evt.type = close
  output: closed by %proc.name
  priority: INFO
"""


def load(*texts: str) -> tuple[RuleSet, LoadResult]:
    """The rules of these files, loaded one after the other, and the result of the last."""
    rules = RuleSet()
    result = LoadResult("")
    for text in texts:
        result = rules.load(dedent(text), FILE)
    return rules, result


def condition_of(rules: RuleSet, name: str) -> str:
    """The condition that a rule ends up with."""
    return as_text(rules.compiled.rules[name].condition)


def error_of(text: str) -> tuple[str, str]:
    """Code and message of the error of rules that cannot be used."""
    _, result = load(text)
    assert len(result.errors) == 1, result.as_text({})
    return result.errors[0].code.name, result.errors[0].message


def warnings_of(text: str) -> list[tuple[str, str]]:
    """Codes and messages of the warnings of rules that can be used."""
    _, result = load(text)
    assert result.successful, result.as_text({FILE: dedent(text)})
    return [(warning.code.name, warning.message) for warning in result.warnings]


def rule(condition: str, *, output: str = "x", more: str = "") -> str:
    """A rule with this condition; `more`: further lines of it."""
    text = f"- rule: one\n  desc: d\n  condition: >\n    {condition}\n  output: {output}\n  priority: INFO\n"
    return text + "".join(f"  {line}\n" for line in dedent(more).strip().splitlines())
