"""Ring-forming condensations and cycloadditions to aromatic heterocycles."""

from typing import Final

from loop.core.named_reaction import NamedReaction

_TOUCHY: Final = ("acyl halide", "sulfonyl halide", "isocyanate", "anhydride")

HETEROCYCLES: Final = (
    NamedReaction(
        "azide-alkyne cycloaddition (click)",
        "[#6:1][N:2]=[N+:3]=[N-:4].[CX2H1:5]#[CX2:6]>>[*:1][n+0:2]1[n+0:3][n+0:4][c:6][cH:5]1",
        "[#6:1]!@[n:2]1[n:3][n:4][c:6][cH:5]1>>[*:1][N:2]=[N+:3]=[N-:4].[CH:5]#[C:6]",
        0.95,
        ("acyl halide", "sulfonyl halide", "thiol"),
    ),
    NamedReaction(
        "tetrazole from a nitrile",
        "[CX2;$(C[#6]):1]#[NX1:2]>>[c:1]1[n:2][n][n][nH]1",
        "[c;$(c[#6]):1]1[n:2][n][n][nH]1>>[C:1]#[N:2]",
        0.8,
        ("acyl halide", "sulfonyl halide", "aldehyde", "epoxide"),
    ),
    NamedReaction(
        "benzimidazole from an acid (Phillips)",
        "[c:1]([NH2:2])[c:3][NH2:4].[<acid>:5](=O)[OX2H1]>>[c:1]1[n:2][c:5][nH:4][c:3]1",
        "[c:1]1[nX2:2][c;$(c[#6]):5][nH:4][c:3]1>>[c:1]([NH2:2])[c:3][NH2:4].[C:5](=O)[OH]",
        0.75,
        (*_TOUCHY, "aldehyde", "ketone"),
    ),
    NamedReaction(
        "benzimidazole from an aldehyde",
        "[c:1]([NH2:2])[c:3][NH2:4].[<aldehyde>:5]=O>>[c:1]1[n:2][c:5][nH:4][c:3]1",
        "[c:1]1[nX2:2][c;$(c[#6]):5][nH:4][c:3]1>>[c:1]([NH2:2])[c:3][NH2:4].[CH:5]=O",
        0.75,
        _TOUCHY,
    ),
    NamedReaction(
        "N-substituted benzimidazole from an acid",
        "[c:1]([NH2:2])[c:3][NX3;H1;$(Nc);!$(NC=O):4]!@[#6:6].[<acid>:5](=O)[OX2H1]"
        ">>[c:1]1[n:2][c:5][n:4]([*:6])[c:3]1",
        "[c:1]1[nX2:2][c;$(c[#6]):5][n:4]([#6:6])[c:3]1"
        ">>[c:1]([NH2:2])[c:3][NH:4][*:6].[C:5](=O)[OH]",
        0.75,
        (*_TOUCHY, "aldehyde", "ketone"),
    ),
    NamedReaction(
        "N-substituted benzimidazole from an aldehyde",
        "[c:1]([NH2:2])[c:3][NX3;H1;$(Nc);!$(NC=O):4]!@[#6:6].[<aldehyde>:5]=O"
        ">>[c:1]1[n:2][c:5][n:4]([*:6])[c:3]1",
        "[c:1]1[nX2:2][c;$(c[#6]):5][n:4]([#6:6])[c:3]1>>[c:1]([NH2:2])[c:3][NH:4][*:6].[CH:5]=O",
        0.75,
        _TOUCHY,
    ),
    NamedReaction(
        "benzoxazole from an acid",
        "[c:1]([NH2:2])[c:3][OX2H1:4].[<acid>:5](=O)[OX2H1]>>[c:1]1[n:2][c:5][o:4][c:3]1",
        "[c:1]1[n:2][c;$(c[#6]):5][o:4][c:3]1>>[c:1]([NH2:2])[c:3][OH:4].[C:5](=O)[OH]",
        0.7,
        (*_TOUCHY, "aldehyde", "ketone"),
    ),
    NamedReaction(
        "benzothiazole from an aldehyde",
        "[c:1]([NH2:2])[c:3][SX2H1:4].[<aldehyde>:5]=O>>[c:1]1[n:2][c:5][s:4][c:3]1",
        "[c:1]1[n:2][c;$(c[#6]):5][s:4][c:3]1>>[c:1]([NH2:2])[c:3][SH:4].[CH:5]=O",
        0.8,
        _TOUCHY,
    ),
    NamedReaction(
        "quinoxaline synthesis",
        "[c:1]([NH2:2])[c:3][NH2:4].[CX3;$(C([#6])=O):5](=O)[CX3;$(C([#6])=O):6]=O"
        ">>[c:1]1[n:2][c:5][c:6][n:4][c:3]1",
        "[c:1]1[n:2][c:5][c:6][n:4][c:3]1>>[c:1]([NH2:2])[c:3][NH2:4].[C:5](=O)[C:6]=O",
        0.9,
        _TOUCHY,
    ),
    NamedReaction(
        "1,3,4-oxadiazole from a hydrazide and an acid",
        "[CX3;$(C[#6]):1](=[O:2])[NH:3][NH2:4].[<acid>:5](=O)[OX2H1]>>[c:1]1[o:2][c:5][n:4][n:3]1",
        "[c;$(c[#6]):1]1[o:2][c;$(c[#6]):5][n:4][n:3]1>>[C:1](=[O:2])[NH:3][NH2:4].[C:5](=O)[OH]",
        0.75,
        (*_TOUCHY, "aldehyde", "amine"),
    ),
    NamedReaction(
        "1,2,4-oxadiazole from an amidoxime and an acid",
        "[CX3;$(C[#6]):1]([NH2:2])=[N:3][OX2H1:4].[<acid>:5](=O)[OX2H1]"
        ">>[c:1]1[n:2][c:5][o:4][n:3]1",
        "[c;$(c[#6]):1]1[n:2][c;$(c[#6]):5][o:4][n:3]1>>[C:1]([NH2:2])=[N:3][OH:4].[C:5](=O)[OH]",
        0.75,
        (*_TOUCHY, "aldehyde", "amine"),
    ),
    NamedReaction(
        "amidoxime from a nitrile",
        "[CX2;$(C[#6]):1]#[NX1:2]>>[C:1]([NH2:2])=NO",
        "[CX3;$(C[#6]):1]([NH2:2])=N[OX2H1]>>[C:1]#[N:2]",
        0.9,
        (*_TOUCHY, "aldehyde", "ketone"),
    ),
    NamedReaction(
        "Hantzsch thiazole synthesis",
        "[CX3;$(C([#6])(=O)C[Br,Cl]):1](=O)[CX4;H2,H1:2]<X>.[NH2:3][C;$(C[#6,N]):4]=[S:5]"
        ">>[c:1]1[n:3][c:4][s:5][c:2]1",
        "[c;$(c[#6]):1]1[n:3][c:4][s:5][c:2]1>>[C:1](=O)[C:2]<X>.[NH2:3][C:4]=[S:5]",
        0.9,
        (*_TOUCHY, "aldehyde", "thiol"),
        ("Br", "Cl"),
    ),
    NamedReaction(
        "Fischer indole synthesis",
        "[cH:1][c:2][NH:3][NH2].[CX3;$(C([#6])=O):4](=O)[CX4;H2:5]>>[c:1]1[c:2][nH:3][c:4][c:5]1",
        "[c:1]1[c:2][nH:3][c;$(c[#6]):4][c:5]1>>[cH:1][c:2][NH:3][NH2].[C:4](=O)[CH2:5]",
        0.7,
        (*_TOUCHY, "nitrile"),
    ),
    NamedReaction(
        "Knorr pyrazole synthesis",
        "[NX3;H2:1][NX3;H1;!$(NC=O);$(N[#6]):2].[CX3;$(C[#6]):3](=O)[CX4;H2,H1:4][CX3;$(C[#6]):5]=O"
        ">>[n:1]1[n:2][c:5][c:4][c:3]1",
        "[nX2:1]1[nX3;H0:2][c;$(c[#6]):5][c:4][c;$(c[#6]):3]1>>[NH2:1][NH:2].[C:3](=O)[C:4][C:5]=O",
        0.85,
        _TOUCHY,
    ),
    NamedReaction(
        "NH-pyrazole from a 1,3-diketone and hydrazine",
        "[CX3;$(C([#6])([#6])=O):3](=O)[CX4;H2,H1:4][CX3;$(C([#6])([#6])=O):5]=O"
        ">>[n]1[nH][c:5][c:4][c:3]1",
        "[nX2]1[nX3;H1][c;$(c[#6]):5][c:4][c;$(c[#6]):3]1>>[C:3](=O)[C:4][C:5]=O",
        0.85,
        (*_TOUCHY, "aldehyde"),
    ),
    NamedReaction(
        "Paal-Knorr pyrrole synthesis",
        "[<ketone>:1](=O)[CX4;H2:2][CX4;H2:3][<ketone>:4]=O.[<primary amine>:5]"
        ">>[c:1]1[cH:2][cH:3][c:4][n:5]1",
        "[c;$(c[#6]):1]1[cH:2][cH:3][c;$(c[#6]):4][nX3;H0:5]1"
        ">>[C:1](=O)[CH2:2][CH2:3][C:4]=O.[NH2:5]",
        0.85,
        (*_TOUCHY, "aldehyde"),
    ),
    NamedReaction(
        "Paal-Knorr furan synthesis",
        "[<ketone>:1](=[O:5])[CX4;H2:2][CX4;H2:3][<ketone>:4]=O>>[c:1]1[cH:2][cH:3][c:4][o:5]1",
        "[c;$(c[#6]):1]1[cH:2][cH:3][c;$(c[#6]):4][o:5]1>>[C:1](=[O:5])[CH2:2][CH2:3][C:4]=O",
        0.8,
        ("amine", "thiol"),
    ),
)
