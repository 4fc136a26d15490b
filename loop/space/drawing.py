"""Structures as pictures."""

from functools import lru_cache
from html import escape
from typing import Any, Final

from rdkit.Chem.Draw import rdMolDraw2D

from loop.core.candidate import Material
from loop.core.copolymer import split_units
from loop.space.chain import UnreadableStructureError
from loop.space.chemistry import molecule

_SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@lru_cache(maxsize=4096)
def draw(material: Material, structure: str, width: int = 260, height: int = 180) -> str:
    """Return a structure as SVG, or an empty text when there is nothing to draw.

    A crystal has no drawing on paper: its formula, space group and cell are written instead.
    """
    if material is Material.CRYSTAL:
        return _crystal_card(structure, width, height)
    if material not in {Material.MOLECULE, Material.POLYMER}:
        return ""
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()
    options.clearBackground = False
    text: str = _drawn(drawer, material, structure) or ""
    return text[text.index("<svg") :] if text else ""


def draw_png(material: Material, structure: str, width: int = 520, height: int = 360) -> bytes:
    """Return a molecule or a polymer as PNG on white; nothing for other materials."""
    if material not in {Material.MOLECULE, Material.POLYMER}:
        return b""
    picture: bytes = _drawn(rdMolDraw2D.MolDraw2DCairo(width, height), material, structure) or b""
    return picture


def _drawn(drawer: Any, material: Material, structure: str) -> Any:
    try:
        # The units of a copolymer are drawn side by side.
        mol = molecule(".".join(unit for unit, _ in split_units(structure)))
    except ValueError:
        return None
    # The default drawing hides the ends of a repeat unit.
    drawer.drawOptions().dummiesAreAttachments = material is Material.POLYMER
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, mol)
    drawer.FinishDrawing()
    return drawer.GetDrawingText()


def _crystal_card(stored: str, width: int, height: int) -> str:
    from loop.space.crystals import describe_crystal

    try:
        formula, *rest = describe_crystal(stored)
        formula = formula.translate(_SUBSCRIPTS)
    except UnreadableStructureError:
        return ""
    middle, line = width // 2, 20
    texts = [f'<text x="{middle}" y="{height // 3}" font-size="24">{escape(formula)}</text>']
    texts += [
        f'<text x="{middle}" y="{height // 3 + (number + 1) * line}" font-size="14">'
        f"{escape(text)}</text>"
        for number, text in enumerate(rest)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'text-anchor="middle" font-family="sans-serif">{"".join(texts)}</svg>'
    )
