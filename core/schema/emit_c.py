"""The probes' view of the schema: event codes, flag values, the system call table and records of fixed size."""

from __future__ import annotations

from source import Event, Schema

C_TYPES = {1: "__u8", 2: "__u16", 4: "__u32", 8: "__u64"}


def header(schema: Schema) -> str:
    """schema.h, included by the eBPF probe and the kernel module."""
    lines = ["/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */", "/* Generated from core/schema. Do not edit. */"]
    lines += ["#ifndef TRACER_SCHEMA_H", "#define TRACER_SCHEMA_H", ""]
    lines += [f'#define SCHEMA_FINGERPRINT "{schema.fingerprint}"', f"#define PPM_EVENT_MAX {len(schema.events)}", ""]
    lines += ["enum ppm_event_code {"]
    lines += [f"\tPPME_{event.enum} = {event.code}," for event in schema.events]
    lines += ["};", "", "enum ppm_syscall_id {"]
    lines += [f"\tPPM_SC_{name.upper()} = {value}," for name, value in schema.syscall_ids.items()]
    lines += ["};", ""]
    for table, values in schema.flag_tables.items():
        lines += [f"#define {table.upper()}_{name} {value}u" for name, value in values.items()] + [""]
    for event in schema.events:
        lines += _record(event)
    for architecture in schema.syscalls:
        lines += _syscall_table(schema, architecture)
    lines += ["#endif", ""]
    return "\n".join(lines)


def _record(event: Event) -> list[str]:
    """The whole record as a packed structure, where every parameter has a fixed width."""
    if event.status == "unused" or any(param.width == 0 for param in event.params):
        return []
    lines = [f"struct record_{event.enum.lower()} {{", "\tstruct event_header header;"]
    if event.params:
        lines += [f"\t__u16 lengths[{len(event.params)}];"]
    for param in event.params:
        kind = (
            f"__u8 {param.name}[{param.width}]"
            if param.width not in C_TYPES
            else f"{C_TYPES[param.width]} {param.name}"
        )
        lines += [f"\t{kind};"]
    lines += ["} __attribute__((packed));", ""]
    return lines


def _syscall_table(schema: Schema, architecture: str) -> list[str]:
    """Initialiser rows of `struct syscall_row`, by system call number."""
    enters = {event.enum[:-2]: event.code for event in schema.events if event.is_enter} | {"generic": 0}
    rows = [
        f"\t[{s.number}] = {{ .id = PPM_SC_{s.name.upper()}, "
        f".enter_event = {enters[s.event]}, .exit_event = {enters[s.event] + 1} }}, \\"
        for s in schema.syscalls[architecture]
    ]
    return [f"#define SYSCALL_ROWS_{architecture.upper()} \\", *rows, ""]
