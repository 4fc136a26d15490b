"""Acylations and their kin: amides, esters, sulfonamides, ureas, carbamates, imides."""

from typing import Final

from loop.core.named_reaction import NamedReaction

_TOUCHY: Final = ("acyl halide", "sulfonyl halide", "isocyanate", "anhydride")
_BOC_ANHYDRIDE: Final = "CC(C)(C)OC(=O)OC(=O)OC(C)(C)C"

ACYLATIONS: Final = (
    NamedReaction(
        "amide coupling",
        "[<acid>:1](=[O:2])[OX2H1].[<amine>:3]>>[C:1](=[O:2])[N:3]",
        "[<acyl>:1](=[O:2])!@[NX3;+0:3]>>[C:1](=[O:2])[OH].[N:3]",
        0.95,
        _TOUCHY,
    ),
    NamedReaction(
        "amide from an acyl chloride",
        "[<acyl chloride>:1](=[O:2])Cl.[<amine>:3]>>[C:1](=[O:2])[N:3]",
        "[<acyl>:1](=[O:2])!@[NX3;+0:3]>>[C:1](=[O:2])Cl.[N:3]",
        0.9,
        ("sulfonyl halide", "isocyanate", "anhydride", "thiol"),
    ),
    NamedReaction(
        "aminolysis of a methyl ester",
        "[CX3;$(C([#6])(=O)O[CH3]):1](=[O:2])O[CH3].[<primary amine>:3]>>[C:1](=[O:2])[N:3]",
        "[<acyl>:1](=[O:2])!@[NX3;H1;+0:3]>>[C:1](=[O:2])O[CH3].[N:3]",
        0.6,
        _TOUCHY,
    ),
    NamedReaction(
        "Fischer esterification",
        "[<acid>:1](=[O:2])[OX2H1].[<primary or secondary alcohol>:3]>>[C:1](=[O:2])[O:3]",
        "[<acyl>:1](=[O:2])!@[OX2;$(O[CX4]):3]>>[C:1](=[O:2])[OH].[O:3]",
        0.85,
        (*_TOUCHY, "amine", "epoxide"),
    ),
    NamedReaction(
        "Steglich esterification of a phenol",
        "[<acid>:1](=[O:2])[OX2H1].[<phenol>:3]>>[C:1](=[O:2])[O:3]",
        "[<acyl>:1](=[O:2])!@[OX2;$(Oc):3]>>[C:1](=[O:2])[OH].[O:3]",
        0.85,
        (*_TOUCHY, "amine"),
    ),
    NamedReaction(
        "ester from an acyl chloride",
        "[<acyl chloride>:1](=[O:2])Cl.[<hydroxyl>:3]>>[C:1](=[O:2])[O:3]",
        "[<acyl>:1](=[O:2])!@[OX2;$(O[CX4,c]):3]>>[C:1](=[O:2])Cl.[O:3]",
        0.9,
        ("sulfonyl halide", "isocyanate", "anhydride", "amine", "thiol"),
    ),
    NamedReaction(
        "alkylation of a carboxylic acid",
        "[<acid>:1](=[O:2])[OX2H1:3].[<alkyl>:4]<X>>>[C:1](=[O:2])[O:3][C:4]",
        "[<acyl>:1](=[O:2])!@[OX2:3]!@[<alkyl>:4]>>[C:1](=[O:2])[OH:3].[C:4]<X>",
        0.75,
        (*_TOUCHY, "amine", "thiol"),
        ("Br", "I"),
    ),
    NamedReaction(
        "sulfonamide formation",
        "[SX4;$(S(=O)(=O)([#6])Cl):1](=[O:2])(=[O:3])Cl.[<amine>:4]>>[S:1](=[O:2])(=[O:3])[N:4]",
        "[SX4;$(S[#6]):1](=[O:2])(=[O:3])!@[NX3;+0:4]>>[S:1](=[O:2])(=[O:3])Cl.[N:4]",
        0.9,
        ("acyl halide", "isocyanate", "anhydride", "thiol"),
    ),
    NamedReaction(
        "sulfonate ester formation",
        "[SX4;$(S(=O)(=O)([#6])Cl):1](=[O:2])(=[O:3])Cl.[<hydroxyl>:4]>>[S:1](=[O:2])(=[O:3])[O:4]",
        "[SX4;$(S[#6]):1](=[O:2])(=[O:3])!@[OX2;$(O[CX4,c]):4]>>[S:1](=[O:2])(=[O:3])Cl.[O:4]",
        0.85,
        ("acyl halide", "isocyanate", "anhydride", "amine", "thiol"),
    ),
    NamedReaction(
        "urea from an isocyanate",
        "[NX2;$(N[#6]):1]=[CX2:2]=[O:3].[<amine>:4]>>[NH:1][C:2](=[O:3])[N:4]",
        "[NX3;H1;$(N[#6]):1][CX3:2](=[O:3])!@[NX3;+0:4]>>[N:1]=[C:2]=[O:3].[N:4]",
        0.95,
        ("acyl halide", "sulfonyl halide", "anhydride", "thiol"),
    ),
    NamedReaction(
        "thiourea from an isothiocyanate",
        "[NX2;$(N[#6]):1]=[CX2:2]=[S:3].[<amine>:4]>>[NH:1][C:2](=[S:3])[N:4]",
        "[NX3;H1;$(N[#6]):1][CX3:2](=[S:3])!@[NX3;+0:4]>>[N:1]=[C:2]=[S:3].[N:4]",
        0.9,
        ("acyl halide", "sulfonyl halide", "anhydride"),
    ),
    NamedReaction(
        "carbamate from an isocyanate",
        "[NX2;$(N[#6]):1]=[CX2:2]=[O:3].[<hydroxyl>:4]>>[NH:1][C:2](=[O:3])[O:4]",
        "[NX3;H1;$(N[#6]):1][CX3:2](=[O:3])!@[OX2;$(O[CX4,c]):4]>>[N:1]=[C:2]=[O:3].[O:4]",
        0.9,
        ("acyl halide", "sulfonyl halide", "anhydride", "amine", "thiol"),
    ),
    NamedReaction(
        "carbamate from a chloroformate",
        "[OX2:1][CX3:2](=[O:3])Cl.[<amine>:4]>>[O:1][C:2](=[O:3])[N:4]",
        "[OX2;$(O[CX4,c]):1][CX3:2](=[O:3])!@[NX3;+0:4]>>[O:1][C:2](=[O:3])Cl.[N:4]",
        0.9,
        ("sulfonyl halide", "isocyanate", "anhydride", "thiol"),
    ),
    NamedReaction(
        "imide from an anhydride",
        "[CX3;R;$(C[#6]):1](=[O:2])@O@[CX3;R;$(C[#6]):3](=[O:4]).[<primary amine>:5]"
        ">>[C:1](=[O:2])[N:5][C:3](=[O:4])",
        "[CX3;R;$(C[#6]):1](=[O:2])@[NX3;$(N(C=O)(C=O)[#6]):5]@[CX3;R;$(C[#6]):3](=[O:4])"
        ">>[C:1](=[O:2])O[C:3](=[O:4]).[NH2:5]",
        0.9,
        ("acyl halide", "sulfonyl halide", "isocyanate", "thiol"),
    ),
    NamedReaction(
        "Boc protection",
        f"[<amine>:1].{_BOC_ANHYDRIDE}>>[N:1]C(=O)OC(C)(C)C",
        f"[NX3;+0:1]!@[CX3](=O)OC([CH3])([CH3])[CH3]>>[N:1].{_BOC_ANHYDRIDE}",
        0.95,
        ("acyl halide", "sulfonyl halide", "isocyanate"),
    ),
    NamedReaction(
        "Boc removal",
        "[NX3;+0:1][CX3](=O)OC([CH3])([CH3])[CH3]>>[NX3;+0:1]",
        "[<amine>:1]>>[N:1]C(=O)OC(C)(C)C",
        0.95,
    ),
    NamedReaction(
        "hydrolysis of an ester",
        "[<acyl>:1](=[O:2])[OX2:3]<X>>>[C:1](=[O:2])[OH:3]",
        "[<acid>:1](=[O:2])[OX2H1:3]>>[C:1](=[O:2])[O:3]<X>",
        0.95,
        ("acyl halide", "anhydride", "isocyanate", "sulfonyl halide"),
        ("[CH3]", "[CH2][CH3]"),
    ),
    NamedReaction(
        "acyl chloride from an acid",
        "[<acid>:1](=[O:2])[OX2H1]>>[C:1](=[O:2])Cl",
        "[<acyl chloride>:1](=[O:2])Cl>>[C:1](=[O:2])[OH]",
        0.9,
        ("amine", "hydroxyl", "thiol"),
    ),
    NamedReaction(
        "hydrazide from a methyl ester",
        "[CX3;$(C([#6])(=O)O[CH3]):1](=[O:2])O[CH3].[NH2:3][NH2:4]>>[C:1](=[O:2])[NH:3][NH2:4]",
        "[<acyl>:1](=[O:2])!@[NH:3][NH2:4]>>[C:1](=[O:2])O[CH3].[NH2:3][NH2:4]",
        0.9,
        ("acyl halide", "sulfonyl halide", "aldehyde", "ketone"),
    ),
    NamedReaction(
        "thionation with Lawesson's reagent",
        "[CX3;$(C([#6])[NX3]):1]=[OX1]>>[C:1]=S",
        "[CX3;$(C([#6])[NX3]):1]=[SX1]>>[C:1]=O",
        0.75,
        ("aldehyde", "ketone", "carboxylic acid", "ester", "hydroxyl"),
    ),
)
