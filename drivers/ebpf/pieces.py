"""Maps and programs made one by one, without an object file, through libbpf."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracer.drivers.ebpf.libbpf import LibbpfError, Map, library

HASH, ARRAY, PROG_ARRAY, ARRAY_OF_MAPS = 1, 2, 3, 12
"""BPF_MAP_TYPE_*."""
NO_PREALLOC, MMAPABLE = 1, 1 << 10
"""BPF_F_*: flags of maps."""
SOCKET_FILTER, RAW_TRACEPOINT = 1, 17
"""BPF_PROG_TYPE_*."""
INSTRUCTION_SIZE = 8
LOAD_IMMEDIATE_64 = 0x18
PSEUDO_MAP_FD, PSEUDO_MAP_VALUE = 1, 2
"""Source registers of such a load that stands for a map, or for the contents of one."""
CALL = 0x85
PSEUDO_CALL = 1
"""Source register of a call of another function of the program."""
LOG_SIZE = 1 << 20
FUNCTION_INFO = struct.Struct("<II")
"""Where a function begins, in instructions; its type."""


class _MapOptions(ctypes.Structure):
    _fields_ = [
        ("sz", ctypes.c_size_t),
        ("btf", ctypes.c_uint32 * 4),
        ("inner_map_fd", ctypes.c_uint32),
        ("map_flags", ctypes.c_uint32),
        ("map_extra", ctypes.c_uint64),
    ]


class _ProgramOptions(ctypes.Structure):
    _fields_ = [
        ("sz", ctypes.c_size_t),
        ("attempts", ctypes.c_int),
        ("expected_attach_type", ctypes.c_uint32),
        ("prog_btf_fd", ctypes.c_uint32),
        ("attach", ctypes.c_uint32 * 6),
        ("fd_array", ctypes.c_void_p),
        ("func_info", ctypes.c_char_p),
        ("func_info_cnt", ctypes.c_uint32),
        ("func_info_rec_size", ctypes.c_uint32),
        ("line_info", ctypes.c_void_p),
        ("line_info_counts", ctypes.c_uint32 * 2),
        ("log_level", ctypes.c_uint32),
        ("log_size", ctypes.c_uint32),
        ("log_buf", ctypes.c_char_p),
    ]


class _RunOptions(ctypes.Structure):
    _fields_ = [
        ("sz", ctypes.c_size_t),
        ("data_in", ctypes.c_char_p),
        ("data_out", ctypes.c_void_p),
        ("data_size_in", ctypes.c_uint32),
        ("data_size_out", ctypes.c_uint32),
    ]


def create_map(
    kind: int, name: str, value_size: int, entries: int, *, flags: int = 0, inner_fd: int = 0, key_size: int = 4
) -> Map:
    """A new map."""
    options = _MapOptions(sz=ctypes.sizeof(_MapOptions), inner_map_fd=inner_fd, map_flags=flags)
    lib = library()
    size_arguments = map(ctypes.c_uint32, (key_size, value_size, entries))
    fd = lib.calls.bpf_map_create(kind, name.encode(), *size_arguments, ctypes.byref(options))
    return Map(lib.check(f"create the map {name}", fd), value_size)


@dataclass(frozen=True)
class Program:
    """Instructions, and where in them each function begins: the program itself at 0, then those that it calls."""

    instructions: bytes
    functions: Sequence[int] = (0,)


def link(program: bytes, functions: Mapping[int, bytes]) -> Program:
    """Puts behind a program the functions that it calls by their number, and those that these call, each once."""
    result = bytearray(program)
    starts: dict[int, int] = {}
    at = 0
    while at < len(result):
        number = int.from_bytes(result[at + 4 : at + 8], "little")
        if result[at] == CALL and number in functions:
            if number not in starts:
                starts[number] = len(result)
                result += functions[number]
            distance = (starts[number] - at) // INSTRUCTION_SIZE - 1
            result[at + 1] = PSEUDO_CALL << 4
            result[at + 4 : at + 8] = distance.to_bytes(4, "little", signed=True)
        at += 2 * INSTRUCTION_SIZE if result[at] == LOAD_IMMEDIATE_64 else INSTRUCTION_SIZE
    return Program(bytes(result), [0, *(start // INSTRUCTION_SIZE for start in starts.values())])


def load_program(kind: int, name: str, program: Program, licence: str = "GPL") -> int:
    """Gives a program to the kernel; its file descriptor. Raises LibbpfError, with the verifier's last words."""
    lib = library()
    instructions = program.instructions
    arguments = (kind, name.encode(), licence.encode(), instructions)
    count = ctypes.c_size_t(len(instructions) // INSTRUCTION_SIZE)
    options = _ProgramOptions(sz=ctypes.sizeof(_ProgramOptions))
    types_fd = 0
    if len(program.functions) > 1:
        types_fd = _load_types(len(program.functions))
        options.prog_btf_fd = types_fd
        pairs = enumerate(program.functions, _FIRST_FUNCTION)
        options.func_info = b"".join(FUNCTION_INFO.pack(start, type_id) for type_id, start in pairs)
        options.func_info_cnt = len(program.functions)
        options.func_info_rec_size = FUNCTION_INFO.size
    try:
        fd = int(lib.calls.bpf_prog_load(*arguments, count, ctypes.byref(options)))
        if fd >= 0:
            return fd
        # Once more, for the verifier's words: they slow it down.
        log = ctypes.create_string_buffer(LOG_SIZE)
        options.log_level, options.log_size = 1, LOG_SIZE
        options.log_buf = ctypes.cast(log, ctypes.c_char_p)
        fd = int(lib.calls.bpf_prog_load(*arguments, count, ctypes.byref(options)))
    finally:
        if types_fd:
            os.close(types_fd)
    if fd >= 0:
        return fd
    said = [line for line in log.value.decode(errors="replace").splitlines() if line.strip()]
    last_words = [line for line in said if not line.startswith(("processed ", "verification time"))][-1:]
    raise LibbpfError(f"load the program {name}", -fd, "\n".join(last_words))


_FIRST_FUNCTION = 3
"""Number of the first function's type: before it come `int`, and `int (void)`."""


def _load_types(functions: int) -> int:
    """Types of so many functions without parameters, by which the verifier looks at each on its own; a descriptor.

    The layout is that of the kernel's include/uapi/linux/btf.h.
    """
    strings = b"\0int\0f\0"
    kind_int, kind_function, kind_prototype, is_global, is_signed = 1, 12, 13, 1, 1
    types = struct.pack("<IIII", strings.index(b"int"), kind_int << 24, 4, is_signed << 24 | 32)
    types += struct.pack("<III", 0, kind_prototype << 24, 1)
    types += struct.pack("<III", strings.index(b"f"), kind_function << 24 | is_global, 2) * functions
    header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(strings))
    data = header + types + strings
    lib = library()
    return lib.check("load types", lib.calls.bpf_btf_load(data, ctypes.c_size_t(len(data)), None))


def run_once(program_fd: int) -> None:
    """Runs a socket filter on an empty frame."""
    frame = bytes(64)
    options = _RunOptions(sz=ctypes.sizeof(_RunOptions), data_in=frame, data_size_in=len(frame))
    lib = library()
    lib.check("run a program", lib.calls.bpf_prog_test_run_opts(program_fd, ctypes.byref(options)))


def attach_to_tracepoint(tracepoint: str, program_fd: int) -> int:
    """Attaches to a raw tracepoint; closing the descriptor that is returned detaches."""
    lib = library()
    return lib.check(f"attach to {tracepoint}", lib.calls.bpf_raw_tracepoint_open(tracepoint.encode(), program_fd))


def insert_maps(instructions: bytes, descriptors: Mapping[int, int]) -> bytes:
    """The program with the descriptors of maps in place of their numbers."""
    result = bytearray(instructions)
    at = 0
    while at < len(result):
        if result[at] != LOAD_IMMEDIATE_64:
            at += INSTRUCTION_SIZE
            continue
        if result[at + 1] >> 4 in (PSEUDO_MAP_FD, PSEUDO_MAP_VALUE):
            number = int.from_bytes(result[at + 4 : at + 8], "little")
            result[at + 4 : at + 8] = descriptors[number].to_bytes(4, "little")
        at += 2 * INSTRUCTION_SIZE
    return bytes(result)
