"""An order in the properties of a sample, and the mapping held against the live types."""

from collections.abc import Iterable, Mapping
from typing import Final

from lims_adapters.openbis.config import OpenBisConfig, SampleMapping
from lims_adapters.transport.mapping import unknown_name
from loop.core.definition import CampaignDefinition
from loop.core.order import WorkOrder
from loop.errors import Problem

OUR_MARK: Final = "[synthloop] "
_LONGEST_CODE: Final = 60


def order_properties(order: WorkOrder, sample: SampleMapping) -> dict[str, str]:
    """Return the properties of an order, without empty ones; openBIS reads numbers from text."""
    asked = "; ".join(
        f"{request.property} in {request.unit or '1'}, {request.replicates} x"
        for request in order.requests
    )
    texts = {
        sample.label: order.candidate.label,
        sample.structure: order.candidate.structure,
        sample.status: sample.requested,
        sample.requests: asked,
        sample.note: order.note,
    }
    found = {code: words for code, words in texts.items() if code and words}
    for column, code in sample.columns.items():
        value = order.candidate.fields.get(column)
        if value is not None:
            found[code] = repr(value) if isinstance(value, float) else str(value)
    return found


def preview(order: WorkOrder, sample: SampleMapping) -> str:
    """Return what is written for an order, as people read it."""
    where = f" in collection {sample.collection}" if sample.collection else ""
    name = sample.identifier(order.order_id)
    lines = [f"openBIS: a new {sample.type} {name}{where} for order {order.order_id}"]
    lines += [f"  {code} = {words}" for code, words in order_properties(order, sample).items()]
    unsaid = {
        "candidate": (sample.label, order.candidate.label),
        "structure": (sample.structure, order.candidate.structure),
    }
    lines += [
        f"  (not written: {what}, no property for it) = {words}"
        for what, (code, words) in unsaid.items()
        if words and not code
    ]
    return "\n".join(lines)


def with_our_words(held: str, words: str) -> str:
    """Return a text after writing our words: what people wrote before our mark stays."""
    theirs = held.partition(OUR_MARK)[0].rstrip()
    return f"{theirs}\n\n{OUR_MARK}{words}" if theirs else f"{OUR_MARK}{words}"


def mapping_problems(
    config: OpenBisConfig,
    definition: CampaignDefinition,
    types: Mapping[str, Iterable[str]],
    projects: Iterable[str],
) -> list[Problem]:
    """Return which names in the mapping the live system does not have.

    Args:
        config: The mapping.
        definition: The campaign.
        types: Property codes of each sample type.
        projects: Identifiers of the projects that we may see.
    """
    sample, measurement = config.sample, config.measurement
    problems = [
        Problem("[lims]", f"lims.results.{name}", "nothing", "the property of a measurement")
        for name in definition.properties
        if name not in config.results
    ]
    path, known = f"/{sample.space}/{sample.project}", list(projects)
    if path not in known:
        what = "a project that we may see"
        problems.append(unknown_name("lims.sample.project", path, known, what))
    longest = len(definition.slug) + len("-r001-0123456789")
    if longest > _LONGEST_CODE:
        expected = f"one so short that codes have at most {_LONGEST_CODE} letters"
        problems.append(Problem("[lims]", "slug", definition.slug, expected))
    named = {f"lims.sample.{o}": code for o, code in sample.properties().items()}
    problems += _unknown("lims.sample.type", sample.type, named, types)
    held = {f"lims.measurement.{o}": code for o, code in measurement.properties().items()}
    held |= {f"lims.results.{n}.field": r.field.upper() for n, r in config.results.items()}
    return problems + _unknown("lims.measurement.type", measurement.type, held, types)


def _unknown(
    place: str, kind: str, named: Mapping[str, str], types: Mapping[str, Iterable[str]]
) -> list[Problem]:
    if kind not in types:
        return [unknown_name(place, kind, types, "a sample type of this openBIS")]
    known = set(types[kind])
    return [
        unknown_name(option, code, known, f"a property of the type {kind}")
        for option, code in named.items()
        if code not in known
    ]
