"""Each operator on each kind of value, over a few scripted events whose answers are worked out by hand."""

from __future__ import annotations

import pytest

import tracer
from tracer.drivers.fake.script import Script

OPEN, READ, MISSING, SOCKET4, CONNECT4, SOCKET6, CONNECT6, CLOSE, GENERIC = range(1, 10)
"""Event numbers. A socket has an address of zeros, and an empty name, until it is connected."""
ALL = list(range(1, 10))


@pytest.fixture(scope="module")
def script() -> Script:
    script = Script(start_ns=1_000_000_000_000, step_ns=1_000_000)
    cat = script.process("Cat", pid=100, args=["/etc/passwd", "-n"], uid=1000)
    cat.openat("/etc/passwd", returns=3)
    cat.read(3, b"\x7fELF root\x00end")
    cat.openat("/usr/lib/libc.so.6", returns="ENOENT")
    cat.socket("AF_INET", returns=4)
    cat.connect(4, "10.1.2.3:80", source="192.168.0.1:40000")
    cat.socket("AF_INET6", returns=5)
    cat.connect(5, "[fe80::2]:443", source="[fe80::1]:50000")
    cat.close(3)
    cat.event("getrandom")
    return script


def selected(script: Script, text: str) -> list[int]:
    with tracer.play(script.source(), filter=text) as events:
        return [event.number for event in events]


def check(script: Script, text: str, expected: list[int]) -> None:
    assert selected(script, text) == expected
    assert selected(script, f"not ({text})") == [number for number in ALL if number not in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proc.name=Cat", ALL),
        ("proc.name=cat", []),
        ("proc.name!=cat", ALL),
        ("proc.name<D", ALL),
        ("proc.name<Cat", []),
        ("proc.name<=Cat", ALL),
        ("proc.name>Ca", ALL),
        ("proc.name>=Cat", ALL),
        ("proc.name contains at", ALL),
        ("proc.name contains AT", []),
        ("proc.name contains ''", ALL),
        ("proc.name icontains AT", ALL),
        ("proc.name startswith Ca", ALL),
        ("proc.name startswith at", []),
        ("proc.name endswith at", ALL),
        ("proc.name endswith Ca", []),
        ("proc.name in (cat, Cat)", ALL),
        ("proc.name in (cat)", []),
        ("proc.name in ()", []),
        ("proc.name intersects (cat, Cat)", ALL),
        ("proc.name glob C?t", ALL),
        ("proc.name glob c*", []),
        ("proc.name glob [A-D]*", ALL),
        ("proc.name iglob c*", ALL),
        ("proc.name regex 'C[aeiou]t'", ALL),
        ("proc.name regex 'C[aeiou]'", []),
        ("proc.name exists", ALL),
        ("fd.name=/etc/passwd", [OPEN, READ, CLOSE]),
        ("fd.name pmatch (/etc)", [OPEN, READ, CLOSE]),
        ("fd.name pmatch (/etc/passwd/x, /et, /usr)", [MISSING]),
        ("fd.name pmatch (/home, /)", ALL[:-1]),
    ],
)
def test_texts(script: Script, text: str, expected: list[int]) -> None:
    check(script, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proc.pid=100", ALL),
        ("proc.pid=0x64", ALL),
        ("proc.pid!=100", []),
        ("fd.num=3", [OPEN, READ, CLOSE]),
        ("fd.num in (4, 5)", [SOCKET4, CONNECT4, SOCKET6, CONNECT6]),
        ("evt.rawres<0", [MISSING]),
        ("evt.rawres=-2", [MISSING]),
        ("evt.rawres>=5", [READ, SOCKET6]),
        ("evt.rawres>5", [READ]),
        ("evt.rawres<=-2", [MISSING]),
        ("evt.num>=3", ALL[2:]),
        ("evt.num in (1, 9, 18446744073709551615)", [1, 9]),
        ("evt.failed=true", [MISSING]),
        ("evt.failed!=true", [number for number in ALL if number != MISSING]),
        ("evt.failed in (true, false)", ALL),
        ("user.uid=1000", ALL),
        ("evt.around[1000001000000]=1", [1, 2, 3]),
        ("evt.around[999999000000]=1", [1]),
    ],
)
def test_numbers(script: Script, text: str, expected: list[int]) -> None:
    check(script, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("evt.buffer exists", [READ]),
        ("evt.buffer contains root", [READ]),
        ("evt.buffer contains 'root\\x00e'", [READ]),
        ("evt.buffer contains nosuch", []),
        ("evt.buffer startswith '\\x7fELF'", [READ]),
        ("evt.buffer startswith 'ELF'", []),
        ("evt.buffer endswith end", [READ]),
        ("evt.buffer bcontains 7f45", [READ]),
        ("evt.buffer bcontains 4500", []),
        ("evt.buffer bstartswith 7F454c46", [READ]),
        ("evt.buffer='\\x7fELF root\\x00end'", [READ]),
        ("evt.buffer!=x", [READ]),
        ("evt.buffer in (x, '\\x7fELF root\\x00end')", [READ]),
        ("len(evt.buffer)=13", [READ]),
    ],
)
def test_data(script: Script, text: str, expected: list[int]) -> None:
    check(script, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fd.ip=10.1.2.3", [CONNECT4]),
        ("fd.ip=192.168.0.1", [CONNECT4]),
        ("fd.ip=10.1.2.4", []),
        ("fd.ip in (10.1.2.4, fe80::2)", [CONNECT6]),
        ("fd.ip!=10.1.2.4", [SOCKET4, CONNECT4, SOCKET6, CONNECT6]),
        ("fd.ip!=10.1.2.3", [SOCKET4, SOCKET6, CONNECT6]),
        ("fd.cip=192.168.0.1", [CONNECT4]),
        ("fd.sip=fe80::2", [CONNECT6]),
        ("fd.sip=fe80:0::0002", [CONNECT6]),
        ("fd.net=10.0.0.0/8", [CONNECT4]),
        ("fd.net=10.1.2.0/30", [CONNECT4]),
        ("fd.net=10.1.2.0/31", []),
        ("fd.net=fe80::/10", [CONNECT6]),
        ("fd.net!=10.0.0.0/8", [SOCKET4, SOCKET6, CONNECT6]),
        ("fd.net in (10.0.0.0/8, fe80::/16)", [CONNECT4, CONNECT6]),
        ("fd.net=0.0.0.0/0", [SOCKET4, CONNECT4]),
        ("fd.port=80", [CONNECT4]),
        ("fd.port=http", [CONNECT4]),
        ("fd.port=50000", [CONNECT6]),
        ("fd.port!=80", [SOCKET4, SOCKET6, CONNECT6]),
        ("fd.port<100", [SOCKET4, CONNECT4, SOCKET6]),
        ("fd.port>40000", [CONNECT6]),
        ("fd.sport in (443, 8443)", [CONNECT6]),
        ("fd.sip.name=fe80::2", [CONNECT6]),
        ("fd.cip.name in (192.168.0.1, nosuchhost.invalid)", [CONNECT4]),
        ("fd.cip.name!=192.168.0.1", [CONNECT6]),
        ("fd.sip.name=nosuchhost.invalid", []),
        ("fd.sip.name!=nosuchhost.invalid", [CONNECT4, CONNECT6]),
    ],
)
def test_addresses_and_ports(script: Script, text: str, expected: list[int]) -> None:
    check(script, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("evt.type=openat", [OPEN, MISSING]),
        ("evt.type!=openat", [READ, SOCKET4, CONNECT4, SOCKET6, CONNECT6, CLOSE, GENERIC]),
        ("evt.type in (connect, close)", [CONNECT4, CONNECT6, CLOSE]),
        ("evt.type=getrandom", [GENERIC]),
        ("evt.type in (getrandom, read)", [READ, GENERIC]),
        ("evt.type startswith soc", [SOCKET4, SOCKET6]),
        ("evt.type glob get*", [GENERIC]),
        ("evt.dir=<", ALL),
        ("evt.dir=>", []),
        ("evt.type=openat and fd.num=3", [OPEN]),
        ("evt.type=openat or evt.type=close and fd.num=3", [OPEN, MISSING, CLOSE]),
        ("(evt.type=openat or evt.type=close) and fd.num=3", [OPEN, CLOSE]),
        ("evt.type=getrandom and proc.name=Cat", [GENERIC]),
    ],
)
def test_event_types(script: Script, text: str, expected: list[int]) -> None:
    check(script, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fd.name!=/etc/passwd", [MISSING, SOCKET4, CONNECT4, SOCKET6, CONNECT6]),
        ("fd.sport!=1", [CONNECT4, CONNECT6]),
        ("evt.buffer!=''", [READ]),
    ],
)
def test_no_value_differs_from_nothing(script: Script, text: str, expected: list[int]) -> None:
    """An event without a value for the field passes neither = nor !=; so `not` of either lets it through."""
    assert selected(script, text) == expected
    assert set(ALL) - set(expected) == set(selected(script, f"not {text}"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proc.name contains anyof (x, a)", ALL),
        ("proc.name contains allof (x, a)", []),
        ("proc.name contains allof (C, a)", ALL),
        ("proc.name contains oneof (C, a)", []),
        ("proc.name contains oneof (C, x)", ALL),
        ("fd.num = anyof (3, 4)", [OPEN, READ, SOCKET4, CONNECT4, CLOSE]),
        ("fd.num > allof (3, 4)", [SOCKET6, CONNECT6]),
        ("fd.num != allof (3, 4)", [MISSING, SOCKET6, CONNECT6]),
        ("proc.name = anyof ()", []),
        ("proc.name = allof ()", []),
    ],
)
def test_modifiers(script: Script, text: str, expected: list[int]) -> None:
    check(script, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tolower(proc.name)=cat", ALL),
        ("toupper(proc.name)=CAT", ALL),
        ("basename(fd.name)=passwd", [OPEN, READ, CLOSE]),
        ("len(proc.name)=3", ALL),
        ("b64(concat('Y', '2F', '0'))=cat", ALL),
        ("b64('!')=x", []),
        ("concat(proc.name, '/', evt.type)=Cat/read", [READ]),
        ("concat(proc.name, fd.name) exists", ALL[:-1]),
        ("join(':', (proc.name, evt.type, 'x'))=Cat:close:x", [CLOSE]),
        ("tolower(concat(proc.name, 'X')) in (catx)", ALL),
        ("proc.name=val(proc.name)", ALL),
        ("proc.pid=val(thread.tid)", ALL),
        ("fd.num=val(evt.rawres)", [OPEN, SOCKET4, SOCKET6]),
        ("tolower(proc.name)=tolower(proc.name)", ALL),
        ("proc.name=tolower(proc.name)", []),
        ("fd.cip=val(fd.rip)", [CONNECT4, CONNECT6]),
    ],
)
def test_functions_and_fields_on_the_right(script: Script, text: str, expected: list[int]) -> None:
    check(script, text, expected)


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("getopt(('-n', 'x', '-t'), 'nt')", ["n"]),
        ("getopt(('-nt', 'hello'), 'nt:')", ["n", "t", "hello"]),
        ("getopt(('-thello', '-n'), 'nt:')", ["t", "hello", "n"]),
        ("getopt(('-n', '--', '-t'), 'nt')", ["n"]),
        ("getopt(('--long', '-n'), 'n')", ["n"]),
        ("getopt(('-x', '-n'), 'n')", ["?", "n"]),
        ("getopt(('-t'), 't:')", [""]),
        ("getopt(('-t', '-n'), 'nt:')", ["t", "-n"]),
        ("getopt((), 'n')", []),
    ],
)
def test_getopt_finds_options_as_getopt_does(script: Script, call: str, found: list[str]) -> None:
    known = ["n", "t", "hello", "?", "", "-n", "x", "long"]
    hits = [value for value in known if selected(script, f"{call} intersects ('{value}')")]
    assert sorted(hits) == sorted(found)
    check(script, f"len({call})={len(found)}", ALL if found else [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("getopt(('-p', '80', '-p', '443'), 'p:')[p]=443", ALL),
        ("getopt(('-v'), 'v')[v] exists", ALL),
        ("getopt(('-v'), 'vp:')[p] exists", []),
    ],
)
def test_getopt_gives_the_value_of_one_option(script: Script, text: str, expected: list[int]) -> None:
    check(script, text, expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("getopt('-n', 'n')=n", "a list of texts"),
        ("getopt(('-n'), 'n')[no]=n", "one letter"),
        ("tolower(proc.name)[n]=n", "nothing in square brackets"),
        ("getopt(('-n'), 'n')[ ]=n", "selector"),
    ],
)
def test_what_getopt_cannot_be_asked_is_an_error(script: Script, text: str, message: str) -> None:
    with pytest.raises(tracer.FilterError, match=message):
        selected(script, text)
