"""Compiles programs with bcc, in a process of its own: clang then leaves neither memory nor messages in the caller's.

It is run as a file by a Python that has bcc, which may be another than the one that runs tracer, so it imports nothing
of the package. On stdin it takes a JSON object {"text": C, "flags": [...], "programs": [names]}, on stdout it gives
{"programs": {name: instructions in hexadecimal}} or {"error": one line, "kind": "bcc" or "text"}.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module


def main() -> int:
    """The whole of it. 0 if it compiled."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # bcc and clang write what they like to stdout
    request = json.load(sys.stdin)
    try:
        result = compile_programs(request["text"], request["flags"], request["programs"])
    except ImportError as error:
        result = {"error": str(error), "kind": "bcc"}
    except Exception as error:
        result = {"error": str(error), "kind": "text"}
    json.dump(result, answer)
    answer.close()
    return 1 if "error" in result else 0


def compile_programs(text: str, flags: list[str], programs: list[str]) -> dict[str, object]:
    """What is answered if all goes well."""
    module = import_module("bcc").BPF(text=text.encode(), cflags=flags)
    return {"programs": {name: module.dump_func(name.encode()).hex() for name in programs}}


if __name__ == "__main__":
    sys.exit(main())
