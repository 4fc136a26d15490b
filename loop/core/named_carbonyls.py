"""Carbonyl and addition chemistry: new C-C, C=C and C-N bonds at aldehydes, enones, dienes."""

from typing import Final

from loop.core.named_reaction import NamedReaction

_ACIDIC: Final = ("active hydrogen", "acyl halide", "anhydride", "isocyanate", "epoxide", "nitro")

CARBONYLS: Final = (
    NamedReaction(
        "reductive amination of an aldehyde",
        "[<aldehyde>:1]=O.[<amine>:2]>>[CH2:1][N:2]",
        "[CX4;H2;$(C[#6]):1]!@[NX3;+0:2]>>[CH:1]=O.[N:2]",
        0.85,
        ("acyl halide", "sulfonyl halide", "isocyanate", "anhydride"),
    ),
    NamedReaction(
        "reductive amination of a ketone",
        "[<ketone>:1]=O.[<amine>:2]>>[CH1:1][N:2]",
        "[CX4;H1;$(C([#6])[#6]):1]!@[NX3;+0:2]>>[C:1]=O.[N:2]",
        0.7,
        ("acyl halide", "sulfonyl halide", "isocyanate", "anhydride", "aldehyde"),
    ),
    NamedReaction(
        "imine condensation",
        "[<aldehyde>:1]=O.[<primary amine>:2]>>[CH:1]=[N:2]",
        "[CX3;H1;$(C[#6]):1]=!@[NX2;$(N[#6]):2]>>[CH:1]=O.[NH2:2]",
        0.9,
        ("acyl halide", "sulfonyl halide", "isocyanate", "anhydride"),
    ),
    NamedReaction(
        "hydrazone condensation",
        "[<aldehyde>:1]=O.[NH2:2][NX3;H1:3]>>[CH:1]=[N:2][NH:3]",
        "[CX3;H1;$(C[#6]):1]=!@[NX2:2][NX3;H1:3]>>[CH:1]=O.[NH2:2][NH:3]",
        0.9,
        ("acyl halide", "sulfonyl halide", "isocyanate", "anhydride"),
    ),
    NamedReaction(
        "Grignard addition to an aldehyde",
        "[<aldehyde>:1]=[O:2].[c,$([CX4;H2,H3]):3]Br>>[CH:1]([OH:2])[*:3]",
        "[CX4;H1;$(C([#6])([#6])[OX2H1]):1]([OX2H1:2])!@[c,CX4;H0,H2,H3:3]>>[CH:1]=[O:2].[*:3]Br",
        0.7,
        (*_ACIDIC, "ketone", "ester", "nitrile"),
    ),
    NamedReaction(
        "Grignard addition to a ketone",
        "[<ketone>:1]=[O:2].[c,$([CX4;H2,H3]):3]Br>>[C:1]([OH:2])[*:3]",
        "[CX4;H0;$(C([#6])([#6])[OX2H1]):1]([OX2H1:2])!@[c,CX4;H0,H2,H3:3]>>[C:1]=[O:2].[*:3]Br",
        0.6,
        (*_ACIDIC, "aldehyde", "ester", "nitrile"),
    ),
    NamedReaction(
        "ketone from a Weinreb amide",
        "[CX3;$(C([#6])(=O)N(C)O[CH3]):1](=[O:2])N([CH3])O[CH3].[c,$([CX4;H2,H3]):3]Br"
        ">>[C:1](=[O:2])[*:3]",
        "[<ketone>:1](=[O:2])!@[c,CX4;H0,H2,H3:3]>>[C:1](=[O:2])N(C)OC.[*:3]Br",
        0.7,
        (*_ACIDIC, "aldehyde", "ketone", "nitrile"),
    ),
    NamedReaction(
        "Claisen-Schmidt condensation",
        "[CX3;H1;$(C(c)=O):1](=O)[c:5].[CH3:2][CX3;$(C(=O)([CH3])[#6]):3]=[O:4]"
        ">>[c:5]/[CH:1]=[CH:2]/[C:3]=[O:4]",
        "[c:5]!@[CX3;H1:1]=!@[CX3;H1:2][<ketone>:3]=[O:4]>>[CH:1](=O)[c:5].[CH3:2][C:3]=[O:4]",
        0.8,
        ("acyl halide", "anhydride", "isocyanate", "sulfonyl halide"),
    ),
    NamedReaction(
        "Knoevenagel condensation",
        "[<aldehyde>:1]=O.[CX4;H2;$(C(C#N)[$(C#N),$(C(=O)[O,#6])]),$(C(C(=O)[O,#6])C(=O)[O,#6]):2]"
        ">>[CH:1]=[C:2]",
        "[CX3;H1;$(C[#6]):1]=!@[CX3;H0:2]>>[CH:1]=O.[CH2:2]",
        0.85,
        ("acyl halide", "anhydride", "isocyanate", "sulfonyl halide"),
    ),
    NamedReaction(
        "Horner-Wadsworth-Emmons olefination",
        "[<aldehyde>:1](=O)[#6:5].[CH2:2](P(=O)(O[CH2][CH3])O[CH2][CH3])[C:3](=[O:4])"
        ">>[#6:5]/[CH:1]=[CH:2]/[C:3](=[O:4])",
        "[#6:5]!@[CX3;H1:1]=!@[CX3;H1:2]!@[CX3:3](=[O:4])"
        ">>[CH:1](=O)[*:5].[CH2:2](P(=O)(OCC)OCC)[C:3](=[O:4])",
        0.9,
        ("acyl halide", "anhydride", "isocyanate", "sulfonyl halide", "carboxylic acid"),
    ),
    NamedReaction(
        "Wittig methylenation",
        "[CX3;$(C([#6])([#6,#1])=O);!$(C([#6])(=O)[!#6]):1]=[OX1]>>[C:1]=[CH2]",
        "[CX3;$(C[#6]);!$(C[!#6]):1]=!@[CH2]>>[C:1]=O",
        0.8,
        ("acyl halide", "anhydride", "isocyanate", "carboxylic acid"),
    ),
    NamedReaction(
        "Diels-Alder reaction",
        "[#6:1]=[CX3:2]-[CX3:3]=[#6:4].[CX3:5]=[CX3;$(C[<acceptor>]):6]"
        ">>[#6:1]1[C:2]=[C:3][#6:4][C:5][C:6]1",
        "[CX4:1]1[CX3:2]=[CX3:3][CX4:4][CX4:5][CX4;$(C[<acceptor>]):6]1"
        ">>[C:1]=[C:2][C:3]=[C:4].[C:5]=[C:6]",
        0.75,
        ("isocyanate", "sulfonyl halide", "thiol"),
    ),
    NamedReaction(
        "Friedel-Crafts acylation",
        "[<electron-rich>:1].[<acyl chloride>:2](=[O:3])Cl>>[c:1][C:2]=[O:3]",
        "[c:1]!@[<ketone>:2]=[O:3]>>[cH:1].[C:2](=[O:3])Cl",
        0.75,
        ("basic nitrogen", "hydroxyl", "nitro", "nitrile", "carboxylic acid", "thiol", "epoxide"),
    ),
    NamedReaction(
        "aza-Michael addition",
        "[CX3;H2:1]=[CX3;H1:2][$([CX3]=O),$(C#N),$(S(=O)=O):3].[<amine>:4]"
        ">>[N:4][CH2:1][CH2:2][*:3]",
        "[NX3;+0:4]!@[CX4;H2:1][CX4;H2:2][$([CX3]=O),$(C#N),$(S(=O)=O):3]"
        ">>[CH2:1]=[CH:2][*:3].[N:4]",
        0.85,
        ("acyl halide", "sulfonyl halide", "isocyanate", "anhydride", "thiol", "aldehyde"),
    ),
    NamedReaction(
        "thia-Michael addition",
        "[CX3;H2:1]=[CX3;H1:2][$([CX3]=O),$(C#N),$(S(=O)=O):3].[SX2;H1;$(S[#6]):4]"
        ">>[S:4][CH2:1][CH2:2][*:3]",
        "[SX2;$(S([#6])[#6]):4]!@[CX4;H2:1][CX4;H2:2][$([CX3]=O),$(C#N),$(S(=O)=O):3]"
        ">>[CH2:1]=[CH:2][*:3].[SH:4]",
        0.9,
        ("acyl halide", "sulfonyl halide", "isocyanate", "anhydride", "aldehyde"),
    ),
    NamedReaction(
        "Michael addition of a 1,3-dicarbonyl",
        "[CX3;H2:1]=[CX3;H1:2][$([CX3]=O),$(C#N):3]."
        "[CX4;H2,H1;$(C([$(C=O),$(C#N)])[$(C=O),$(C#N)]):4]>>[C:4][CH2:1][CH2:2][*:3]",
        "[CX4;$(C([$(C=O),$(C#N)])[$(C=O),$(C#N)]):4]!@[CX4;H2:1][CX4;H2:2]"
        "[$([CX3]=O),$(C#N):3]>>[CH2:1]=[CH:2][*:3].[C:4]",
        0.75,
        ("acyl halide", "sulfonyl halide", "isocyanate", "anhydride", "thiol", "amine", "aldehyde"),
    ),
    NamedReaction(
        "thiol-ene addition",
        "[CX3;H2:1]=[CX3;H1;$(C[CX4]):2].[SX2;H1;$(S[#6]):3]>>[S:3][CH2:1][CH2:2]",
        "[SX2;$(S([#6])[#6]):3]!@[CX4;H2:1][CX4;H2;$(C[CX4]):2]>>[CH2:1]=[CH:2].[SH:3]",
        0.85,
        ("acyl halide", "sulfonyl halide", "isocyanate", "azide"),
    ),
)
