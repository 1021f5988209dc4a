"""A probe object with bytes changed at random is taken or refused in one line, never a cause of another error."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tracer.core.driver import DriverError
from tracer.drivers.ebpf import object_file
from tracer.drivers.ebpf.object_contents import check_contents


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_probe_is_taken_or_refused_in_one_line(seed: int, tmp_path: Path) -> None:
    if not object_file.INSTALLED.exists():
        pytest.skip("the probe was not built")
    generator = random.Random(seed)
    data = bytearray(object_file.INSTALLED.read_bytes())
    header, table = range(64), range(len(data) - 4096, len(data))
    for _ in range(generator.randrange(1, 8)):
        place = generator.choice([header, table, range(len(data))])
        data[generator.choice(place)] = generator.randrange(256)
    path = tmp_path / "damaged.o"
    path.write_bytes(data)
    try:
        check_contents(path)
    except DriverError as error:
        assert "\n" not in str(error) and str(path) in str(error)
