"""Writes the tables that the build needs from the schema: C for the probes, C++ for the engine, Python for `tables.py`.

Run as a script, `python generate.py OUTPUT_FOLDER`, since the package it belongs to is not installed yet.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "schema"))

import emit_c
import emit_cpp
import emit_python
import source


def main(arguments: list[str] | None = None) -> int:
    """Writes every generated file whose content changed, so that a build redoes no more than it must."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    output: Path = parser.parse_args(arguments).output
    try:
        schema = source.load()
        files = {
            "schema.h": emit_c.header(schema),
            "fillers.h": emit_c.fillers(schema),
            "schema_codes.hpp": emit_cpp.codes(schema),
            "schema_tables.cpp": emit_cpp.tables(schema),
            "_tables.py": emit_python.module(schema),
        }
    except source.SchemaError as error:
        print(f"schema: {error}", file=sys.stderr)
        return 1
    output.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = output / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
