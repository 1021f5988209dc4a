"""What is known of containers beside their ids: engines that know it, asked on a thread of their own.

A container engine is what a plugin returns from `tracer_container_engines`. The event path never waits for one: what is
found out is added to the stream as the event that captures tell of containers with.
"""

from __future__ import annotations

import atexit
import heapq
import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from tracer.core.plugin import ContainerReference, LookUpLater

if TYPE_CHECKING:
    from tracer.core._engine import ContainerWatch, Session
    from tracer.core.plugin import ContainerEngine

TYPES = (
    "docker", "lxc", "libvirt-lxc", "mesos", "rkt", "custom", "cri", "containerd", "cri-o", "bpm", "static", "podman",
)  # fmt: skip
"""Types of containers that captures have a number for: their place here."""

START_WAIT_S = 0.5
"""How long the first events wait, at most, for what engines know of the containers that run already."""

RETRIES_S = (0.02, 0.1, 0.4, 1.5, 5.0, 20.0, 60.0)
"""How long to wait before each further try at a container that no engine knows yet."""

MAX_WAITING = 4096
"""How many containers may wait for a further try."""

POLL_MS = 500

CLOSE_WAIT_S = 0.2


def container_record(container: Mapping[str, object]) -> bytes:
    """The event that tells of a container, with all that sysdig's has. Raises ValueError without an id.

    What is None is not told; what is missing is what a container has that was started with nothing special.
    """
    from tracer.core.records import encode_record

    if not container.get("id"):
        raise ValueError("a container needs an id")
    whole = {key: value for key, value in {**_NOTHING_KNOWN, **container}.items() if value is not None}
    kind = whole["type"]
    if isinstance(kind, str):
        whole["type"] = TYPES.index(kind) if kind in TYPES else TYPES.index("custom")
        if kind not in TYPES:
            whole["type_name"] = kind
    text = json.dumps({"container": whole}, ensure_ascii=True)
    return encode_record("CONTAINER_JSON_2_E", 0, -1, {"json": text})


_NOTHING_KNOWN: Mapping[str, object] = {
    "full_id": "",
    "type": "custom",
    "name": "",
    "image": "",
    "imageid": "",
    "imagerepo": "",
    "imagetag": "",
    "imagedigest": "",
    "is_pod_sandbox": False,
    "lookup_state": 1,
    "created_time": 0,
    "Mounts": [],
    "ip": "0.0.0.0",
    "port_mappings": [],
    "labels": {},
    "env": [],
    "memory_limit": 0,
    "swap_limit": 0,
    "cpu_shares": 1024,
    "cpu_quota": 0,
    "cpu_period": 100_000,
    "cpuset_cpu_count": 0,
    "metadata_deadline": 0,
}


class ContainerLookups:
    """Asks engines for the containers that a session finds threads in, until it is closed."""

    def __init__(
        self,
        session: Session,
        engines: Callable[[], Iterable[ContainerEngine]],
        report: Callable[[str], None] = lambda message: print(f"tracer: {message}", file=sys.stderr),
    ) -> None:
        """`engines` is called when the first container is found; `report` gets what the user has to know."""
        self._session = session
        self._watch: ContainerWatch = session.watch_containers()
        self._load_engines = engines
        self._engines: list[ContainerEngine] | None = None
        self._report = report
        self._waiting: list[tuple[float, int, ContainerReference]] = []
        """When it is tried again, how often it was tried, which container: a heap."""
        self._caught_up = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tracer-containers", daemon=True)

    def start(self, wait_s: float = START_WAIT_S) -> None:
        """Begins; returns when all containers that run already were looked up, or after `wait_s` seconds."""
        self._thread.start()
        atexit.register(self.close)  # at its end Python would stop the thread wherever it is, in the engine too
        self._caught_up.wait(wait_s)

    def close(self) -> None:
        """Ends the look-ups; one that is under way is waited for, but not for long. May be called twice."""
        self._closed.set()
        self._watch.close()
        atexit.unregister(self.close)
        if self._thread.is_alive():
            self._thread.join(CLOSE_WAIT_S)

    def _run(self) -> None:
        while not self._closed.is_set():
            pause_s = self._waiting[0][0] - time.monotonic() if self._waiting else math.inf
            found = self._watch.next(0 if not self._caught_up.is_set() else round(min(max(pause_s, 0) * 1000, POLL_MS)))
            if found is not None:
                self._look_up(ContainerReference(*found), 0)
                continue
            self._caught_up.set()
            while self._waiting and self._waiting[0][0] <= time.monotonic() and not self._closed.is_set():
                _, tries, reference = heapq.heappop(self._waiting)
                self._look_up(reference, tries)

    def _look_up(self, reference: ContainerReference, tries: int) -> None:
        comes_later = False
        if self._engines is None:
            self._engines = list(self._load_engines())
        for engine in list(self._engines):
            try:
                answer = engine.look_up(reference)
                if answer is None:
                    continue
                is_partial = bool(answer.get("is_partial"))
                if not is_partial or tries == 0:
                    self._tell(reference, answer)
                if not is_partial:
                    return
            except LookUpLater:
                comes_later = True
            except Exception as error:
                # One engine's mistake is no reason to lose what others know.
                self._engines.remove(engine)
                self._report(f"container engine {engine.name} is left out: {type(error).__name__}: {error}")
        if comes_later and tries < len(RETRIES_S) and len(self._waiting) < MAX_WAITING:
            heapq.heappush(self._waiting, (time.monotonic() + RETRIES_S[tries], tries + 1, reference))

    def _tell(self, reference: ContainerReference, answer: Mapping[str, object]) -> None:
        known = {"id": reference.id, "full_id": reference.full_id, "type": reference.type, **answer}
        if not self._session.add_record(container_record(known)):
            self._report(f"what is known of the container {reference.id} is lost: too many events wait to be read")
