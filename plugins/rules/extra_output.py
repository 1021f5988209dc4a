"""What is added to the alerts of some rules, or of all."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracer.plugins.rules.definitions import RuleInfo

SUGGESTED_FORMAT = (
    "container_id=%container.id container_name=%container.name container_image_repository=%container.image.repository "
    "container_image_tag=%container.image.tag k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name"
)
"""What says in which container it happened."""


@dataclass(frozen=True)
class ExtraOutput:
    """An addition, and which rules it is for."""

    format: str = ""
    """Goes behind the text; "" for nothing."""
    fields: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Further fields of JSON by name: the format, and whether the value keeps its type."""
    source: str = ""
    """Only rules of this source; "" for all."""
    tags: frozenset[str] = frozenset()
    """Only rules with all of these tags."""
    rule: str = ""
    """Only the rule of this name; "" for all."""

    def is_for(self, rule: RuleInfo) -> bool:
        """Whether the rule's alerts get it."""
        return self.source in ("", rule.source) and self.tags <= rule.tags and self.rule in ("", rule.name)
