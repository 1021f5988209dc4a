"""Putting programs together from instructions that have numbers in place of maps and functions."""

from __future__ import annotations

import struct

from tracer.drivers.ebpf.pieces import insert_maps, link


def instruction(code: int, source: int = 0, immediate: int = 0, destination: int = 0) -> bytes:
    """One instruction of eBPF, as the kernel's Documentation/bpf/instruction-set lays it out."""
    return struct.pack("<BBhi", code, source << 4 | destination, 0, immediate)


MOVE, CALL, EXIT, LOAD_64 = 0xB7, 0x85, 0x95, 0x18


def load_64(source: int, low: int, high: int = 0) -> bytes:
    return instruction(LOAD_64, source, low, destination=1) + instruction(0, 0, high)


def test_a_map_stands_in_place_of_its_number() -> None:
    program = load_64(1, 7) + load_64(2, 8) + instruction(EXIT)
    assert insert_maps(program, {7: 33, 8: 44}) == load_64(1, 33) + load_64(2, 44) + instruction(EXIT)


def test_a_large_number_is_no_map() -> None:
    program = load_64(0, 7, 1) + instruction(EXIT)
    assert insert_maps(program, {7: 33}) == program


def test_a_called_function_comes_behind_the_program_once() -> None:
    function = instruction(MOVE, immediate=5) + instruction(EXIT)
    main = instruction(CALL, 0, 1000) + instruction(CALL, 0, 1000) + instruction(EXIT)
    linked = link(main, {1000: function})
    # The distance is counted from the instruction behind the call.
    assert linked.instructions == (instruction(CALL, 1, 2) + instruction(CALL, 1, 1) + instruction(EXIT) + function)
    assert linked.functions == [0, 3]


def test_functions_that_functions_call_come_too() -> None:
    inner = instruction(EXIT)
    outer = instruction(CALL, 0, 1001) + instruction(EXIT)
    main = instruction(CALL, 0, 1000) + instruction(EXIT)
    linked = link(main, {1000: outer, 1001: inner, 1002: instruction(MOVE)})
    assert linked.instructions == (
        instruction(CALL, 1, 1) + instruction(EXIT) + instruction(CALL, 1, 1) + instruction(EXIT) + inner
    )
    assert linked.functions == [0, 2, 4]


def test_calls_of_the_kernels_functions_and_numbers_in_loads_stay() -> None:
    main = instruction(CALL, 0, 14) + load_64(0, 0x85, 1000) + instruction(EXIT)
    assert link(main, {1000: instruction(EXIT)}).instructions == main
