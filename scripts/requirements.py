"""usage: requirements build|test: prints what pyproject.toml asks for, in pip's format."""

import sys
from pathlib import Path

try:
    import tomllib
except ImportError:  # Python 3.10
    from pip._vendor import tomli as tomllib

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
lists = {"build": project["build-system"]["requires"], "test": project["project"]["optional-dependencies"]["test"]}
print(*lists[sys.argv[1]], sep="\n")
