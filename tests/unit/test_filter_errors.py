"""What a wrong filter is told, and where the error points."""

from __future__ import annotations

import pytest

from tracer.core.filter import FilterError, parse
from tracer.core.filter.compiler import encode_filter
from tracer.core.filter.tree import MAX_DEPTH

from .filter_registry import StubRegistry


def error_of(text: str) -> FilterError:
    with pytest.raises(FilterError) as caught:
        encode_filter(parse(text), StubRegistry(), text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "", "empty"),
        ("proc.name", "", "operator"),
        ("proc.name=", "", "value"),
        ("proc.name contains", "", "value"),
        ("proc.name=cat)", ")", "closes nothing"),
        ("(proc.name=cat", "(", "never closed"),
        ("proc.name='a)b' and (proc.name='(c'", "(proc", "never closed"),
        ("proc.name=cat fd.num=3", "fd.num", "'and' or 'or'"),
        ("proc.name=cat AND fd.num=3", "AND", "write 'and'"),
        ("proc.name=cat && fd.num=3", "&&", "write 'and'"),
        ("proc.name=cat || fd.num=3", "||", "write 'or'"),
        ("NOT proc.name=cat", "NOT", "write 'not'"),
        ("!proc.name=cat", "!proc", "write 'not'"),
        ("proc.name=cat or or fd.num=3", "or fd", "not 'or'"),
        ("proc.name containz cat", "containz", "did you mean contains?"),
        ("proc.name =~ cat", "cat", "'and' or 'or'"),
        ("proc.name='cat", "'cat", "never closed"),
        ("proc.name in cat", "cat", "brackets"),
        ("proc.name in (a b)", "b)", "','"),
        ("proc.name in (a,b", "", "')'"),
        ("proc.name=(cat)", "(cat", "value"),
        (r"proc.name='a\xzz'", r"\xzz", "hexadecimal"),
    ],
)
def test_syntax_errors_point_at_the_place(text: str, place: str, words: str) -> None:
    error = error_of(text)
    assert words in error.message
    expected = text.index(place) if place else len(text)
    assert error.position == expected


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("proc.nam=cat", "proc.nam", "there is no field proc.nam; did you mean proc.name?"),
        ("fd.num=1 and evt.tipe=open", "evt.tipe", "did you mean evt.type?"),
        ("xyzzy.q=1", "xyzzy.q", "there is no field xyzzy.q"),
        ("proc.pid=abc", "abc", "proc.pid expects a number, found 'abc'"),
        ("proc.pid in (1, 2x)", "2x", "proc.pid expects a number, found '2x'"),
        ("proc.pid=99999999999999999999", "9999", "out of range"),
        ("user.uid=4294967296", "4294967296", "out of range"),
        ("fd.port=65536", "65536", "out of range"),
        ("fd.port=nosuchservice", "nosuch", "port number or the name of a service"),
        ("fd.ip=1.2.3", "1.2.3", "fd.ip expects an IP address"),
        ("fd.ip=localhost", "localhost", "fd.ip expects an IP address"),
        ("fd.net=10.0.0.0", "10.0", "network such as 10.0.0.0/8"),
        ("fd.net=10.0.0.0/33", "10.0", "network"),
        ("evt.is_io=yes", "yes", "true or false"),
        ("thread.cpu>much", "much", "number"),
        ("evt.type=opne", "opne", "there is no event type 'opne'; did you mean open?"),
        ("evt.type in (open, clos)", "clos)", "did you mean close?"),
        ("proc.pid contains 1", "contains", "contains does not fit proc.pid"),
        ("fd.ip > 10.0.0.1", ">", "> does not fit fd.ip"),
        ("evt.buffer icontains x", "icontains", "icontains does not fit evt.buffer"),
        ("evt.buffer bcontains xyz", "xyz", "hexadecimal digits"),
        ("evt.addr = x", "=", "= does not fit evt.addr"),
        ("proc.name regex 'a('", "'a('", "no regular expression: missing )"),
        ("evt.arg[bad]=1", "evt.arg[bad]", "the argument must be a number"),
        ("proc.name = val(proc.pid)", "val", "cannot be compared with proc.pid"),
        ("proc.name = val(tolower(proc.pname))", "val", "one field"),
        ("tolower(proc.pid) = 1", "tolower", "takes one text"),
        ("len(proc.pid) = 1", "len", "takes one text, data buffer or list"),
        ("join(proc.name, proc.name) = x", "join", "a separator and a list"),
        ("proc.name pmatch val(proc.pname)", "val", "constants only"),
        ("evt.around[abc]=1", "evt.around", "nanoseconds"),
        ("evt.around[5]>1", ">", "evt.around[NANOSECONDS]=MILLISECONDS"),
    ],
)
def test_meaning_errors_point_at_the_place(text: str, place: str, words: str) -> None:
    error = error_of(text)
    assert words in error.message
    assert error.position == text.index(place)


def test_the_error_is_one_line_with_a_column() -> None:
    assert str(error_of("fd.num=1 and proc.nam=cat")) == (
        "filter, column 14: there is no field proc.nam; did you mean proc.name?"
    )


def test_the_pointer_underlines_the_place() -> None:
    assert error_of("fd.num=1 and proc.nam=cat").pointer() == ("fd.num=1 and proc.nam=cat\n             ^^^^^^^^")


def test_the_pointer_shows_the_line_that_is_wrong() -> None:
    assert error_of("fd.num=1\n\tand proc.nam=cat\nor fd.num=2").pointer() == "\tand proc.nam=cat\n\t    ^^^^^^^^"


def test_nesting_has_a_limit() -> None:
    deep = "(" * 50000 + "fd.num=1" + ")" * 50000
    assert encode_filter(parse(deep), StubRegistry()) == encode_filter(parse("fd.num=1"), StubRegistry())
    many = "not " * (MAX_DEPTH + 1) + "fd.num=1"
    assert "deeper" in error_of(many).message
