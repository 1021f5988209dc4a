"""The part of libbpf that the loader needs, through ctypes: open, load and attach an object, reach its maps."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

RINGBUF = 27
"""BPF_MAP_TYPE_RINGBUF."""


class LibbpfError(Exception):
    """A call into libbpf failed.

    `number` is the errno, `log` what libbpf and the kernel's verifier said meanwhile.
    """

    def __init__(self, action: str, number: int, log: str) -> None:
        super().__init__(f"{action}: {_error_text(number)}")
        self.action = action
        self.number = number
        self.log = log


FIRST_OWN_ERROR = 4000
"""Error numbers from here on are libbpf's own."""


def _error_text(number: int) -> str:
    if number < FIRST_OWN_ERROR:
        return os.strerror(number)
    text = ctypes.create_string_buffer(256)
    library().calls.libbpf_strerror(number, text, ctypes.c_size_t(len(text)))
    return text.value.decode(errors="replace")


class LibbpfMissing(Exception):
    """The shared library is not installed."""


_PRINT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
_POINTER_RESULTS = (
    "bpf_object__open_file",
    "bpf_object__next_program",
    "bpf_object__next_map",
    "bpf_object__find_map_by_name",
    "bpf_object__find_program_by_name",
    "bpf_program__attach",
    "bpf_program__attach_uprobe_opts",
)


class _UserProbeOptions(ctypes.Structure):
    """`struct bpf_uprobe_opts`, as far as it is used."""

    _fields_ = [
        ("sz", ctypes.c_size_t),
        ("ref_ctr_offset", ctypes.c_size_t),
        ("bpf_cookie", ctypes.c_uint64),
        ("retprobe", ctypes.c_bool),
    ]


class _Library:
    """libbpf.so.1, loaded once, with its messages kept for error reports."""

    def __init__(self) -> None:
        try:
            self.calls = ctypes.CDLL("libbpf.so.1", use_errno=True)
        except OSError as error:
            raise LibbpfMissing("libbpf.so.1 is not installed") from error
        for name in _POINTER_RESULTS:
            getattr(self.calls, name).restype = ctypes.c_void_p
        self.calls.bpf_program__name.restype = ctypes.c_char_p
        self.calls.bpf_map__value_size.restype = ctypes.c_uint32
        self.messages: list[str] = []
        self._libc = ctypes.CDLL(None)
        self._print = _PRINT(self._keep_message)
        self.calls.libbpf_set_print(self._print)

    def _keep_message(self, level: int, template: bytes, arguments: int) -> int:
        if level > 0:  # no warning
            return 0
        text = ctypes.create_string_buffer(65536)
        self._libc.vsnprintf(text, len(text), template, ctypes.c_void_p(arguments))
        self.messages.append(text.value.decode(errors="replace"))
        return 0

    def check(self, action: str, result: int) -> int:
        """Passes on a result that is not negative."""
        if result < 0:
            raise self.error(action, -result)
        return result

    def pointer(self, action: str, result: int | None) -> ctypes.c_void_p:
        """Passes on a pointer that is not null."""
        if not result:
            raise self.error(action, ctypes.get_errno() or errno.ENOENT)
        return ctypes.c_void_p(result)

    def error(self, action: str, number: int) -> LibbpfError:
        log = "".join(self.messages)
        self.messages.clear()
        return LibbpfError(action, number, log)


_library: _Library | None = None


def library() -> _Library:
    """The library; raises LibbpfMissing."""
    global _library
    if _library is None:
        _library = _Library()
    return _library


class Map:
    """A map of a loaded object, or one of its own."""

    def __init__(self, fd: int, value_size: int) -> None:
        self.fd = fd
        self.value_size = value_size

    def update(self, key: int, value: bytes | ctypes.Structure | int) -> None:
        """Sets one element; an int is a u32 value, such as a file descriptor."""
        data = _as_buffer(value)
        if ctypes.sizeof(data) != self.value_size:
            raise ValueError(f"a value of {ctypes.sizeof(data)} bytes for a map of {self.value_size}")
        lib = library()
        key_cell = ctypes.c_uint32(key)
        lib.check(
            "write a map", lib.calls.bpf_map_update_elem(self.fd, ctypes.byref(key_cell), ctypes.byref(data), 0, 0)
        )

    def delete(self, key: int) -> None:
        """Removes one element; one that is not there is no error."""
        key_cell = ctypes.c_uint32(key)
        library().calls.bpf_map_delete_elem(self.fd, ctypes.byref(key_cell))

    def lookup(self, key: int) -> bytes | None:
        """The bytes of one element."""
        key_cell = ctypes.c_uint32(key)
        data = ctypes.create_string_buffer(self.value_size)
        if library().calls.bpf_map_lookup_elem(self.fd, ctypes.byref(key_cell), data) < 0:
            return None
        return data.raw


def _as_buffer(value: bytes | ctypes.Structure | int) -> Any:
    if isinstance(value, int):
        return ctypes.c_uint32(value)
    if isinstance(value, bytes):
        return ctypes.create_string_buffer(value, len(value))
    return value


def create_ring(name: str, size: int) -> int:
    """A ring buffer map of `size` bytes (a power of two, at least a page); its file descriptor."""
    lib = library()
    fd = lib.calls.bpf_map_create(RINGBUF, name.encode(), 0, 0, ctypes.c_uint32(size), None)
    return lib.check(f"create a ring buffer of {size} bytes", fd)


class Object:
    """A BPF object file: first opened, then prepared, then loaded, then attached."""

    def __init__(self, path: str) -> None:
        lib = library()
        self._lib = lib
        self._links: list[ctypes.c_void_p] = []
        self._handle: ctypes.c_void_p | None = lib.pointer(
            f"open {path}", lib.calls.bpf_object__open_file(os.fsencode(path), None)
        )

    def programs(self) -> Iterator[str]:
        """The names of all programs."""
        program = None
        while program := self._lib.calls.bpf_object__next_program(self._handle, ctypes.c_void_p(program)):
            yield self._lib.calls.bpf_program__name(ctypes.c_void_p(program)).decode()

    def select(self, wanted: Callable[[str], bool]) -> None:
        """Leaves out the programs that are not wanted."""
        for name in list(self.programs()):
            self._lib.calls.bpf_program__set_autoload(self._program(name), wanted(name))

    def resize(self, map_name: str, entries: int) -> None:
        """Sets the size of a map before loading."""
        handle = self._map(map_name)
        self._lib.check(f"resize map {map_name}", self._lib.calls.bpf_map__set_max_entries(handle, entries))

    def set_inner(self, map_name: str, inner_fd: int) -> None:
        """Gives a map of maps the shape of its elements."""
        handle = self._map(map_name)
        self._lib.check(f"shape map {map_name}", self._lib.calls.bpf_map__set_inner_map_fd(handle, inner_fd))

    def has_map(self, name: str) -> bool:
        """Whether there is a map, or a section of data, of this name."""
        return bool(self._lib.calls.bpf_object__find_map_by_name(self._handle, name.encode()))

    def set_constant(self, map_name: str, value: bytes) -> None:
        """Sets, before loading, the content of a section of constants."""
        result = self._lib.calls.bpf_map__set_initial_value(self._map(map_name), value, ctypes.c_size_t(len(value)))
        self._lib.check(f"set {map_name}", result)

    def load(self) -> None:
        """Hands programs and maps to the kernel."""
        self._lib.check("load the probe", self._lib.calls.bpf_object__load(self._handle))

    def map(self, name: str) -> Map:
        """A map of the loaded object."""
        handle = self._map(name)
        return Map(self._lib.calls.bpf_map__fd(handle), self._lib.calls.bpf_map__value_size(handle))

    def program_fd(self, name: str) -> int:
        """The descriptor of a loaded program."""
        return int(self._lib.calls.bpf_program__fd(self._program(name)))

    def attach(self, name: str) -> None:
        """Attaches a loaded program to where its section says."""
        link = self._lib.calls.bpf_program__attach(self._program(name))
        self._links.append(self._lib.pointer(f"attach {name}", link))

    def attach_to_function(self, name: str, path: str, offset: int, at_return: bool, cookie: int) -> None:
        """Attaches a loaded program to the instruction at an offset of a file, in all processes.

        `cookie` is what the program can ask for. `at_return`: when the function that begins there returns.
        """
        options = _UserProbeOptions(sz=ctypes.sizeof(_UserProbeOptions), bpf_cookie=cookie, retprobe=at_return)
        place = (os.fsencode(path), ctypes.c_size_t(offset))
        link = self._lib.calls.bpf_program__attach_uprobe_opts(self._program(name), -1, *place, ctypes.byref(options))
        self._links.append(self._lib.pointer(f"attach to {path} at the offset {offset:#x}", link))

    def attach_iterator(self, name: str) -> int:
        """Attaches a loaded iterator; the descriptor of its link, open until it is detached."""
        self.attach(name)
        return int(self._lib.calls.bpf_link__fd(self._links[-1]))

    def detach(self) -> None:
        """Detaches all programs."""
        while self._links:
            self._lib.calls.bpf_link__destroy(self._links.pop())

    def close(self) -> None:
        """Detaches and frees everything; may be called twice."""
        self.detach()
        if self._handle:
            self._lib.calls.bpf_object__close(self._handle)
            self._handle = None

    def _map(self, name: str) -> ctypes.c_void_p:
        return self._lib.pointer(
            f"find map {name}", self._lib.calls.bpf_object__find_map_by_name(self._handle, name.encode())
        )

    def _program(self, name: str) -> ctypes.c_void_p:
        found = self._lib.calls.bpf_object__find_program_by_name(self._handle, name.encode())
        return self._lib.pointer(f"find program {name}", found)
