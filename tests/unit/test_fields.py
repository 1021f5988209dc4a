"""The registry of fields: names, arguments, and what is wrong with those that are not fields."""

from __future__ import annotations

import pytest

from tracer.core._engine import check_field, fields, split_field


@pytest.mark.parametrize(
    ("text", "name", "argument", "rest"),
    [
        ("proc.name", "proc.name", None, ""),
        ("evt.arg[0]", "evt.arg", "0", ""),
        ("evt.arg.fd", "evt.arg", "fd", ""),
        ("evt.args", "evt.args", None, ""),
        ("evt.time.s", "evt.time.s", None, ""),
        ("evt.times", "evt.time", None, "s"),
        ("evt.num.", "evt.num", None, "."),
        ("proc.aname[2])", "proc.aname", "2", ")"),
        ("proc.aname.", "proc.aname", None, "."),
        ("evt.type.is.open", "evt.type.is", "open", ""),
        ("thread.cgroup.cpuacct,", "thread.cgroup", "cpuacct", ","),
        ("k8s.pod.label.app.kubernetes.io/name", "k8s.pod.label", "app.kubernetes.io/name", ""),
        ("proc.env[A B] x", "proc.env", "A B", " x"),
    ],
)
def test_a_text_splits_into_the_longest_name_its_argument_and_the_rest(
    text: str, name: str, argument: str | None, rest: str
) -> None:
    found = split_field(text)
    assert found is not None
    assert (found[0], found[1], text[found[2] :]) == (name, argument, rest)


@pytest.mark.parametrize("text", ["", "proc", "proc.nosuch", "evt.", " proc.name"])
def test_a_text_that_begins_with_no_field_does_not_split(text: str) -> None:
    assert split_field(text) is None


@pytest.mark.parametrize(
    ("name", "argument", "type_name"),
    [
        ("evt.num", None, "uint64"),
        ("evt.rawarg", "fd", "fd"),
        ("evt.rawarg", "name", "fspath"),
        ("proc.apid", "1", "int64"),
        ("fd.cip", None, "ipaddr"),
    ],
)
def test_a_field_has_the_type_that_its_argument_gives_it(name: str, argument: str | None, type_name: str) -> None:
    assert check_field(name, argument) == type_name


@pytest.mark.parametrize(
    ("name", "argument", "message"),
    [
        ("proc.nmae", None, "there is no field proc.nmae"),
        ("proc.name", "0", "proc.name takes no argument"),
        ("evt.arg", None, "evt.arg needs an argument"),
        ("evt.arg", "nosuch", "no event has a parameter called 'nosuch'"),
        ("proc.aname", "x", "whole number"),
        ("proc.aname", "-1", "whole number"),
        ("evt.type.is", "nosuch", "there is no event called 'nosuch'"),
        ("evt.abspath", "middle", "evt.abspath.src and evt.abspath.dst"),
        ("evt.around", "now", "whole number"),
    ],
)
def test_what_is_wrong_with_a_field_or_its_argument_is_said(name: str, argument: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        check_field(name, argument)
    assert message in str(raised.value)


def test_no_two_fields_share_a_name_and_every_field_is_described() -> None:
    names = [field.name for field in fields()]
    assert len(names) == len(set(names))
    for field in fields():
        assert field.description.strip(), field.name
        assert field.argument in ("none", "optional", "required")
