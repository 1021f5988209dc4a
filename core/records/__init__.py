"""Event records and metadata blocks made in Python: what a driver written in Python hands to the engine.

A batch (see tracer.core.driver.Source) is a row of frames, a frame is one record and where it comes from::

    record = encode_record("openat", timestamp_ns, tid, {"fd": 3, "dirfd": -100, "name": "/etc/passwd", ...})
    batch = encode_frame(record, cpu=0) + encode_frame(...)

`encode_tables` does the same for the threads and descriptors that are there at the start.
"""

from tracer.core.records.encode import (
    SECTION_START,
    encode_frame,
    encode_record,
    event_type,
    iterate_frames,
    record_code,
    record_time,
    shift_time,
)
from tracer.core.records.tables import DescriptorEntry, MachineEntry, ThreadEntry, encode_tables
from tracer.core.records.values import AT_FDCWD, Value

__all__ = [
    "AT_FDCWD",
    "SECTION_START",
    "DescriptorEntry",
    "MachineEntry",
    "ThreadEntry",
    "Value",
    "encode_frame",
    "encode_record",
    "encode_tables",
    "event_type",
    "iterate_frames",
    "record_code",
    "record_time",
    "shift_time",
]
