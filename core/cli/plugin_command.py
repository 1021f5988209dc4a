"""Commands that plugins bring: `tracer NAME`."""

from __future__ import annotations

import argparse
import sys

from tracer.core.cli.failure import Failure
from tracer.core.plugin import Command, PluginError
from tracer.core.plugins import Provided, installed_plugins


class PluginCommand:
    """A plugin's command, with what it does wrong told as the plugin's own."""

    def __init__(self, provided: Provided[Command]) -> None:
        self._provided = provided
        self.summary = provided.thing.summary

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declares its options. Raises Failure."""
        try:
            self._provided.thing.add_arguments(parser)
        except Exception as error:
            raise self._broken(error) from error

    def run(self, arguments: argparse.Namespace) -> int:
        """Does its work. Raises Failure, OSError."""
        from tracer.core._engine import FormatError
        from tracer.core.driver import DriverError
        from tracer.core.filter import FilterError

        try:
            return self._provided.thing.run(arguments)
        except (Failure, OSError):
            raise
        except FilterError as error:
            raise Failure(f"{error}\n{error.pointer()}") from error
        except (PluginError, DriverError, FormatError) as error:
            raise Failure(error) from error
        except Exception as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> Failure:
        sys.excepthook(type(error), error, error.__traceback__)
        name, plugin = self._provided.thing.name, self._provided.plugin
        return Failure(
            f"{name}: plugin {plugin} of {self._provided.distribution} failed: {type(error).__name__}: {error}"
        )


def plugin_command(name: str) -> PluginCommand | None:
    """The command of this name; None if no plugin has one. Raises Failure if the plugin called so cannot be used."""
    plugins = installed_plugins()
    if name in plugins.commands:
        return PluginCommand(plugins.commands[name])
    for failure in plugins.failures:
        if failure.plugin == name:
            raise Failure(failure)
    return None


def plugin_summaries() -> dict[str, str]:
    """The commands of plugins, each with its line of help."""
    return {name: provided.thing.summary for name, provided in sorted(installed_plugins().commands.items())}
