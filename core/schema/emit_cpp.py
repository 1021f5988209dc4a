"""The engine's view of the schema: event codes as an enumeration, and constant tables."""

from __future__ import annotations

from source import CATEGORIES, DYNAMIC_TABLES, EVENT_FLAGS, PARAM_TYPES, PRINT_FORMATS, Param, Schema

BANNER = "// Generated from core/schema. Do not edit.\n"


def codes(schema: Schema) -> str:
    """schema_codes.hpp: enumerations and numbers, for use in constant expressions."""
    lines = [BANNER, "#pragma once", "#include <cstdint>", "", "namespace tracer {", ""]
    lines += [f"inline constexpr std::uint16_t event_code_count = {len(schema.events)};"]
    lines += [""]
    lines += ["namespace code {"]
    lines += [f"inline constexpr std::uint16_t {event.enum} = {event.code};" for event in schema.events]
    lines += ["}  // namespace code", "", "namespace category {"]
    lines += [f"inline constexpr std::uint32_t {name} = {value};" for name, value in CATEGORIES.items()]
    lines += ["}  // namespace category", "", "namespace event_flag {"]
    lines += [f"inline constexpr std::uint32_t {name} = {value};" for name, value in EVENT_FLAGS.items()]
    lines += ["}  // namespace event_flag", "", "enum class ParamType : std::uint8_t {"]
    lines += [f"  {name}_ = {code}," for name, (code, _) in PARAM_TYPES.items()]
    lines += ["};", "", "enum class PrintFormat : std::uint8_t {"]
    lines += [f"  {'padded_dec' if name[0].isdigit() else name} = {value}," for name, value in PRINT_FORMATS.items()]
    lines += ["};", "", "namespace flags {"]
    for table, values in schema.flag_tables.items():
        lines += [f"namespace {table} {{"]
        lines += [f"inline constexpr std::uint32_t {_identifier(name)} = {value};" for name, value in values.items()]
        lines += [f"}}  // namespace {table}"]
    lines += ["}  // namespace flags", "", "namespace syscall_id {"]
    lines += [
        f"inline constexpr std::uint16_t {_identifier(name)} = {value};" for name, value in schema.syscall_ids.items()
    ]
    lines += ["}  // namespace syscall_id", "", "}  // namespace tracer", ""]
    return "\n".join(lines)


def _identifier(name: str) -> str:
    """A name that is no C++ keyword and no macro of the C library."""
    return f"{name}_"


def tables(schema: Schema) -> str:
    """schema_tables.cpp: the tables that schema.hpp declares."""
    lines = [BANNER, '#include "schema.hpp"', "", "namespace tracer {", "namespace {", ""]
    for table, values in schema.flag_tables.items():
        appended = {name: str(name in schema.appended_flags[table]).lower() for name in values}
        rows = ", ".join(f'{{"{name}", {value}u, {appended[name]}}}' for name, value in values.items())
        lines += [f"constexpr FlagName flag_names_{table}[] = {{{rows}}};"]
        lines += [f'constexpr FlagTable flag_table_{table}{{"{table}", flag_names_{table}}};']
    for name, alternatives in DYNAMIC_TABLES.items():
        rows = ", ".join(
            f'{{"", ParamType::{kind}_, PrintFormat::{form}, nullptr, {{}}, -1, false, nullptr}}'
            for kind, form in alternatives
        )
        lines += [f"constexpr ParamInfo dynamic_{name}[] = {{{rows}}};"]
    for event in schema.events:
        olds = {i: param.was for i, param in enumerate(event.params) if param.was}
        for i, old in olds.items():
            lines += [f"constexpr ParamInfo was_{event.code}_{i}{_param(old, 'nullptr')};"]
        if event.params:
            rows = ", ".join(
                _param(p, f"&was_{event.code}_{i}" if i in olds else "nullptr") for i, p in enumerate(event.params)
            )
            lines += [f"constexpr ParamInfo params_{event.code}[] = {{{rows}}};"]
    lines += ["", "constexpr EventInfo event_rows[] = {"]
    for event in schema.events:
        categories = sum(CATEGORIES[name] for name in event.categories)
        flags = sum(EVENT_FLAGS[name] for name in event.flags)
        old_flags = flags - sum(EVENT_FLAGS[name] for name in event.appended_flags)
        params = f"params_{event.code}" if event.params else "{}"
        known = sum(not p.appended for p in event.params)
        row = f'"{event.name}", {categories}u, {flags}u, {params}, {old_flags}u, {known}'
        lines += [f"  {{{row}}},  // {event.code} {event.enum}"]
    lines += ["};", "", "constexpr FlagTable all_flag_tables[] = {"]
    lines += [f"  flag_table_{table}," for table in schema.flag_tables]
    lines += ["};", "", "constexpr std::string_view syscall_names[] = {"]
    by_id = {value: name for name, value in schema.syscall_ids.items()}
    lines += [f'  "{by_id.get(i, "")}",' for i in range(max(by_id) + 1)]
    lines += ["};", "", "constexpr std::string_view old_syscall_names[] = {"]
    lines += [f'  "{schema.old_syscall_names.get(i, by_id.get(i, ""))}",' for i in range(max(by_id) + 1)]
    lines += ["};", "", "constexpr std::uint16_t syscall_categories[] = {"]
    by_category = {i: CATEGORIES[name] for i, name in schema.syscall_categories.items()}
    lines += ["  " + ", ".join(str(by_category.get(i, 0)) for i in range(max(by_id) + 1))]
    lines += ["};", "", "constexpr std::string_view type_names[] = {"]
    lines += [f'  "{name}",' for name in PARAM_TYPES]
    lines += ["};", "", "}  // namespace", ""]
    # Not in the header of codes: that would compile everything anew with each change of the schema's text.
    lines += [f'const std::string_view schema_fingerprint = "{schema.fingerprint}";']
    lines += ["constinit const std::span<const EventInfo, event_code_count> events{event_rows};"]
    lines += ["constinit const std::span<const FlagTable> flag_tables{all_flag_tables};"]
    lines += ["constinit const std::span<const std::string_view> syscall_id_names{syscall_names};"]
    lines += ["constinit const std::span<const std::string_view> syscall_id_names_in_0293{old_syscall_names};"]
    lines += ["constinit const std::span<const std::uint16_t> syscall_id_categories{syscall_categories};"]
    lines += ["constinit const std::span<const std::string_view> param_type_names{type_names};"]
    for architecture, syscalls in schema.syscalls.items():
        numbers = {syscall.number: schema.syscall_ids[syscall.name] for syscall in syscalls}
        enters = {event.enum[:-2]: event.code for event in schema.events if event.is_enter} | {"generic": 0}
        kinds = {syscall.number: enters[syscall.event] for syscall in syscalls}
        rows = ", ".join(f"{{{numbers.get(i, 0)}, {kinds.get(i, 0)}}}" for i in range(max(numbers) + 1))
        lines += [
            "namespace {",
            f"constexpr SyscallInfo syscalls_{architecture}_rows[] = {{{rows}}};",
            "}  // namespace",
        ]
        lines += [
            f"constinit const std::span<const SyscallInfo> syscalls_{architecture}{{syscalls_{architecture}_rows}};"
        ]
    lines += ["", "}  // namespace tracer", ""]
    return "\n".join(lines)


def _param(param: Param, was: str) -> str:
    form = "padded_dec" if param.format[0].isdigit() else param.format
    flags, dynamic, dirfd = "nullptr", "{}", "-1"
    if param.type == "dyn":
        dynamic = f"dynamic_{param.argument}"
    elif param.type in ("fspath", "fsrelpath"):
        dirfd = param.argument or "-1"
    elif param.argument:
        flags = f"&flag_table_{param.argument}"
    appended = "true" if param.appended else "false"
    return (
        f'{{"{param.name}", ParamType::{param.type}_, PrintFormat::{form}, '
        f"{flags}, {dynamic}, {dirfd}, {appended}, {was}}}"
    )
