"""Which driver runs: the order of the rules, and what is said when nothing can run."""

from __future__ import annotations

from types import ModuleType

import pytest

from tracer.core.driver import DriverError, Readiness, hookimpl
from tracer.core.driver_choice import DriverRequest, UnknownDriver, choose_driver
from tracer.core.driver_report import report
from tracer.core.plugins import PluginFailure, Plugins, load_plugins


class Stub:
    """A driver that is ready or not, as it was told."""

    summary = "a stub"
    capabilities = frozenset({"replay", "enter_events"})

    def __init__(self, name: str, readiness: Readiness | Exception) -> None:
        self.name = name
        self._readiness = readiness
        self.asked: list[str] = []

    def readiness(self, argument: str) -> Readiness:
        self.asked.append(argument)
        if isinstance(self._readiness, Exception):
            raise self._readiness
        return self._readiness

    def open(self, argument, plan):
        raise NotImplementedError


USABLE = Readiness(usable=True)


def plugins_with(**readiness: Readiness | Exception) -> Plugins:
    @hookimpl
    def tracer_drivers():
        return [Stub(name, answer) for name, answer in readiness.items()]

    plugins, module = load_plugins([]), ModuleType("stubs")
    vars(module)["tracer_drivers"] = tracer_drivers
    plugins.add("stubs", "tracer 1.0", module)
    return plugins


ALL_USABLE = {"fake": USABLE, "ebpf": USABLE, "kmod": USABLE}


@pytest.mark.parametrize(
    ("request_", "environment", "expected"),
    [
        (DriverRequest(), {}, ("kmod", "", "by default")),
        (DriverRequest(), {"TRACER_BPF_PROBE": ""}, ("ebpf", "", "by TRACER_BPF_PROBE")),
        (DriverRequest(), {"TRACER_BPF_PROBE": "/p/x.o"}, ("ebpf", "/p/x.o", "by TRACER_BPF_PROBE")),
        (DriverRequest(), {"TRACER_DRIVER": "fake:a:b.scap"}, ("fake", "a:b.scap", "by TRACER_DRIVER")),
        (DriverRequest(), {"TRACER_DRIVER": "fake:x", "TRACER_BPF_PROBE": ""}, ("fake", "x", "by TRACER_DRIVER")),
        (DriverRequest(), {"TRACER_DRIVER": "", "TRACER_BPF_PROBE": ""}, ("ebpf", "", "by TRACER_BPF_PROBE")),
        (DriverRequest(option="kmod"), {"TRACER_DRIVER": "fake:x"}, ("kmod", "", "by --driver")),
        (DriverRequest(capture="f.scap"), {"TRACER_DRIVER": "ebpf"}, ("fake", "f.scap", "by -r")),
    ],
)
def test_the_first_rule_that_is_given_decides(request_, environment, expected):
    choice = choose_driver(plugins_with(**ALL_USABLE), request_, environment)
    assert (choice.driver.name, choice.argument, choice.rule) == expected


def test_without_a_usable_module_the_default_is_ebpf_and_the_reason_is_told():
    plugins = plugins_with(ebpf=USABLE, kmod=Readiness(False, "not loaded"))
    choice = choose_driver(plugins, DriverRequest(), {})
    assert str(choice) == "driver ebpf, chosen by default, kmod not being usable (not loaded)"


def test_an_unknown_name_is_answered_in_one_line_with_the_choices_and_the_nearest():
    with pytest.raises(UnknownDriver) as caught:
        choose_driver(plugins_with(**ALL_USABLE), DriverRequest(option="epbf:/x"), {})
    assert str(caught.value) == (
        "--driver: no driver is called 'epbf' (did you mean ebpf?); there are: ebpf, fake, kmod"
    )


def test_an_unknown_name_in_the_environment_names_the_variable():
    with pytest.raises(UnknownDriver, match=r"^TRACER_DRIVER: no driver is called 'qqq'; there are: "):
        choose_driver(plugins_with(**ALL_USABLE), DriverRequest(), {"TRACER_DRIVER": "qqq"})


def test_asking_for_a_driver_whose_plugin_failed_tells_how_it_failed():
    plugins = plugins_with(fake=USABLE)
    plugins.failures.append(PluginFailure("ebpf", "tracer 1.0", "ImportError: libbpf.so.1"))
    with pytest.raises(DriverError, match=r"plugin ebpf of tracer 1\.0 is left out: ImportError: libbpf\.so\.1"):
        choose_driver(plugins, DriverRequest(option="ebpf"), {})


def test_a_named_driver_that_cannot_run_is_not_replaced_by_another():
    plugins = plugins_with(ebpf=Readiness(False, "no BPF rights", "run as root"), kmod=USABLE)
    with pytest.raises(DriverError) as caught:
        choose_driver(plugins, DriverRequest(), {"TRACER_BPF_PROBE": ""})
    assert str(caught.value) == "driver ebpf, chosen by TRACER_BPF_PROBE, cannot run: no BPF rights; run as root"


def test_readiness_is_asked_for_the_argument_that_will_be_used():
    plugins = plugins_with(**ALL_USABLE)
    choice = choose_driver(plugins, DriverRequest(option="fake:x.scap"), {})
    assert choice.driver.asked == ["x.scap"]


def test_when_nothing_can_run_every_driver_is_listed_with_its_reason():
    plugins = plugins_with(
        ebpf=Readiness(False, "no BPF rights", "run as root"),
        fake=Readiness(False, "not told what to play"),
        kmod=RuntimeError("boom"),
    )
    plugins.failures.append(PluginFailure("other", "other-driver 2.0", "ImportError: x"))
    with pytest.raises(DriverError) as caught:
        choose_driver(plugins, DriverRequest(), {})
    assert str(caught.value).splitlines()[1:] == [
        "  ebpf: no BPF rights; run as root",
        "  fake: not told what to play",
        "  kmod: its readiness check failed: RuntimeError: boom",
        "  plugin other of other-driver 2.0 is left out: ImportError: x",
    ]


def test_a_file_and_a_driver_together_are_refused():
    with pytest.raises(DriverError, match="-r and --driver"):
        choose_driver(plugins_with(**ALL_USABLE), DriverRequest(capture="f", option="kmod"), {})


def test_the_report_marks_the_chosen_driver_and_why():
    plugins = plugins_with(ebpf=USABLE, kmod=Readiness(False, "not loaded", "load it"))
    answer = report(plugins, DriverRequest(), {"TRACER_BPF_PROBE": "/x.o"})
    ebpf, kmod = answer.drivers
    assert (ebpf.name, ebpf.chosen, ebpf.rule) == ("ebpf", True, "by TRACER_BPF_PROBE")
    assert (kmod.usable, kmod.reason, kmod.remedy, kmod.chosen) == (False, "not loaded", "load it", False)
    assert ebpf.capabilities == ("enter_events", "replay")
    assert answer.error == ""


def test_the_report_of_a_wrong_choice_still_lists_the_drivers():
    answer = report(plugins_with(**ALL_USABLE), DriverRequest(), {"TRACER_DRIVER": "nosuch"})
    assert [driver.name for driver in answer.drivers] == ["ebpf", "fake", "kmod"]
    assert not any(driver.chosen for driver in answer.drivers)
    assert "nosuch" in answer.error
