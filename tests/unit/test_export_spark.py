"""Captures as a data source of Spark, in a Spark of this machine."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("java") is None, reason="needs Java (apt-get install --no-install-recommends default-jre-headless)"
    ),
]

CAPTURES = 20
FIELDS = "evt.num,evt.time,evt.type,proc.name,proc.args,fd.name,evt.latency,evt.buffer"
PAGE = Path(__file__).parents[2] / "docs" / "exports.md"


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    from tracer.plugins.exports.spark import ScapDataSource

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.dataSource.register(ScapDataSource)
    gateway = session.sparkContext._gateway
    yield session
    session.stop()
    # Its Java would stay, as a child of this process, for as long as that runs.
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=30)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fleet") / "captures"
    folder.mkdir()
    for number in range(CAPTURES):
        shutil.copy(Path(__file__).parents[1] / "captures" / "07-tiny.scap", folder / f"{number:02}.scap")
    (folder / "notes.txt").write_text("no capture")
    return folder


def test_a_fleet_of_captures_is_one_table(spark: Any, fleet: Path) -> None:
    rows = spark.read.format("scap").option("fields", FIELDS).option("filter", "evt.type=openat and evt.dir=<")
    frame = rows.load(str(fleet))
    counts = {row["capture"]: row["count"] for row in frame.groupBy("capture").count().collect()}
    assert counts == {str(fleet / f"{number:02}.scap"): 186 for number in range(CAPTURES)}


def test_columns_have_types(spark: Any, fleet: Path) -> None:
    frame = spark.read.format("scap").option("fields", FIELDS).load(str(fleet / "00.scap"))
    assert dict(frame.dtypes) == {
        "evt.num": "bigint",
        "evt.time": "timestamp",
        "evt.type": "string",
        "proc.name": "string",
        "proc.args": "array<string>",
        "fd.name": "string",
        "evt.latency": "bigint",
        "evt.buffer": "binary",
        "capture": "string",
    }
    first = frame.where("`evt.num` = 151").first()
    assert (first["proc.name"], first["proc.args"], first["fd.name"]) == ("dmesg", ["-C"], "/etc/ld.so.cache")
    assert first["evt.latency"] == 954221


def test_each_file_is_read_by_a_task_of_its_own(spark: Any, fleet: Path) -> None:
    frame = spark.read.format("scap").load([str(fleet / "0?.scap"), str(fleet / "11.scap")])
    assert frame.rdd.getNumPartitions() == 11


def test_damage_fails_the_task_and_tells_the_place(spark: Any, fleet: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.scap"
    cut.write_bytes((fleet / "00.scap").read_bytes()[:200_001])
    with pytest.raises(Exception, match="byte 200000"):
        spark.read.format("scap").load(str(cut)).count()


@pytest.mark.parametrize(
    ("option", "value", "path", "message"),
    [
        ("fields", "fd.nam", "00.scap", "fd.nam"),
        ("filter", "proc.nam=x", "00.scap", "proc.nam"),
        ("filtre", "proc.name=x", "00.scap", "no option filtre"),
        ("fields", "fd.name", "nosuch.scap", "no file .*nosuch.scap"),
    ],
)
def test_what_is_wrong_is_told(spark: Any, fleet: Path, option: str, value: str, path: str, message: str) -> None:
    with pytest.raises(Exception, match=message):
        spark.read.format("scap").option(option, value).load(str(fleet / path)).count()


def test_the_example_of_the_page_runs(spark: Any, fleet: Path) -> None:
    found = re.search(r"^```py\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1].replace("captures/*.scap", str(fleet / "*.scap")), names)
    assert names["by_file"].where("`proc.name` = 'cat'").select("count").distinct().collect()[0]["count"] == 31
