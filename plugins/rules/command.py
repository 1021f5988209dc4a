"""What `tracer rules` does: loads rules, then validates, describes or runs them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tracer.core.plugin import PluginError
from tracer.plugins.rules.extra_output import ExtraOutput
from tracer.plugins.rules.result import SCHEMA_OK, LoadResult
from tracer.plugins.rules.ruleset import RuleSet
from tracer.plugins.rules.settings import Settings

COULD_NOT = 1
RULES_SUFFIXES = (".yaml", ".yml")


def run(arguments: argparse.Namespace) -> int:
    """The exit status. Raises PluginError, OSError."""
    settings = _settings(arguments)
    extra = settings.extra_outputs()
    if arguments.extra and arguments.extra not in ("c", "container", "k", "kubernetes"):
        extra.append(ExtraOutput(arguments.extra))
    rules = RuleSet(extra)
    validated = [Path(name) for names in arguments.validate for name in names]
    if validated:
        return _validate(rules, validated, arguments, settings.flag("json_output"))
    given = [name for names in arguments.files for name in names] or settings.texts("rules_files")
    if not given:
        raise PluginError("which rules? Name their files with -r FILE")
    if not _load(rules, _rules_files(given), arguments.verbose):
        return COULD_NOT
    _choose(rules, arguments, settings)
    if arguments.describe_all or arguments.describe:
        _describe(rules, arguments, settings.flag("json_output"))
        return 0
    if arguments.dry_run:
        return 0
    from tracer.plugins.rules.run import run_rules

    return run_rules(rules, arguments, settings)


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = Settings()
    if arguments.configuration:
        settings.read(Path(arguments.configuration))
    for assignment in arguments.settings:
        settings.set(assignment)
    if arguments.json:
        settings.set("json_output=true")
    if arguments.unbuffered:
        settings.set("buffered_outputs=false")
    return settings


def _rules_files(names: list[str]) -> list[Path]:
    """The files that are named, and those in the directories that are named."""
    files: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            files += sorted(each for each in path.iterdir() if each.suffix in RULES_SUFFIXES and each.is_file())
        else:
            files.append(path)
    if not files:
        raise PluginError(f"there are no rules files in {', '.join(names)}: their names end in .yaml or .yml")
    return files


def _texts(files: list[Path]) -> dict[str, str]:
    return {str(path): path.read_text("utf-8", "surrogateescape") for path in files}


def _load(rules: RuleSet, files: list[Path], verbose: bool) -> bool:
    """Loads the files; whether they can be used. What is wrong with them is said on stderr."""
    contents = _texts(files)
    problem = ""
    for name, text in contents.items():
        result = rules.load(text, name)
        if verbose or result.schema_validation != SCHEMA_OK:
            print(f"tracer: {name} | schema validation: {result.schema_validation}", file=sys.stderr)
        if not result.successful:
            problem = result.as_text(contents)
            break
        if result.warnings:
            print(result.as_text(contents), file=sys.stderr)
    # Where a plugin is missing, that may be why the rules have fields that are not known.
    problem = rules.missing_plugin() or problem
    if problem:
        print(f"Error: {problem.rstrip()}", file=sys.stderr)
    return not problem


def _choose(rules: RuleSet, arguments: argparse.Namespace, settings: Settings) -> None:
    """Enables and disables rules as was asked for."""
    for enabled, name, tag in settings.choices():
        if name:
            rules.choose(enabled, name=name)
        if tag:
            rules.choose(enabled, tags=[tag])
    if arguments.tags:
        if arguments.disabled_tags or arguments.disabled_names:
            raise PluginError("-t names the only rules that are wanted: it does not go with -T and -D")
        rules.choose_all(False)
        rules.choose(True, tags=arguments.tags)
    rules.choose(False, tags=arguments.disabled_tags)
    for text in arguments.disabled_names:
        rules.choose(False, substring=text)


def _validate(rules: RuleSet, files: list[Path], arguments: argparse.Namespace, as_json: bool) -> int:
    contents = _texts(files)
    results: list[LoadResult] = []
    summaries: list[str] = []
    for name, text in contents.items():
        result = rules.load(text, name)
        missing = rules.missing_plugin()
        if missing:
            raise PluginError(missing)
        results.append(result)
        if result.successful and result.warnings:
            summaries.append(f"{name}: Ok, with warnings")
            print(result.as_text(contents), file=sys.stderr)
        else:
            summaries.append(result.as_text(contents))
    successful = all(result.successful for result in results)
    described = None
    if successful and (arguments.describe_all or arguments.describe):
        from tracer.plugins.rules.description import describe

        described = describe(rules, arguments.describe)
    if as_json:
        shown: dict[str, object] = {"falco_load_results": [result.as_json(contents) for result in results]}
        if described is not None:
            shown["falco_describe_results"] = described
        print(_dumped(shown))
    else:
        print("\n".join(summaries))
        if described is not None:
            from tracer.plugins.rules.description import as_table

            print(f"\n{as_table(described)}", end="")
    return 0 if successful else COULD_NOT


def _describe(rules: RuleSet, arguments: argparse.Namespace, as_json: bool) -> None:
    from tracer.plugins.rules.description import as_table, describe

    described = describe(rules, arguments.describe)
    print(_dumped(described) if as_json else as_table(described), end="\n" if as_json else "")


def _dumped(value: object) -> str:
    return (
        json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        .encode("utf-8", "surrogateescape")
        .decode("utf-8", "replace")
    )
