"""The codes of errors and warnings, with the words that stand for each, as Falco has them."""

from __future__ import annotations

from enum import Enum


class ErrorCode(Enum):
    """Why rules cannot be used. The value is what the code means."""

    LOAD_ERR_FILE_READ = "File read error"
    LOAD_ERR_YAML_PARSE = "YAML parse error"
    LOAD_ERR_YAML_VALIDATE = "Error validating internal structure of YAML file"
    LOAD_ERR_COMPILE_CONDITION = "Error compiling condition"
    LOAD_ERR_COMPILE_OUTPUT = "Error compiling output"
    LOAD_ERR_VALIDATE = "Error validating rule/macro/list/exception objects"
    LOAD_ERR_EXTENSION = "Error in extension item"


class WarningCode(Enum):
    """What is doubtful in rules that can be used. The value is what the code means."""

    LOAD_UNKNOWN_SOURCE = "Unknown event source"
    LOAD_UNSAFE_NA_CHECK = "Unsafe <NA> comparison in condition"
    LOAD_NO_EVTTYPE = "Condition has no event-type restriction"
    LOAD_UNKNOWN_FILTER = "Unknown field or event-type in condition or output"
    LOAD_UNUSED_MACRO = "Unused macro"
    LOAD_UNUSED_LIST = "Unused list"
    LOAD_UNKNOWN_ITEM = "Unknown rules file item"
    LOAD_DEPRECATED_ITEM = "Used deprecated item"
    LOAD_WARNING_EXTENSION = "Warning in extension item"
    LOAD_APPEND_NO_VALUES = "Overriding/appending with no values"
    LOAD_EXCEPTION_NAME_NOT_UNIQUE = "Multiple exceptions defined with the same name"
    LOAD_INVALID_MACRO_NAME = "Invalid macro name"
    LOAD_INVALID_LIST_NAME = "Invalid list name"
    LOAD_COMPILE_CONDITION = "Warning in rule condition"
    LOAD_UNKNOWN_KEY = "Unknown key in item definition"


_USE_APPEND = "Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
APPEND_IS_DEPRECATED = f"'append' key is deprecated. {_USE_APPEND}"
ENABLED_IS_DEPRECATED = (
    "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under the "
    "'override' key (i.e. 'enabled: replace')."
)
APPEND_AND_OVERRIDE = f"Keys 'override' and 'append: true' cannot be used together. {_USE_APPEND}"
NO_MACRO_TO_APPEND_TO = "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists"
NO_LIST_TO_APPEND_TO = "List uses 'append' or 'override.items: append' but no list by that name already exists"
NO_RULE_TO_APPEND_TO = "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists"
NO_RULE_TO_REPLACE = "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"
TOO_MANY_EVENT_TYPES = "Rule matches too many evt.type values. This has a significant performance penalty."
CONTAINER_INFO_IS_DEPRECATED = (
    "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will "
    "automatically add required fields to the output message."
)

_NO_ENTER_EVENTS = "field is not available due to the drop of enter events."
DEPRECATED_FIELDS = {
    "evt.dir": (
        "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates "
        "to false. The rule expression can be simplified by removing the condition on 'evt.dir'"
    ),
    "evt.latency": _NO_ENTER_EVENTS,
    "evt.latency.s": _NO_ENTER_EVENTS,
    "evt.latency.ns": _NO_ENTER_EVENTS,
    "evt.latency.human": _NO_ENTER_EVENTS,
    "evt.wait_latency": _NO_ENTER_EVENTS,
}
"""Fields that rules should not use any more, and why."""
