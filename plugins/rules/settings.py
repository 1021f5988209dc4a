"""Settings by the names that they have in Falco's configuration file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tracer.core.plugin import PluginError
from tracer.plugins.rules.definitions import Priority
from tracer.plugins.rules.extra_output import SUGGESTED_FORMAT, ExtraOutput

DEFAULTS: dict[str, Any] = {
    "rules_files": [],
    "rules": [],
    "priority": "debug",
    "rule_matching": "first",
    "json_output": False,
    "json_include_output_property": True,
    "json_include_message_property": False,
    "json_include_output_fields_property": True,
    "json_include_tags_property": True,
    "time_format_iso_8601": False,
    "buffer_format_base64": False,
    "buffered_outputs": False,
    "append_output": [],
    "output_timeout": 2000,
    "outputs": {"rate": 0, "max_burst": 1000},
    "stdout_output": {"enabled": True},
    "file_output": {"enabled": False, "keep_alive": False, "filename": "./events.txt"},
    "program_output": {"enabled": False, "keep_alive": False, "program": ""},
    "syslog_output": {"enabled": False},
    "http_output": {
        "enabled": False,
        "url": "",
        "user_agent": "tracer",
        "insecure": False,
        "ca_cert": "",
        "ca_bundle": "",
        "ca_path": "",
        "mtls": False,
        "client_cert": "",
        "client_key": "",
        "echo": False,
        "compress_uploads": False,
        "keep_alive": False,
        "max_consecutive_timeouts": 5,
    },
    "capture": {"enabled": False, "path_prefix": "/tmp/tracer", "mode": "rules", "default_duration": 5000},
}
"""Every setting that is heeded. A file may have others, which are for Falco's other parts."""

_STEP = re.compile(r"\[(\d*)\]|\.?((?:\\.|[^.\[\]\\])+)")


class Settings:
    """The settings of one run."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = _copied(DEFAULTS)

    def read(self, path: Path) -> None:
        """Takes the settings of a file. Raises OSError, PluginError."""
        given = _parsed(path.read_text("utf-8", "surrogateescape"), str(path))
        if not isinstance(given, Mapping):
            raise PluginError(f"{path}: settings are keys with values")
        _merge(self._values, given)

    def set(self, assignment: str) -> None:
        """Takes KEY=VALUE; dots lead into a key, [0] to a place in a list and [] behind its end. Raises PluginError."""
        key, equals, text = assignment.partition("=")
        if not equals:
            raise PluginError(f"-o {assignment}: write KEY=VALUE")
        steps = [(place, name.replace("\\", "")) for place, name in _STEP.findall(key)]
        try:
            _assign(self._values, key, steps, _parsed(text, f"-o {key}"))
        except (KeyError, IndexError, TypeError):
            raise PluginError(f"-o {key}: there is no such setting; docs/rules.md lists them") from None

    def flag(self, *path: str) -> bool:
        """A truth value. Raises PluginError for another one."""
        value = self._get(path)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise PluginError(f"{'.'.join(path)} is true or false, not {value!r}")
        return value

    def text(self, *path: str) -> str:
        """A text."""
        return str(self._get(path))

    def number(self, *path: str) -> float:
        """A number from 0 on. Raises PluginError for anything else."""
        value = self._get(path)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = -1
        if number < 0:
            raise PluginError(f"{'.'.join(path)} is a number from 0 on, not {value!r}")
        return number

    def texts(self, *path: str) -> list[str]:
        """Texts. Raises PluginError for anything else."""
        value = self._get(path)
        if not isinstance(value, list):
            raise PluginError(f"{'.'.join(path)} is a list, not {value!r}")
        return [str(each) for each in value]

    @property
    def priority(self) -> Priority:
        """Rules that are less important than this are left out. Raises PluginError for no priority."""
        found = Priority.parse(self.text("priority"))
        if found is None:
            names = ", ".join(name.lower() for name in Priority.__members__)
            raise PluginError(f"priority is one of {names}, not {self.text('priority')!r}")
        return found

    @property
    def first_only(self) -> bool:
        """Whether only the first rule counts that matches an event. Raises PluginError."""
        kind = self.text("rule_matching").lower()
        if kind not in ("first", "all"):
            raise PluginError(f"rule_matching is first or all, not {kind!r}")
        return kind == "first"

    def extra_outputs(self) -> list[ExtraOutput]:
        """What is added to alerts. Raises PluginError."""
        return [_extra_output(each) for each in self._mappings("append_output")]

    def choices(self) -> list[tuple[bool, str, str]]:
        """Of each choice of rules: whether they are enabled, the name, the tag. Raises PluginError."""
        made = []
        for each in self._mappings("rules"):
            for word, what in each.items():
                if word not in ("enable", "disable") or not isinstance(what, Mapping):
                    raise PluginError("rules is a list of enable: or disable:, each with rule: or tag:")
                made.append((word == "enable", str(what.get("rule", "")), str(what.get("tag", ""))))
        return made

    def _mappings(self, key: str) -> list[Mapping[str, Any]]:
        value = self._get((key,))
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise PluginError(f"{key} is a list of keys with values")
        return value

    def _get(self, path: Sequence[str]) -> Any:
        value: Any = self._values
        for name in path:
            value = value[name]
        return value


def _extra_output(value: Mapping[str, Any]) -> ExtraOutput:
    match = value.get("match") or {}
    formats = [str(value["extra_output"])] if value.get("extra_output") else []
    if value.get("suggested_output") is True:
        formats.append(SUGGESTED_FORMAT)
    fields: dict[str, tuple[str, bool]] = {}
    for each in value.get("extra_fields") or ():
        if isinstance(each, Mapping):
            fields |= {str(name): (str(text), False) for name, text in each.items()}
        else:
            fields[str(each)] = f"%{each}", True
    return ExtraOutput(
        " ".join(formats),
        fields,
        str(match.get("source") or ""),
        frozenset(map(str, match.get("tags") or ())),
        str(match.get("rule") or ""),
    )


def _parsed(text: str, what: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PluginError(f"{what}: {' '.join(str(error).split())}") from None


def _assign(target: Any, key: str, steps: list[tuple[str, str]], value: Any) -> None:
    for place, name in steps[:-1]:
        target = target[name] if name else target[int(place)] if place else _appended(target, {})
    place, name = steps[-1]
    if name:
        known = DEFAULTS if target is not None and set(target) == set(DEFAULTS) else target
        # Below the elements of lists, keys are the user's own.
        if name not in known and not any(not each for _, each in steps):
            raise KeyError(key)
        target[name] = value
    elif place:
        target[int(place)] = value
    else:
        _appended(target, value)


def _appended(target: Any, value: Any) -> Any:
    if not isinstance(target, list):
        raise TypeError
    target.append(value)
    return value


def _merge(values: dict[str, Any], given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if isinstance(values.get(name), dict) and isinstance(value, Mapping):
            _merge(values[name], value)
        elif name in values:
            values[name] = value


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return list(value) if isinstance(value, list) else value
