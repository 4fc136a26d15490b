"""A route on paper: one row per step, reactants to product, as SVG."""

from html import escape
from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem.Draw import rdMolDraw2D

from loop.core.generation_ports import Route, RouteStep

_WIDTH: Final = 200
_HEIGHT: Final = 150
_CAPTION: Final = 22
_ARROW: Final = 190
_PLUS: Final = 24
_HEAD: Final = 34
_GREEN: Final = "#1a7f37"
_RED: Final = "#b35900"
_GREY: Final = "#57606a"
_LONGEST_NAME: Final = 27
_BOND: Final = 24.0


def draw_route(route: Route) -> str:
    """Return a route as one SVG document, the target at the bottom right.

    Every molecule says whether it is in stock, must be bought, is made in an earlier step, or is
    the target; every arrow carries the name of its reaction. A target that is in stock has no step
    and is drawn alone.
    """
    made = {step.product for step in route.steps}
    rows = [_row(route, step, made) for step in route.steps] or [_alone(route)]
    width = max(row_width for _, row_width in rows)
    height = _HEAD + len(rows) * (_HEIGHT + _CAPTION)
    body = "".join(
        f'<g transform="translate(0,{_HEAD + number * (_HEIGHT + _CAPTION)})">{content}</g>'
        for number, (content, _) in enumerate(rows)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" text-anchor="middle">'
        f'<rect width="{width}" height="{height}" fill="white"/>'
        f'<text x="8" y="21" font-size="15" text-anchor="start">{escape(_title(route))}</text>'
        f"{body}</svg>"
    )


def _title(route: Route) -> str:
    if not route.steps:
        return "in stock: nothing to make"
    steps = f"{len(route.steps)} step{'s' * (len(route.steps) != 1)}"
    bought = f"{len(route.missing)} to be bought" if route.missing else "all from stock"
    return f"{steps}, {bought}, log probability {route.log_probability:.2f}"


def _row(route: Route, step: RouteStep, made: set[str]) -> tuple[str, int]:
    parts: list[str] = []
    x = 0
    for number, reactant in enumerate(step.reactants):
        if number:
            middle = _HEIGHT // 2 + 8
            parts.append(f'<text x="{x + _PLUS // 2}" y="{middle}" font-size="24">+</text>')
            x += _PLUS
        parts.append(_molecule(reactant, x, *_mark(route, reactant, made)))
        x += _WIDTH
    parts.append(_arrow(step, x))
    x += _ARROW
    final = step.product == route.target
    parts.append(_molecule(step.product, x, "target" if final else "intermediate", _GREY))
    return "".join(parts), x + _WIDTH


def _alone(route: Route) -> tuple[str, int]:
    return _molecule(route.target, 0, "in stock", _GREEN), 2 * _WIDTH


def _mark(route: Route, smiles: str, made: set[str]) -> tuple[str, str]:
    if smiles in made:
        return "made above", _GREY
    return ("to be bought", _RED) if smiles in route.missing else ("in stock", _GREEN)


def _arrow(step: RouteStep, x: int) -> str:
    middle = _HEIGHT // 2
    start, end, centre = x + 12, x + _ARROW - 12, x + _ARROW // 2
    lines = _broken(step.reaction)
    names = "".join(
        f'<text x="{centre}" y="{middle - 10 - 15 * (len(lines) - 1 - number)}" font-size="12">'
        f"{escape(line)}</text>"
        for number, line in enumerate(lines)
    )
    return (
        f'{names}<line x1="{start}" y1="{middle}" x2="{end - 8}" y2="{middle}" stroke="black" '
        f'stroke-width="1.5"/><path d="M{end},{middle} l-10,-5 v10 z"/>'
        f'<text x="{centre}" y="{middle + 18}" font-size="11" fill="{_GREY}">'
        f"score {step.score:.2f}</text>"
    )


def _broken(name: str) -> list[str]:
    """Return a name as lines that fit over the arrow."""
    lines = [""]
    for word in name.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= _LONGEST_NAME or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _molecule(smiles: str, x: int, caption: str, colour: str) -> str:
    return (
        f'<svg x="{x}" y="0" width="{_WIDTH}" height="{_HEIGHT}">{_picture(smiles)}</svg>'
        f'<text x="{x + _WIDTH // 2}" y="{_HEIGHT + 12}" font-size="12" fill="{colour}">'
        f"{caption}</text>"
    )


def _picture(smiles: str) -> str:
    with rdBase.BlockLogs():
        mol: Any = Chem.MolFromSmiles(smiles)
    if mol is None:
        # A planner may know species that RDKit cannot draw; their SMILES is better than nothing.
        return f'<text x="{_WIDTH // 2}" y="{_HEIGHT // 2}" font-size="11">{escape(smiles)}</text>'
    drawer = rdMolDraw2D.MolDraw2DSVG(_WIDTH, _HEIGHT)
    options: Any = drawer.drawOptions()
    # The default drawing hides the ends of a repeat unit.
    options.dummiesAreAttachments = "*" in smiles
    options.clearBackground = False
    # One scale for the whole route; what does not fit is drawn smaller.
    options.fixedBondLength = _BOND
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, mol)
    drawer.FinishDrawing()
    text: str = drawer.GetDrawingText()
    start = text.index(">", text.index("<svg")) + 1
    return text[start : text.rindex("</svg>")]
