"""What the parser makes of a filter's text, told by a compact form of the tree."""

from __future__ import annotations

import pytest

from tracer.core.filter import join_words, parse
from tracer.core.filter.tree import And, Call, Check, Expression, FieldName, Literal, Not, Operand, OperandList, Or


def shape(node: Expression) -> str:
    if isinstance(node, Or):
        return "(" + " or ".join(map(shape, node.items)) + ")"
    if isinstance(node, And):
        return "(" + " and ".join(map(shape, node.items)) + ")"
    if isinstance(node, Not):
        return "not " + shape(node.item)
    return check_shape(node)


def check_shape(check: Check) -> str:
    operator = f"{check.operator.name} {check.operator.modifier}".strip()
    right = operand_shape(check.right) if isinstance(check.right, Call) else [value.text for value in check.right]
    return f"<{operand_shape(check.left)} {operator} {right}>"


def operand_shape(operand: Operand) -> str:
    if isinstance(operand, Call):
        return f"{operand.function}({', '.join(map(operand_shape, operand.arguments))})"
    if isinstance(operand, OperandList):
        return f"[{', '.join(map(operand_shape, operand.items))}]"
    return repr(operand.text) if isinstance(operand, Literal) else operand.text


def values(text: str) -> list[str]:
    tree = parse(text)
    assert isinstance(tree, Check) and not isinstance(tree.right, Call)
    return [value.text for value in tree.right]


def test_and_binds_tighter_than_or() -> None:
    assert shape(parse("a.x=1 or b.x=2 and c.x=3")) == "(<a.x = ['1']> or (<b.x = ['2']> and <c.x = ['3']>))"
    assert shape(parse("a.x=1 and b.x=2 or c.x=3")) == "((<a.x = ['1']> and <b.x = ['2']>) or <c.x = ['3']>)"


def test_brackets_override_precedence() -> None:
    assert shape(parse("(a.x=1 or b.x=2) and c.x=3")) == "((<a.x = ['1']> or <b.x = ['2']>) and <c.x = ['3']>)"


def test_not_takes_the_next_check_or_bracket_only() -> None:
    assert shape(parse("not a.x=1 and b.x=2")) == "(not <a.x = ['1']> and <b.x = ['2']>)"
    assert shape(parse("not (a.x=1 or b.x=2)")) == "not (<a.x = ['1']> or <b.x = ['2']>)"
    assert shape(parse("not not a.x=1")) == "not not <a.x = ['1']>"


def test_keywords_need_no_blank_before_or_after_a_bracket() -> None:
    assert shape(parse("(a.x=1)and(b.x=2)or not(c.x=3)")) == "((<a.x = ['1']> and <b.x = ['2']>) or not <c.x = ['3']>)"


def test_fields_may_begin_like_keywords() -> None:
    assert shape(parse("not notes.x=1 and order.x=2 or android.x=3")) == (
        "((not <notes.x = ['1']> and <order.x = ['2']>) or <android.x = ['3']>)"
    )


ONE_VALUE = "=|!=|<|<=|>|>=|contains|icontains|bcontains|startswith|bstartswith|endswith|glob|iglob|regex"


@pytest.mark.parametrize("operator", ONE_VALUE.split("|"))
def test_operators_take_one_value_with_or_without_blanks(operator: str) -> None:
    assert shape(parse(f"a.x {operator} 12")) == f"<a.x {operator} ['12']>"
    quoted = parse(f"a.x {operator}'12'")
    assert shape(quoted) == f"<a.x {operator} ['12']>"


@pytest.mark.parametrize("operator", ["in", "intersects", "pmatch"])
def test_membership_takes_a_list(operator: str) -> None:
    assert shape(parse(f"a.x {operator} (1, '2 3',\"4,5\",/six)")) == f"<a.x {operator} ['1', '2 3', '4,5', '/six']>"
    assert shape(parse(f"a.x {operator}(1)")) == f"<a.x {operator} ['1']>"
    assert shape(parse(f"a.x {operator} ()")) == f"<a.x {operator} []>"


def test_double_equals_is_equals() -> None:
    assert shape(parse("a.x==1")) == "<a.x = ['1']>"


def test_exists_takes_nothing() -> None:
    assert shape(parse("a.x exists and not b.x exists")) == "(<a.x exists []> and not <b.x exists []>)"


@pytest.mark.parametrize("modifier", ["oneof", "anyof", "allof"])
def test_modifiers_take_a_list(modifier: str) -> None:
    assert shape(parse(f"a.x contains {modifier} (b, c)")) == f"<a.x contains {modifier} ['b', 'c']>"
    assert shape(parse(f"a.x={modifier}(b)")) == f"<a.x = {modifier} ['b']>"


def test_modifier_names_are_values_where_no_list_follows() -> None:
    assert shape(parse("a.x = anyof and b.x = allof")) == "(<a.x = ['anyof']> and <b.x = ['allof']>)"


@pytest.mark.parametrize(
    "word",
    [
        "/usr/lib/x.so.6",
        "10.0.0.0/8",
        "fe80::1",
        "-1",
        "0x1f",
        "a=b",
        "a,b",
        "C:\\dir",
        ">",
        "<",
        "and",
        "it's",
        "*.?[!a]",
    ],
)
def test_bare_values_end_at_blanks_and_brackets_only(word: str) -> None:
    assert values(f"a.x={word}") == [word]
    assert shape(parse(f"(a.x={word})and b.x=1")) == f"(<a.x = {[word]}> and <b.x = ['1']>)"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'a b'", "a b"),
        ('"a b"', "a b"),
        ('"it\'s"', "it's"),
        ("'say \"hi\"'", 'say "hi"'),
        (r'"a\"b"', 'a"b'),
        (r"'a\'b'", "a'b"),
        (r'"a\\b"', r"a\b"),
        (r'"\x41\x20"', "A "),
        (r"\x41", "A"),
        (r"'\d+\.so'", r"\d+\.so"),
        ("''", ""),
        ("'and'", "and"),
        ("'(x)'", "(x)"),
        (r"'\xff'", "\udcff"),
    ],
)
def test_quotes_and_escapes(written: str, meant: str) -> None:
    assert values(f"a.x = {written}") == [meant]


@pytest.mark.parametrize(
    "field", ["evt.arg[0]", "evt.arg.fd", "proc.aname[2]", "proc.env[PATH]", "k8s.pod.label.a-b/c"]
)
def test_fields_keep_their_arguments(field: str) -> None:
    assert shape(parse(f"{field}=1")) == f"<{field} = ['1']>"
    assert shape(parse(f"{field} exists")) == f"<{field} exists []>"


def test_functions_stand_on_both_sides() -> None:
    assert shape(parse("tolower(a.x)=b")) == "<tolower(a.x) = ['b']>"
    assert shape(parse("a.x = val(b.x)")) == "<a.x = val(b.x)>"
    assert shape(parse("a.x in val(b.x)")) == "<a.x in val(b.x)>"
    assert shape(parse("len(basename(a.x)) > 3")) == "<len(basename(a.x)) > ['3']>"
    assert shape(parse("join('-', (a.x, 'y')) = concat(a.x, '-y')")) == "<join('-', [a.x, 'y']) = concat(a.x, '-y')>"


def test_filters_may_span_lines() -> None:
    assert shape(parse("a.x = 1\n  and\tb.x = 2\n")) == "(<a.x = ['1']> and <b.x = ['2']>)"


def test_nodes_know_their_place() -> None:
    tree = parse("a.x=1 and  not bb.x in (2, 3)")
    assert isinstance(tree, And)
    second = tree.items[1]
    assert isinstance(second, Not) and isinstance(second.item, Check)
    assert (tree.span.start, tree.span.end) == (0, 29)
    assert (second.item.span.start, second.item.span.end) == (15, 29)
    left = second.item.left
    assert isinstance(left, FieldName) and (left.span.start, left.span.end) == (15, 19)


def test_words_of_the_command_line_join_with_blanks() -> None:
    assert join_words(["proc.name=cat", "and", "fd.num=3"]) == "proc.name=cat and fd.num=3"
