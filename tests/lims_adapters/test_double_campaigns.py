"""Whole campaigns through SENAITE's and eLabFTW's doubles: a bad line, a worker that is killed."""

import contextlib
import gc
import json
from collections import Counter
from collections.abc import Callable

import pytest

from lims_adapters.elabftw.adapter import ElabLab
from lims_adapters.senaite.adapter import SenaiteLab
from loop.core.state import CampaignStatus
from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.fault_proxy import LOSING, Fault, by_chance
from loop.testing.small_campaign import write_small_campaign
from loop.wiring import build
from tests.lims_adapters.elab_bench import ElabBench
from tests.lims_adapters.senaite_bench import SenaiteBench

SLUG, KILLS, ORDERS = "small", 10, 12


class Killed(BaseException):
    """Stands for kill -9: nothing in the program may catch it."""


class SenaitePeople:
    """Measure what is due, and think again about the first value."""

    adapter = SenaiteLab

    def __init__(self, folder) -> None:
        self.bench = SenaiteBench(folder)
        more = {"title": "Strength", "Keyword": "Str", "Unit": "MPa", "ResultOptions": [],
                "AllowManualDetectionLimit": True}  # fmt: skip
        self.bench.site.add("AnalysisService", "setup", "analysisservice-", **more)
        self.entered: list[str] = []

    def options(self) -> dict:
        return {**self.bench.options(), "results": {"strength": {"field": "Str"}}}

    def ids(self) -> Counter[str]:
        return Counter(s["ClientSampleID"] for s in self.bench.site.of_type("AnalysisRequest"))

    def enter(self, order_id: str, value: str) -> None:
        site = self.bench.site
        with site.lock:
            analysis = self.bench.analysis(self.bench.receive(order_id)["uid"], "Str")
            site.write(analysis, {"Result": value}, "analyst")
            site.move(analysis, "submit")

    def think_again(self, order_id: str, value: str) -> None:
        sample = self.bench.sample(order_id)
        self.bench.site.move(self.bench.analysis(sample["uid"], "Str"), "retract")
        self.enter(order_id, value)


class ElabPeople:
    """Fill in what is due, and think again about the first value."""

    adapter = ElabLab

    def __init__(self, folder) -> None:
        self.bench = ElabBench(folder)

    def options(self) -> dict:
        return {**self.bench.options(), "results": {"strength": {"field": "Strength"}}}

    def ids(self) -> Counter[str]:
        fields = map(self.bench.site.fields, self.bench.site.experiments)
        return Counter(field["Order ID"]["value"] for field in fields)

    def enter(self, order_id: str, value: str) -> None:
        with self.bench.site.lock:
            number = self.bench.numbers(order_id)[0]
            self.bench.site.set_field(number, "Strength", value=value, unit="MPa")

    think_again = enter


@pytest.fixture(params=[SenaitePeople, ElabPeople], ids=["senaite", "elabftw"])
def people(request, tmp_path):
    made = request.param(tmp_path)
    yield made
    made.bench.close()


def deadly(patch: pytest.MonkeyPatch, adapter: type) -> Callable[[], int]:
    """Kill the program after every second exchange with the lab, ten times."""
    calls = Counter[str]()

    def around(name: str) -> None:
        real = getattr(adapter, name)

        def wrapped(self, *args):
            answer = real(self, *args)
            calls["exchanges"] += 1
            if calls["exchanges"] % 2 and calls["kills"] < KILLS:
                calls["kills"] += 1
                raise Killed(name)
            return answer

        patch.setattr(adapter, name, wrapped)

    for name in ("find", "submit", "poll", "settle"):
        around(name)
    return lambda: calls["kills"]


def as_toml(options: dict) -> str:
    """Return [lims] as inline tables: JSON with another sign between name and value."""

    def shown(value) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(k)} = {shown(v)}" for k, v in value.items()) + "}"
        return json.dumps(value, ensure_ascii=False)

    return "\n".join(f"{key} = {shown(value)}" for key, value in options.items())


def program(settings: Settings, look):
    """Start the program, let it do something, stop it."""
    door = build(settings)
    try:
        return look(door)
    finally:
        door.close()


@pytest.mark.slow
def test_a_campaign_comes_to_its_end(people, tmp_path, monkeypatch):
    lims = f'kind = "{people.adapter.__module__.split(".")[1]}"\n{as_toml(people.options())}'
    path = write_small_campaign(
        tmp_path, lims=lims, initial=4, batch=4, experiments=ORDERS, slug=SLUG
    )
    settings = Settings(workspace=tmp_path, actor="ada")
    program(settings, lambda door: door.service.open(path, Ask.by("ada")))
    kills = deadly(monkeypatch, people.adapter)
    faults = tuple(fault for fault in LOSING if fault is not Fault.STALLED)
    people.bench.proxy.plan = by_chance(0.2, 11, faults)
    measured: dict[str, float] = {}
    for _ in range(200):
        with contextlib.suppress(Killed):
            program(settings, lambda door: door.worker.run(SLUG))
        gc.collect()
        state = program(settings, lambda door: door.service._archive.state(SLUG))
        if state.status is CampaignStatus.CLOSED and not state.outstanding():
            break
        for order_id in people.ids().keys() - measured.keys():
            measured[order_id] = 40.0 + len(measured)
            people.enter(order_id, str(measured[order_id]))
        if len(measured) == 8 and 99.5 not in measured.values():
            first = min(measured)
            measured[first] = 99.5
            people.think_again(first, "99.5")
    assert kills() == KILLS
    assert people.ids() == Counter(dict.fromkeys(state.orders, 1))
    assert len(state.orders) == ORDERS
    held = {r.current.order_id: r.current.value for r in state.measurements.values()}
    assert (len(state.measurements), held) == (ORDERS, measured)
    told = program(settings, lambda door: [e.body.kind for e in door.queries.events(SLUG)])
    assert (told.count("measurement.recorded"), told.count("measurement.corrected")) == (ORDERS, 1)
