"""Half-units of monomers with two equal groups, for two monomers that alternate.

Reaction SMARTS, in both directions, written for one end and repeated for the other. Shares among
closings rank precursors of the same unit (the acid before its chloride); they are a chemist's
estimate of practice, no measured frequency.
"""

import re
from typing import Final

from loop.core import monomer_classes as monomers
from loop.core.polymerisation import HalfUnit, MonomerClass

_HYDROXYL: Final = "[O,S;X2;H1;!$([O,S]C=*)"
_AMINE: Final = "[NX3;H2,H1;!$(NC=*)"
_CYCLIC_ANHYDRIDE: Final = "[CX3,c;R:1](=[OX1:3])[OX2,o;R][CX3,c;R:2](=[OX1:4])"


def _both(one: str) -> str:
    """Write a pattern of one end twice, with numbers and an end of its own for the second."""
    other = re.sub(r":(\d)\]", lambda number: f":{int(number[1]) + 4}]", one)
    return f"({one}.{other.replace('[1*]', '[2*]')})"


def _reaction(reactant: str, product: str) -> str:
    """Write a reaction that does the same at two ends of one molecule."""
    return f"{_both(reactant)}>>{_both(product)}"


DIACID: Final = HalfUnit(
    "diacyl unit",
    monomers.DIACID,
    (_reaction("[CX3:1](=[O:2])[OX2H1,Cl,Br]", "[1*]-[C:1]=[O:2]"),),
    (
        (_reaction("[1*]-[CX3:1]=[OX1:2]", "O-[C:1]=[O:2]"), 0.7),
        (_reaction("[1*]-[CX3:1]=[OX1:2]", "Cl-[C:1]=[O:2]"), 0.28),
        (_reaction("[1*]-[CX3:1]=[OX1:2]", "Br-[C:1]=[O:2]"), 0.02),
    ),
)
DIOL: Final = HalfUnit(
    "dioxy unit",
    monomers.DIOL,
    (_reaction(f"{_HYDROXYL}:1]", "[1*]-[*:1]"),),
    ((_reaction("[1*]-[OX2,SX2:1]", "[*:1]"), 1.0),),
)
PLAIN_DIOL: Final = HalfUnit(
    "dioxy unit without sulphur",
    monomers.PLAIN_DIOL,
    (_reaction("[OX2;H1;!$([O,S]C=*):1]", "[1*]-[*:1]"),),
    ((_reaction("[1*]-[OX2:1]", "[*:1]"), 1.0),),
)
DIAMINE: Final = HalfUnit(
    "diamino unit",
    monomers.DIAMINE,
    (_reaction(f"{_AMINE}:1]", "[1*]-[N:1]"),),
    ((_reaction("[1*]-[NX3:1]", "[N:1]"), 1.0),),
)
AMINE_CORE: Final = HalfUnit(
    "diamine without its nitrogen",
    monomers.DIAMINE,
    (_reaction("[C,c:1][NX3;H2;!$(N[C,S]=*)]", "[1*]-[*:1]"),),
    ((_reaction("[1*]-[C,c:1]", "[*:1]-N"), 1.0),),
)
CARBONYL: Final = HalfUnit(
    "carbonyl unit",
    monomers.CARBONATE_SOURCE,
    (
        "[C-:1]#[O+:2]>>[1*]-[C+0:1](=[O+0:2])-[2*]",
        "Cl[CX3:1](=[O:2])Cl>>[1*]-[C:1](=[O:2])-[2*]",
        "[CH3,c]O[CX3:1](=[O:2])O[CH3,c]>>[1*]-[C:1](=[O:2])-[2*]",
    ),
    (
        ("[1*]-[CX3:1](=[OX1:2])-[2*]>>[C:1](=[O:2])(Oc1ccccc1)Oc1ccccc1", 0.4),
        ("[1*]-[CX3:1](=[OX1:2])-[2*]>>[C:1](=[O:2])(Cl)Cl", 0.35),
        ("[1*]-[CX3:1](=[OX1:2])-[2*]>>[C:1](=[O:2])(OC)OC", 0.2),
        ("[1*]-[CX3:1](=[OX1:2])-[2*]>>[C-:1]#[O+:2]", 0.05),
    ),
    backbone=1,
)
DIISOCYANATE: Final = HalfUnit(
    "dicarbamoyl unit",
    monomers.DIISOCYANATE,
    (_reaction("[NX2:1]=[CX2:2]=[O,S;X1:3]", "[N:1]-[C:2](=[*:3])-[1*]"),),
    ((_reaction("[NX3;H1:1]-[CX3:2](=[O,S;X1:3])-[1*]", "[N:1]=[C:2]=[*:3]"), 1.0),),
)
ISOCYANATE_CORE: Final = HalfUnit(
    "diisocyanate without its groups",
    monomers.DIISOCYANATE,
    (_reaction("[C,c:1][NX2]=[CX2]=[OX1]", "[1*]-[*:1]"),),
    ((_reaction("[1*]-[C,c:1]", "[*:1]-N=C=O"), 1.0),),
)
THIOCYANATE_CORE: Final = HalfUnit(
    "diisothiocyanate without its groups",
    monomers.DIISOCYANATE,
    (_reaction("[C,c:1][NX2]=[CX2]=[SX1]", "[1*]-[*:1]"),),
    ((_reaction("[1*]-[C,c:1]", "[*:1]-N=C=S"), 1.0),),
)
IMIDE: Final = HalfUnit(
    "diimide unit",
    monomers.DIANHYDRIDE,
    (
        _reaction(
            _CYCLIC_ANHYDRIDE,
            "[C:1](=[O:3])N(-[1*])[C:2](=[O:4])",
        ),
    ),
    (
        (
            _reaction(
                "[CX3,c;R:1](=[OX1:3])[NX3,n;R](-[1*])[CX3,c;R:2](=[OX1:4])",
                "[C:1](=[O:3])O[C:2](=[O:4])",
            ),
            1.0,
        ),
    ),
)


def _oxazolidone(name: str, chalcogen: str) -> HalfUnit:
    return HalfUnit(
        f"bis({name}) unit",
        monomers.DIEPOXIDE,
        (
            _reaction(
                "[CX4;H2,H1,H0;R:1]1[OX2;R:2][CX4;H1,H0;R:3]1",
                f"[C:3]1[O:2]C(={chalcogen})N(-[1*])[C:1]1",
            ),
        ),
        (
            (
                _reaction(
                    f"[CX4;R:3]1[OX2;R:2][CX3;R](={chalcogen})[NX3;R](-[1*])[CX4;R:1]1",
                    "[C:1]1[O:2][C:3]1",
                ),
                1.0,
            ),
        ),
    )


OXAZOLIDONE: Final = _oxazolidone("2-oxazolidone", "O")
THIOXAZOLIDONE: Final = _oxazolidone("2-oxazolidinethione", "S")


def _arylene(
    name: str,
    monomer: MonomerClass,
    bridge: tuple[str, str],
    halogens: tuple[tuple[str, float], ...],
) -> HalfUnit:
    # Both halogens stand para to the bridge.
    rings = (
        "[c:1]1[c:2][c:3](%s)[c:4][c:5][c:6]1",
        "[c:7]1[c:8][c:9][c:10](%s)[c:11][c:12]1",
    )
    ends = f"{rings[0] % '-[1*]'}{{}}{rings[1] % '-[2*]'}"
    leaving = f"{rings[0]}{{}}{rings[1]}"
    any_of = f"[{','.join(symbol for symbol, _ in halogens)}]"
    return HalfUnit(
        name,
        monomer,
        (f"{leaving.format(bridge[0]) % (any_of, any_of)}>>{ends.format(bridge[1])}",),
        tuple(
            (f"{ends.format(bridge[0])}>>{leaving.format(bridge[1]) % (symbol, symbol)}", share)
            for symbol, share in halogens
        ),
    )


SULFONE: Final = _arylene(
    "diphenyl sulfone unit",
    monomers.DIHALO_SULFONE,
    ("[SX4:13](=[OX1:14])(=[OX1:15])", "[S:13](=[O:14])(=[O:15])"),
    (("F", 0.5), ("Cl", 0.45), ("Br", 0.04), ("I", 0.01)),
)
KETONE: Final = _arylene(
    "benzophenone unit",
    monomers.DIFLUORO_KETONE,
    ("[CX3:13](=[OX1:14])", "[C:13](=[O:14])"),
    (("F", 1.0),),
)
