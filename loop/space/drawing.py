"""Structures as pictures."""

from functools import lru_cache
from typing import Any

from rdkit.Chem.Draw import rdMolDraw2D

from loop.core.candidate import Material
from loop.core.copolymer import split_units
from loop.space.chemistry import molecule


@lru_cache(maxsize=4096)
def draw(material: Material, structure: str, width: int = 260, height: int = 180) -> str:
    """Return a structure as SVG, or an empty text when there is nothing to draw."""
    if material not in {Material.MOLECULE, Material.POLYMER}:
        return ""
    try:
        # The units of a copolymer are drawn side by side.
        mol = molecule(".".join(unit for unit, _ in split_units(structure)))
    except ValueError:
        return ""
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()
    # The default drawing hides the ends of a repeat unit.
    options.dummiesAreAttachments = material is Material.POLYMER
    options.clearBackground = False
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, mol)
    drawer.FinishDrawing()
    text: str = drawer.GetDrawingText()
    return text[text.index("<svg") :]
