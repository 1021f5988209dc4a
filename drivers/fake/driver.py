"""The fake driver itself: from its argument to a source."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from tracer.core import _engine
from tracer.core.driver import DriverError, Plan, Readiness, Source
from tracer.drivers.fake.plain import PlainCapture

if TYPE_CHECKING:
    from tracer.drivers.fake.options import FakeArgument
    from tracer.drivers.fake.script import Script

ADVICE = "name a capture: -r FILE or --driver fake:FILE"


class FakeDriver:
    """Plays captures and scripts."""

    name = "fake"
    summary = "replays a capture file (fake:FILE) or plays scripted events (fake:MODULE:FUNCTION)"
    capabilities = frozenset({"replay", "enter_events", "faults"})

    def readiness(self, argument: str) -> Readiness:
        """Whether what the argument names is there and its options make sense."""
        try:
            what = _parse(argument)
        except DriverError as error:
            return Readiness(usable=False, reason=str(error))
        if not what.target:
            return Readiness(usable=False, reason="it was not told what to play", remedy=ADVICE)
        if is_script(what.target):
            return Readiness(usable=True, reason=f"plays the script {what.target}")
        return _capture_readiness(what.target)

    def open(self, argument: str, plan: Plan) -> Source:
        """Starts to play. The plan says at most to wait for more: what was recorded is what there is.

        Raises DriverError.
        """
        if "?" not in argument and not is_script(argument):
            return _open_plain(argument, plan.follow)
        what = _parse(argument)
        if is_script(what.target):
            return load_script(what.target).source(what.options)
        return _open_capture(what)


def is_script(target: str) -> bool:
    """True for MODULE:FUNCTION, unless there is a file of that name."""
    module, colon, function = target.partition(":")
    names = [*module.split("."), function]
    if not colon or not all(name.isidentifier() for name in names):
        return False
    from pathlib import Path

    return not Path(target).exists()


def _parse(argument: str) -> FakeArgument:
    from tracer.drivers.fake.options import parse_argument

    return parse_argument(argument)


def load_script(target: str) -> Script:
    """The script that the function MODULE:FUNCTION makes; errors of its own code are left as they are."""
    from tracer.drivers.fake.script import Script

    module, _, function = target.partition(":")
    try:
        make = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        raise DriverError(f"fake: {error}; a script is MODULE:FUNCTION, found as Python finds modules") from error
    except AttributeError:
        raise DriverError(f"fake: the module {module} has no {function}") from None
    script = make()
    if not isinstance(script, Script):
        raise DriverError(f"fake: {target} gave {script!r}, not a Script")
    return script


def _capture_readiness(path: str) -> Readiness:
    if path == "-":
        return Readiness(usable=True, reason="replays standard input")
    from pathlib import Path

    if not Path(path).exists():
        return Readiness(usable=False, reason=f"there is no file {path}", remedy=ADVICE)
    if Path(path).is_dir():
        return Readiness(usable=False, reason=f"{path} is a directory", remedy=ADVICE)
    if not os.access(path, os.R_OK):
        return Readiness(usable=False, reason=f"{path} may not be read by this user")
    return Readiness(usable=True, reason=f"replays {path}")


def _open_capture(what: FakeArgument) -> Source:
    if what.options.is_plain:
        return _open_plain(what.target)
    from tracer.drivers.fake.capture import CaptureReplay

    if what.target == "-" and what.options.loop != 1:
        raise DriverError("fake: standard input can be played only once; loop needs a file")
    with _explained(what.target):
        return CaptureReplay(what.target, what.options)


def _open_plain(path: str, follow: bool = False) -> Source:
    with _explained(path):
        return PlainCapture(path, follow)


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Turns what opening a capture raises into DriverError."""
    try:
        yield
    except OSError as error:
        raise DriverError(f"cannot read {path}: {error.strerror or error}") from error
    except _engine.FormatError as error:
        raise DriverError(f"{path} is not a capture: {error}") from error
