"""Why a candidate was chosen, in one sentence a chemist can read."""

from loop.core.definition import CampaignDefinition
from loop.core.ports import Choice
from loop.core.state import RoundRecord


def number(value: float) -> str:
    """Return a number with four significant digits."""
    return f"{value:.4g}"


def model_reason(
    choice: Choice,
    definition: CampaignDefinition,
    best: float | None,
    beyond: str = "",
    chance_to_make: float | None = None,
) -> str:
    """Return why the model chose this candidate.

    Args:
        choice: The candidate with its prediction.
        definition: The campaign.
        best: The best value so far, if there is one.
        beyond: How the candidate lies outside what was measured. No chance is stated then: the
            interval it would rest on is an extrapolation.
        chance_to_make: Chance that it can be made, where a model of feasibility is in use.
    """
    unit = definition.target.unit
    if choice.mean is None or choice.sd is None:
        return "chosen by the acquisition"
    parts = [f"predicted {number(choice.mean)} ± {choice.sd:.2g} {unit}"]
    if best is not None:
        parts[0] += f" (best so far {number(best)})"
    if beyond:
        parts.append(f"{beyond}: the interval is no calibrated probability")
    elif choice.chance_to_improve is not None:
        parts.append(f"{100 * choice.chance_to_improve:.0f} % chance to beat it")
    if choice.explore_share is not None:
        leaning = (
            "mostly to explore"
            if choice.explore_share > 2 / 3
            else "mostly for its prediction"
            if choice.explore_share < 1 / 3
            else "for its prediction and to explore"
        )
        parts.append(leaning)
    if chance_to_make is not None:
        parts.append(f"{100 * chance_to_make:.0f} % chance that it can be made")
    return "; ".join(parts)


def design_reason(kind: str, n_data: int) -> str:
    """Return why the initial design chose a candidate."""
    why = "unlike everything chosen so far" if kind == "diverse" else f"drawn by the {kind} design"
    return f"{why}; {n_data} results are too few for a model"


def made_in(record: RoundRecord) -> str:
    """Return what the generator came to in a round, to follow a sentence; empty without one."""
    made = record.extension
    if made is None:
        return ""
    lost = sorted(made.failures.items(), key=lambda item: (-item[1], item[0]))[:3]
    why = "".join(f", {n} times {reason}" for reason, n in lost)
    return (
        f"; in this round {made.generator!r} made {made.n_new} new ones, {made.n_tried} attempts "
        f"came to {made.n_distinct} structures that are new and allowed ({made.stopped}{why})"
    )
