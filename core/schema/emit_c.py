"""The probes' view of the schema: event codes, flag values, system call tables, records of fixed size, and fillers."""

from __future__ import annotations

import re

from source import Event, Param, Schema, SchemaError

BANNER = ["/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */", "/* Generated from core/schema. Do not edit. */"]

C_TYPES = {1: "__u8", 2: "__u16", 4: "__u32", 8: "__u64"}


def header(schema: Schema) -> str:
    """schema.h, included by the eBPF probe and the kernel module."""
    lines = [*BANNER]
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
    layouts = _layouts(schema)
    lines += ["enum argument_layout {", *(f"\t{name}," for name in layouts.values()), "};", ""]
    for architecture in schema.syscalls:
        lines += _syscall_table(schema, architecture, layouts)
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


def _layouts(schema: Schema) -> dict[str, str]:
    """The enumerator of each layout of arguments that the system call tables name."""
    texts = {syscall.layout for rows in schema.syscalls.values() for syscall in rows}
    names = {"": "LAYOUT_PLAIN", "subcall": "LAYOUT_SUBCALL"}
    for text in sorted(texts - {"", "wide"}):
        names.setdefault(text, "LAYOUT_" + re.sub(",", "_", text.replace(":", "_AND_").replace("*", "AT_")).upper())
    return names


def _syscall_table(schema: Schema, architecture: str, layouts: dict[str, str]) -> list[str]:
    """Initialiser rows of `struct syscall_row`, by system call number."""
    enters = {event.enum[:-2]: event.code for event in schema.events if event.is_enter} | {"generic": 0}
    rows = []
    for s in schema.syscalls[architecture]:
        layout = f", .layout = {layouts[s.layout]}" if s.layout in layouts else ", .wide = 1"
        event = enters[s.event] + 1
        rows.append(f"\t[{s.number}] = {{ .id = PPM_SC_{s.name.upper()}, .exit_event = {event}{layout} }}, \\")
    return [f"#define SYSCALL_ROWS_{architecture.upper()} \\", *rows, ""]


def _arrangement(schema: Schema) -> list[str]:
    """`arrange_arguments`, which puts the arguments of a call where its event's sources look for them."""
    lines = ["FILLER void arrange_arguments(struct call *call)", "{", "\tswitch (call->layout) {"]
    for text, name in _layouts(schema).items():
        if text in ("", "subcall"):
            continue
        lines += [f"\tcase {name}:"]
        if match := re.fullmatch(r"block([0-5])", text):
            lines += [f"\t\tread_argument_block(call, call->args[{match[1]}]);"]
        else:
            lines += [f"\t\t{line}" for line in _moved_arguments(text)]
        lines += ["\t\tbreak;"]
    return [*lines, "\t}", "}", ""]


_ARGUMENT = re.compile(r"(?P<kind>[su*]?)(?P<low>[0-5])(?::(?P<high>[0-5]))?")
_EXTENSIONS = {"s": "(__s32)", "u": "wide_id", "*": "pointed_u32"}


def _moved_arguments(text: str) -> list[str]:
    lines = []
    for index, word in enumerate(text.split(",")):
        match = _ARGUMENT.fullmatch(word)
        # Arguments are moved one after the other, so none may be overwritten that a later one still needs.
        if not match or int(match["low"]) < index:
            raise SchemaError(f"system call tables: cannot read layout {text!r}")
        value = f"call->args[{match['low']}]"
        if match["high"]:
            value = f"two_words({value}, call->args[{match['high']}])"
        elif match["kind"]:
            value = f"{_EXTENSIONS[match['kind']]}({value})"
        if value != f"call->args[{index}]":
            lines.append(f"call->args[{index}] = {value};")
    return lines


FAMILIES = {"io_read": "io", "io_write": "io", "net": "network", "process": "process"}
"""Which group of fillers an event belongs to, by its first category; all others are "general"."""

INTEGER_WRITERS = {1: "write_u8", 2: "write_u16", 4: "write_u32", 8: "write_u64"}


def fillers(schema: Schema) -> str:
    """fillers.h: one function for each event whose parameters all have a source, and the lists of all fillers.

    A fixed-size event is filled in place in the ring, `fill_NAME(record, call)`; any other goes through a writer,
    `fill_NAME(writer, call)`. An event with the source "code" has its `fill_NAME` in drivers/probe/.
    """
    reachable = {"GENERIC"} | {syscall.event for rows in schema.syscalls.values() for syscall in rows}
    lines = [*BANNER, "", *_arrangement(schema)]
    lists: dict[str, list[Event]] = {f"FIXED_FILLERS_{side}": [] for side in ("ENTER", "EXIT")}
    for family in ("general", *dict.fromkeys(FAMILIES.values())):
        lists |= {f"WRITER_FILLERS_{side}_{family.upper()}": [] for side in ("ENTER", "EXIT")}
    families = []
    for event in schema.events:
        if event.enum[:-2] not in reachable or event.status == "unused":
            continue
        if not _is_filled(event):
            if not event.is_enter and not event.enum.startswith("GENERIC"):
                raise SchemaError(
                    f"events.txt: event {event.code}: a system call makes it, but its parameters have no sources"
                )
            continue
        side = "ENTER" if event.is_enter else "EXIT"
        if _is_fixed(event):
            lines += _fixed_filler(event)
            family = "fixed"
            lists[f"FIXED_FILLERS_{side}"].append(event)
        else:
            if not any(param.source == "code" for param in event.params):
                lines += _writer_filler(event)
            family = FAMILIES.get(event.categories[0], "general")
            lists[f"WRITER_FILLERS_{side}_{family.upper()}"].append(event)
        families.append(f"\t[PPME_{event.enum}] = FAMILY_{family.upper()}, \\")
    for name, events in lists.items():
        rows = [f"\tEACH({event.enum}, {event.enum.lower()}, {len(event.params)}) \\" for event in events]
        lines += [f"#define {name}(EACH) \\", *rows, ""]
    lines += ["#define EVENT_FAMILIES \\", *families, "", ""]
    return "\n".join(lines)


def _is_filled(event: Event) -> bool:
    if event.status == "unused" or event.enum.startswith("GENERIC"):
        return False
    if not event.is_enter and event.status == "old":
        return False
    sourced = sum(1 for param in event.params if param.source)
    if any(param.source == "code" for param in event.params):
        return True
    if 0 < sourced < len(event.params):
        raise SchemaError(f"events.txt: event {event.code}: some parameters have a source and some have none")
    return sourced == len(event.params)


def _is_fixed(event: Event) -> bool:
    """Whether a dispatcher fills it in place. It may not call functions: before kernel 5.10 a program that does could
    not call other programs."""
    return all(param.width and not re.search(r"\b(vector|message)_size\b", param.source) for param in event.params)


def _fixed_filler(event: Event) -> list[str]:
    name = event.enum.lower()
    lines = [f"FILLER void fill_{name}(struct record_{name} *record, const struct call *call)", "{"]
    for index, param in enumerate(event.params):
        lines += [f"\tSET(record->lengths[{index}], {param.width});"]
    for param in event.params:
        lines += [f"\tSET(record->{param.name}, {_expression(event, param)});"]
    return [*lines, "}", ""]


def _writer_filler(event: Event) -> list[str]:
    lines = [f"FILLER void fill_{event.enum.lower()}(struct writer *writer, const struct call *call)", "{"]
    for param in event.params:
        if param.width:
            lines += [f"\t{INTEGER_WRITERS[param.width]}(writer, {_expression(event, param)});"]
            continue
        expression = _expression(event, param)
        name, bracket, arguments = expression.partition("(")
        if bracket and name.isidentifier():
            lines += [f"\twrite_{name}(writer, {arguments}" if arguments != ")" else f"\twrite_{name}(writer);"]
            if arguments != ")":
                lines[-1] += ";"
        else:
            lines += [f"\twrite_user_string(writer, {expression});"]
    return [*lines, "}", ""]


_TOKEN = re.compile(
    r"(?P<arg>arg[0-5])\b|(?P<ret>ret)\b|(?P<call>call)\b|(?P<number>-?\d+)"
    r"|(?P<name>[a-z_][a-z0-9_]*(?=\())|(?P<mark>[(),])"
)


def _expression(event: Event, param: Param) -> str:
    """A source as a C expression."""
    text = param.source
    out, at = "", 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise SchemaError(f"events.txt: event {event.code}: parameter {param.name}: cannot read source {text!r}")
        if match["arg"]:
            out += f"call->args[{match['arg'][3]}]"
        elif match["ret"]:
            out += "call->ret"
        else:
            out += match[0]
        at = match.end()
    # Descriptors and process ids are C ints, whatever stands in the upper half of the register.
    if param.type in ("fd", "pid") and re.fullmatch(r"arg[0-5]", text):
        return f"(__s32){out}"
    return out
