"""Monomer classes by functional groups.

The groups and exclusions follow the classes of SMiPoly (M. Ohno, Y. Hayashi, Q. Zhang, Y. Kaneko,
R. Yoshida, J. Chem. Inf. Model. 2023, 63, 5539; BSD-3-Clause), written anew as text, and add
carbonate sources. Groups of step-growth monomers are counted: two make a chain, up to four are
let in, since a group may be of a kind that the other monomer leaves alone.
"""

from typing import Final

from loop.core.polymerisation import MonomerClass

# Aldehydes, azides, open anhydrides and open imides react in their own ways in every recipe.
_NEVER: Final = (
    "[CX3H1]=[O]",
    "[$(*-[NX2-]-[NX2+]#[NX1]),$(*-[NX2]=[NX2+]=[NX1-])]",
    "[CX3;!R](=[OX1])[OX2;!R][CX3;!R](=[OX1])",
    "[CX3;!R](=[OX1])[NX3;!R][CX3;!R](=[OX1])",
)
_AMINE: Final = "[NX3;H2,H1;!$(N[C,S]=*)]"
_PRIMARY_AMINE: Final = "[NX3;H2;!$(N[C,S]=*)]"
_ACID: Final = "[CX3H0](=[O])[OH1]"
_TERTIARY_ALCOHOL: Final = "[CX4H0;!R]([C])([C])[O,S;H1]"
_SUGAR: Final = "[CX4H1;R]([OH1])[CX4H1;R]([OH1])[O;R]"
_AZA_ANHYDRIDE: Final = tuple(
    f"[{nitrogen};R][C;R;X3](=[O])[O;R][C;R;X3](=[O])[C;R]" for nitrogen in ("NX2", "NX3")
)
_EPOXIDE: Final = (
    "[CX4H2]1[O][CX4]1",
    "[c,CX4;R]-[CX4H1]1[O][CX4]1-[c,CX4;R]",
    "[CX4H1]1([F,Cl])[O][CX4]1",
    "[CX4]1([F,Cl])([F,Cl])[O][CX4]1",
    "[c,CX4;R]-[CX4]1([F,Cl])[O][CX4]1-[c,CX4;R]",
)
_ANHYDRIDE: Final = (
    "[C;R][C;R;X3](=[O])[O;R][C;R;X3](=[O])[C;R]",
    "[c][CX3,c;R](=[O])[O,o;R][CX3,c;R](=[O])[c]",
)
# Acyls in meta or para position of one ring close to no anhydride.
_BRIDGED_ANHYDRIDE: Final = (
    "c1cc2ccc1[C,c](=O)[O,o][C,c]2=O",
    "c1c2cccc1[C,c](=O)[O,o][C,c]2=O",
    "[O,o;r{8-};$([O,o]([C,c]=O)[C,c]=O)]",
)
# They lose carbon dioxide as soon as they form.
_CARBONIC_ACID: Final = "[#7,#8,#16][CX3](=O)[OX2H1]"
_ARYLENE_EXCLUDED: Final = (
    "[CX3](=[OX1])[OX2]",
    "[CX3H0](=[O])[NX3]",
    "[CX4,c][OH1]",
    f"[CX4,c]{_PRIMARY_AMINE}",
    "[NX1]#[CX2]",
    "[CX4]([C,c])([C,c])[C,c]",
    *_NEVER,
)

VINYL: Final = MonomerClass(
    "vinyl monomer",
    (
        "[CX3H2]=[CX3]",
        "[CX3](F)(F)=[CX3]",
        "[CX3;H1](F)=[CX3]",
        "[CX3](Cl)(Cl)=[CX3]",
        "[CX3;H1](Cl)=[CX3]",
        "[CX3](Cl)(F)=[CX3]",
    ),
    _NEVER,
)
CYCLIC_OLEFIN: Final = MonomerClass(
    "cyclic olefin",
    ("[CX3;H1;R]=[CX3;H1;R]", "[CX3;H1;R]=[CX3;H0;R]"),
    ("[CX3;R]=[CX3;R]-[CX3;R]=[CX3;R]", *_NEVER),
)
EPOXIDE: Final = MonomerClass("epoxide", _EPOXIDE, (_AMINE, *_NEVER))
DIEPOXIDE: Final = MonomerClass("diepoxide", _EPOXIDE, (_AMINE, *_NEVER), 2, 4)
LACTONE: Final = MonomerClass(
    "lactone",
    (
        "[C,c;R][OX2;R][CX3;R](=[OX1])[C;R]",
        "[OX2;R][CX3;R](=[OX1])[C;R][c]",
    ),
    (
        # Five-membered lactones are too stable to polymerise.
        "[OX2;R]1[CX3;R](=[OX1])[C,c;R][C,c;R][C,c;R]1",
        "[c][OX2;R5][CX3;R5](=[OX1])",
        "[OX2;R5][CX3;R5](=[OX1])[c]",
        "[C,c][C;R](=[OX1])[O;R][C;R](=[OX1])[C,c]",
        # Hexadecanolide, a ring of 17, is the largest in use.
        "[OX2;r{18-};$(O[CX3]=O)]",
        # Of the cyclic diesters only glycolide and its kin, rings of six, are.
        "[OX2;r{7-};$(O[CX3]=O)].[OX2;r{7-};$(O[CX3]=O)]",
        *_NEVER,
    ),
)
LACTAM: Final = MonomerClass(
    "lactam",
    (
        "[C;R][NX3;H1;R][CX3;R](=[OX1])[C;R][C;R]",
        "[c][NX3;H1;R][CX3;R](=[OX1])[C;R]",
        "[NX3;H1;R][CX3;R](=[OX1])[C;R][c]",
    ),
    (
        "[NX3;R]1[CX3;R](=[OX1])[C,c;R][C,c;R][C,c;R]1",
        "[C,c;R5][NX3;R5][CX3;R5](=[OX1])[C,c;R5]",
        "[C;R](=[OX1])[N;R][C;R](=[OX1])",
        "[C;R][N;R][C;R](=[OX1])[N;R]",
        # Laurolactam is the largest in use.
        "[NX3;r{14-};$(N[CX3]=O)]",
        *_NEVER,
    ),
)
HYDROXY_ACID: Final = MonomerClass(
    "hydroxy acid", ("[OX2;H1;!$(OC=*)][C,c].[CX3](=[O])[OX2H1]",), (_CARBONIC_ACID, *_NEVER)
)
AMINO_ACID: Final = MonomerClass(
    "amino acid", (f"{_AMINE}[C,c].[CX3](=[O])[OX2H1]",), (_CARBONIC_ACID, *_NEVER)
)
HINDERED_PHENOL: Final = MonomerClass(
    "2,6-disubstituted phenol",
    ("[c]1([OX2H1])[c]([C])[c][cX3H1][c][c]1([C])",),
    ("[NX3;H2,H1,H0;!$(N[C,S]=*)]", "[F,Cl,Br,I]", *_NEVER),
)
CYCLIC_ANHYDRIDE: Final = MonomerClass(
    "cyclic anhydride", _ANHYDRIDE, (*_AZA_ANHYDRIDE, *_BRIDGED_ANHYDRIDE, *_NEVER)
)
DIANHYDRIDE: Final = MonomerClass(
    "dianhydride", _ANHYDRIDE, (*_AZA_ANHYDRIDE, *_BRIDGED_ANHYDRIDE, *_NEVER), 2, 4
)
CARBONATE_SOURCE: Final = MonomerClass(
    "carbonate source",
    (
        "[C-]#[O+]",
        "Cl[CX3](=O)Cl",
        "[cH]1[cH][cH][cH][cH]c1O[CX3](=O)Oc1[cH][cH][cH][cH][cH]1",
        "[CH3]O[CX3](=O)O[CH3]",
    ),
)
DIHALO_SULFONE: Final = MonomerClass(
    "bis(4-halophenyl) sulfone",
    ("[c]1[c][c]([F,Cl,Br,I])[c][c][c]1[SX4](=[OX1])(=[OX1])[c]2[c][c][c]([F,Cl,Br,I])[c][c]2",),
    _ARYLENE_EXCLUDED,
)
DIFLUORO_KETONE: Final = MonomerClass(
    "bis(4-fluorophenyl) ketone",
    ("[c]1[c][c]([F])[c][c][c]1[CX3](=[OX1])[c]2[c][c][c]([F])[c][c]2",),
    _ARYLENE_EXCLUDED,
)
DIACID: Final = MonomerClass(
    "dicarboxylic acid or halide",
    (
        "[CX4H2][C](=[O])[OH1]",
        "[CX4H1][C](=[O])[OH1]",
        "[c][C](=O)[OH1]",
        "[CX4H2][C](=[O])[Cl,Br]",
        "[CX4H1][C](=[O])[Cl,Br]",
        "[c][C](=O)[Cl,Br]",
    ),
    (
        "[CX4][OH1]",
        "[CX4H0][C](=[O])[OH1]",
        *_NEVER,
    ),
    2,
    4,
)
DIOL: Final = MonomerClass(
    "diol or dithiol",
    (
        "[CX4H1][OX2,SX2;H1]",
        "[CX4H2][OX2,SX2;H1]",
        "[c][OX2,SX2;H1]",
        "[CX4;H2,H1,c]([OX2,SX2;H1])[OX2,SX2;H1]",
    ),
    (_ACID, _TERTIARY_ALCOHOL, _SUGAR, _AMINE, *_NEVER),
    2,
    4,
)
PLAIN_DIOL: Final = MonomerClass(
    "diol",
    ("[CX4H1][OX2;H1]", "[CX4H2][OX2;H1]", "[c][OX2;H1]"),
    (
        "[CX3](=[OX1])[OX2]",
        _TERTIARY_ALCOHOL,
        _SUGAR,
        "[CX4H1,CX4H2,c][SX2;H1]",
        _AMINE,
        "[CX3H0](=[O])[NX3]",
        "[NX1]#[CX2]",
        "[CX4]1[OX2][CX4]1",
        *_NEVER,
    ),
    2,
    4,
)
DIAMINE: Final = MonomerClass(
    "diamine",
    (
        f"[C]{_PRIMARY_AMINE}",
        f"[c]{_PRIMARY_AMINE}",
        "[C,c][NX3;H1;!$(N[C,S]=*)][C,c]",
        f"{_PRIMARY_AMINE}[C]{_PRIMARY_AMINE}",
    ),
    (_ACID, "[CX4H0]([C])([C])[OH1]", _SUGAR, "[C][OX2H,SX2H]", *_NEVER),
    2,
    4,
)
DIISOCYANATE: Final = MonomerClass(
    "diisocyanate or diisothiocyanate",
    ("[C]-[NX2]=[CX2]=[O,S;X1]", "[c]-[NX2]=[CX2]=[O,S;X1]"),
    _NEVER,
    2,
    4,
)
CONJUGATED_DIENE: Final = MonomerClass(
    "conjugated diene",
    ("[CX3;H2,$([CX3H1]F),$([CX3](F)F)]=[CX3;!R]-[CX3;!R]=[CX3;H2,$([CX3H1]F),$([CX3](F)F)]",),
    (
        "[CX3]=[CX3](-[CX3;!R]=[CX3;!R])=[CX3]",
        "[CX3]=[CX3]-[CX3]=[CX3]-[CX3]=[CX3]",
        *_NEVER,
    ),
)
