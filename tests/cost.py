"""What each test costs: CPU seconds of its process and of those that it starts, and seconds of tracing and compiling.

A run ends with the fifteen dearest tests; `--costs=FILE.json` writes all of them, summed by file and by test.
"""

import json
import os
from pathlib import Path

import jax
import pytest

SHOWN = 15
COMPILING = ("trace_duration", "to_mlir_module_duration", "backend_compile_duration")
"""What the events of jax that count as compiling end with."""
compiling = [0.0]


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    return sum(os.times()[:4])


def listen(event: str, duration: float, **_) -> None:
    if event.endswith(COMPILING):
        compiling[0] += duration


def pytest_addoption(parser):
    parser.addoption("--costs", metavar="FILE.json", help="write the CPU and compile seconds of each test there")


def pytest_configure(config):
    jax.monitoring.register_event_duration_secs_listener(listen)
    config.pluginmanager.register(Costs(), "costs")


class Costs:
    """The costs of all tests, by their name; workers send theirs with each report."""

    def __init__(self):
        self.cpu: dict[str, float] = {}
        self.compiling: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        item.cost_start = cpu_seconds(), compiling[0]
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item):
        report = yield
        if report.when == "teardown":
            cpu, spent = item.cost_start
            report.user_properties = [*report.user_properties, ("cost", [cpu_seconds() - cpu, compiling[0] - spent])]
        return report

    def pytest_runtest_logreport(self, report):
        for name, cost in report.user_properties if report.when == "teardown" else ():
            if name == "cost":
                self.cpu[report.nodeid], self.compiling[report.nodeid] = cost

    def pytest_terminal_summary(self, terminalreporter, config):
        if not self.cpu:
            return
        rows = sorted(self.cpu, key=self.cpu.__getitem__, reverse=True)[:SHOWN]
        terminalreporter.section(f"dearest tests of {sum(self.cpu.values()):.0f} CPU seconds")
        terminalreporter.line("   CPU [s]  tracing and compiling [s]")
        for name in rows:
            terminalreporter.line(f"{self.cpu[name]:10.1f}{self.compiling[name]:10.1f}  {name}")
        if config.getoption("--costs") and not hasattr(config, "workerinput"):
            files: dict[str, list[float]] = {}
            for name, cpu in self.cpu.items():
                total = files.setdefault(name.split("::")[0], [0.0, 0.0])
                total[0], total[1] = total[0] + cpu, total[1] + self.compiling[name]
            tests = {name: [cpu, self.compiling[name]] for name, cpu in self.cpu.items()}
            Path(config.getoption("--costs")).write_text(json.dumps({"files": files, "tests": tests}, indent=1))
