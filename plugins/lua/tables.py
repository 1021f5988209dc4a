"""Threads, descriptors and containers as the tables that scripts get."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracer.core.chisel import ListedContainer, ListedDescriptor, ListedThread
    from tracer.plugins.lua.script import Script

U32 = 0xFFFFFFFF
UNKNOWN = b"<NA>"


def thread_table(script: Script, threads: Iterable[ListedThread], in_full: bool, with_descriptors: bool) -> Any:
    """By tid."""
    table = script.table({})
    for thread in threads:
        entry: dict[bytes, Any] = {b"tid": thread.tid, b"pid": thread.pid}
        if in_full:
            entry |= _about(script, thread)
        descriptors = script.table({})
        if with_descriptors:
            for descriptor in thread.descriptors:
                descriptors[descriptor.fd] = script.table(_descriptor(descriptor, in_full))
        entry[b"fdtable"] = descriptors
        table[thread.tid] = script.table(entry)
    return table


def _about(script: Script, thread: ListedThread) -> dict[bytes, Any]:
    return {
        b"ptid": thread.ptid & U32,
        b"comm": _bytes(thread.name),
        b"exe": _bytes(thread.exe),
        b"flags": thread.flags,
        b"fdlimit": thread.fd_limit & U32,
        b"uid": thread.uid,
        b"gid": thread.gid,
        b"nchilds": thread.children,
        b"vmsize_kb": thread.vm_size_kb,
        b"vmrss_kb": thread.vm_rss_kb,
        b"vmswap_kb": thread.vm_swap_kb,
        b"pfmajor": thread.major_faults & U32,
        b"pfminor": thread.minor_faults & U32,
        b"clone_ts": b"%d" % thread.clone_time,
        b"username": UNKNOWN if thread.user is None else _bytes(thread.user),
        b"args": script.sequence([_bytes(one) for one in thread.args]),
        b"env": script.sequence([_bytes(one) for one in thread.env]),
    }


def _descriptor(descriptor: ListedDescriptor, in_full: bool) -> dict[bytes, Any]:
    entry: dict[bytes, Any] = {}
    if in_full:
        entry[b"name"] = _bytes(descriptor.name)
        entry[b"type"] = UNKNOWN if descriptor.type == "unknown" else descriptor.type.encode()
    if descriptor.client is not None:
        entry |= {b"cip": descriptor.client.ip.encode(), b"cport": descriptor.client.port}
    if descriptor.server is not None:
        entry |= {b"sip": descriptor.server.ip.encode(), b"sport": descriptor.server.port}
        entry[b"is_server"] = descriptor.is_server
        entry[b"l4proto"] = (descriptor.protocol or "<NA>").encode()
    return entry


def container_table(script: Script, containers: Iterable[ListedContainer]) -> Any:
    """By their place in the list."""
    return script.sequence(
        [
            script.table(
                {
                    b"id": _bytes(container.id),
                    b"name": _bytes(container.name),
                    b"image": _bytes(container.image),
                    b"type": _bytes(container.type or "unknown"),
                }
            )
            for container in containers
        ]
    )


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
