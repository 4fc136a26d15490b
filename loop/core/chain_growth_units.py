"""Half-units of monomers that polymerise alone or open to a unit by themselves.

Reaction SMARTS, in both directions; the ends `[1*]` and `[2*]` are the bonds to the neighbours in
the chain.
"""

from typing import Final

from loop.core import monomer_classes as monomers
from loop.core.polymerisation import HalfUnit

_AMINE: Final = "[NX3;H2,H1;!$(NC=*)"


# --- monomers that add at a double bond -------------------------------------------------------

_OPEN_OLEFIN: Final = "[1*]-[C:1]-[C:2]-[2*]"
VINYL: Final = HalfUnit(
    "vinyl unit",
    monomers.VINYL,
    (f"[CX3:1]=[CX3:2]>>{_OPEN_OLEFIN}",),
    (("[1*]-[CX4:1]-[CX4:2]-[2*]>>[C:1]=[C:2]", 1.0),),
    backbone=2,
)
OPEN_VINYL: Final = HalfUnit(
    "acyclic vinyl unit",
    monomers.VINYL,
    (f"[CX3;!R:1]=[CX3;!R:2]>>{_OPEN_OLEFIN}",),
    (("[1*]-[CX4;!R:1]-[CX4;!R:2]-[2*]>>[C:1]=[C:2]", 1.0),),
    backbone=2,
)
CYCLIC_OLEFIN: Final = HalfUnit(
    "cyclic olefin unit",
    monomers.CYCLIC_OLEFIN,
    (f"[CX3;R:1]=[CX3;R:2]>>{_OPEN_OLEFIN}",),
    (("[1*]-[CX4;R:1]@[CX4;R:2]-[2*]>>[C:1]=[C:2]", 1.0),),
    backbone=2,
)
DIENE: Final = HalfUnit(
    "1,4-diene unit",
    monomers.CONJUGATED_DIENE,
    ("[CX3:1]=[CX3;!R:2]-[CX3;!R:3]=[CX3:4]>>[1*]-[C:1]-[C:2]=[C:3]-[C:4]-[2*]",),
    (("[1*]-[CX4:1]-[CX3;!R:2]=[CX3;!R:3]-[CX4:4]-[2*]>>[C:1]=[C:2]-[C:3]=[C:4]", 1.0),),
    backbone=4,
)

# --- rings that open --------------------------------------------------------------------------

OXIRANE: Final = HalfUnit(
    "oxyalkylene unit",
    monomers.EPOXIDE,
    ("[CX4;R:1]1[OX2;R:3][CX4;R:2]1>>([1*]-[C:1][C:2][O:3]-[2*])",),
    (("([1*]-[CX4:1]-[CX4:2]-[OX2:3]-[2*])>>[C:1]1[O:3][C:2]1", 1.0),),
    directed=True,
    backbone=3,
)
GLYCOL: Final = HalfUnit(
    "glycol unit of an epoxide",
    monomers.EPOXIDE,
    ("[CX4;R:1]1[OX2;R:3][CX4;R:2]1>>([1*]-O-[C:1][C:2][O:3]-[2*])",),
    (("([1*]-[OX2]-[CX4:1]-[CX4:2]-[OX2:3]-[2*])>>[C:1]1[O:3][C:2]1", 1.0),),
    backbone=4,
)
LACTONE: Final = HalfUnit(
    "hydroxy ester unit of a lactone",
    monomers.LACTONE,
    ("[CX3;R:1](=[OX1:3])[OX2;R:2]>>([1*]-[O:2].[C:1](=[O:3])-[2*])",),
    (("([1*]-[OX2:2].[CX3:1](=[OX1:3])-[2*])>>[C:1](=[O:3])[O:2]", 1.0),),
    directed=True,
)
LACTAM: Final = HalfUnit(
    "amino acid unit of a lactam",
    monomers.LACTAM,
    ("[CX3;R:1](=[OX1:3])[NX3;R:2]>>([1*]-[N:2].[C:1](=[O:3])-[2*])",),
    (("([1*]-[NX3:2].[CX3:1](=[OX1:3])-[2*])>>[C:1](=[O:3])[N:2]", 1.0),),
    directed=True,
)
_CYCLIC_ANHYDRIDE: Final = "[CX3,c;R:1](=[OX1:3])[OX2,o;R][CX3,c;R:2](=[OX1:4])"
ANHYDRIDE: Final = HalfUnit(
    "diacyl unit of an anhydride",
    monomers.CYCLIC_ANHYDRIDE,
    (f"{_CYCLIC_ANHYDRIDE}>>([1*]-[C:1](=[O:3]).[C:2](=[O:4])-[2*])",),
    (
        (
            "([1*]-[CX3:1](=[OX1:3]).[CX3:2](=[OX1:4])-[2*])>>[C:1](=[O:3])O[C:2](=[O:4])",
            1.0,
        ),
    ),
)

# --- one monomer with two different groups ----------------------------------------------------

HYDROXY_ACID: Final = HalfUnit(
    "hydroxy acid unit",
    monomers.HYDROXY_ACID,
    ("([OX2;H1;!$(OC=*):1].[CX3:2](=[O:3])[OX2H1])>>([1*]-[O:1].[C:2](=[O:3])-[2*])",),
    (("([1*]-[OX2:1].[CX3:2](=[OX1:3])-[2*])>>([O:1].[C:2](=[O:3])O)", 1.0),),
    directed=True,
)
AMINO_ACID: Final = HalfUnit(
    "amino acid unit",
    monomers.AMINO_ACID,
    (f"({_AMINE}:1].[CX3:2](=[O:3])[OX2H1])>>([1*]-[N:1].[C:2](=[O:3])-[2*])",),
    (("([1*]-[NX3:1].[CX3:2](=[OX1:3])-[2*])>>([N:1].[C:2](=[O:3])O)", 1.0),),
    directed=True,
)
_PHENYLENE_OXIDE: Final = "c1([O:1]-[1*])[c:2][c:3][c:4](-[2*])[c:5][c:6]1"
PHENYLENE_OXIDE: Final = HalfUnit(
    "1,4-phenylene oxide unit",
    monomers.HINDERED_PHENOL,
    (f"c1([OH1:1])[c:2][c:3][cH1:4][c:5][c:6]1>>{_PHENYLENE_OXIDE}",),
    ((f"{_PHENYLENE_OXIDE}>>c1([O:1])[c:2][c:3][cH1:4][c:5][c:6]1", 1.0),),
    directed=True,
)
