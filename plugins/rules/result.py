"""What came of loading one rules file: errors and warnings, as text and as JSON, in Falco's layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tracer.plugins.rules.context import Context
from tracer.plugins.rules.messages import ErrorCode, WarningCode

SCHEMA_OK = "ok"
SCHEMA_NONE = "none"


class LoadError(Exception):
    """Rules that cannot be used."""

    def __init__(self, code: ErrorCode, message: str, context: Context) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.context = context


class LoadWarning(NamedTuple):
    """Something doubtful in rules that can be used."""

    code: WarningCode
    message: str
    context: Context
    deprecated_field: str = ""
    """The field that it is about; "" for none."""

    def __str__(self) -> str:
        of_field = f": field '{self.deprecated_field}'" if self.deprecated_field else ""
        return f"{self.code.name} ({self.code.value}{of_field})"


class LoadResult:
    """Errors and warnings of one file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.errors: list[LoadError] = []
        self.warnings: list[LoadWarning] = []
        self.schema_warnings: list[str] = []
        """What the file's shape lacks, by the schema of rules files; [SCHEMA_OK] for nothing, [] for not looked at."""

    @property
    def successful(self) -> bool:
        """Whether the rules can be used."""
        return not self.errors

    def warn(self, code: WarningCode, message: str, context: Context, deprecated_field: str = "") -> None:
        """Adds a warning."""
        self.warnings.append(LoadWarning(code, message, context, deprecated_field))

    @property
    def schema_validation(self) -> str:
        """The schema's verdict in short."""
        return self.schema_warnings[0] if self.schema_warnings else SCHEMA_NONE

    def summary(self) -> str:
        """The outcome with the codes only."""
        parts = [self._heading()]
        schema = self._failures_of_schema()
        if schema:
            parts.append(f"\n {len(schema)} schema warnings: [{' '.join(schema)}]")
        if self.errors:
            codes = " ".join(f"{error.code.name} ({error.code.value})" for error in self.errors)
            parts.append(f"\n {len(self.errors)} errors: [{codes}]")
        if self.warnings:
            parts.append(f"\n {len(self.warnings)} warnings: [{' '.join(map(str, self.warnings))}]")
        return "".join(parts)

    def as_text(self, contents: Mapping[str, str]) -> str:
        """The outcome with the place of each error and warning. `contents`: the text of each file that was loaded."""
        parts = [self._heading()]
        schema = self._failures_of_schema()
        if schema:
            parts.append(f"\n{len(schema)} Schema warnings:\n")
            parts += [f"------\n{failure}\n" for failure in schema]
            parts.append("------\n")
        if self.errors:
            parts.append(f"\n{len(self.errors)} Errors:\n")
            for error in self.errors:
                title = f"{error.code.name} ({error.code.value})"
                parts.append(_entry(error.context, contents, title, error.message))
        if self.warnings:
            parts.append(f"\n{len(self.warnings)} Warnings:\n")
            parts += [_entry(warning.context, contents, str(warning), warning.message) for warning in self.warnings]
        return "".join(parts)

    def as_json(self, contents: Mapping[str, str]) -> dict[str, object]:
        """The same for JSON."""
        made: dict[str, object] = {"name": self.name, "successful": self.successful}
        if self.schema_warnings:
            made["schema_valid"] = not self._failures_of_schema()
            made["schema_warnings"] = list(self._failures_of_schema())
        made["errors"] = [
            {
                "context": error.context.as_json(contents),
                "code": error.code.name,
                "codedesc": error.code.value,
                "message": error.message,
            }
            for error in self.errors
        ]
        made["warnings"] = [_warning_as_json(warning, contents) for warning in self.warnings]
        return made

    def _heading(self) -> str:
        name = f"{self.name}: " if self.name else ""
        if not self.successful:
            return f"{name}Invalid"
        return f"{name}Ok, with warnings" if self.warnings else f"{name}Ok"

    def _failures_of_schema(self) -> Sequence[str]:
        return [] if self.schema_warnings == [SCHEMA_OK] else self.schema_warnings


def _warning_as_json(warning: LoadWarning, contents: Mapping[str, str]) -> dict[str, object]:
    made: dict[str, object] = {
        "context": warning.context.as_json(contents),
        "code": warning.code.name,
        "codedesc": warning.code.value,
        "message": warning.message,
    }
    if warning.deprecated_field:
        made["deprecated_field"] = warning.deprecated_field
    return made


def _entry(context: Context, contents: Mapping[str, str], title: str, message: str) -> str:
    return f"{context.as_text()}------\n{context.snippet(contents)}------\n{title}: {message}\n"
