"""Exchange of one functional group for another: reductions, oxidations, halogenations."""

from typing import Final

from loop.core.named_reaction import NamedReaction

_REDUCED: Final = ("acyl halide", "anhydride", "isocyanate", "azide", "epoxide")

CONVERSIONS: Final = (
    NamedReaction(
        "reduction of a nitro group",
        "[c:1][N+](=O)[O-]>>[c:1][NH2]",
        "[c:1][NX3;H2]>>[c:1][N+](=O)[O-]",
        0.95,
        ("acyl halide", "isocyanate", "azide", "aldehyde", "alkyne"),
    ),
    NamedReaction(
        "reduction of a ketone",
        "[<ketone>:1]=[O:2]>>[CH:1][OH:2]",
        "[CX4;H1;$(C([#6])[#6]):1][OX2H1:2]>>[C:1]=[O:2]",
        0.95,
        (*_REDUCED, "aldehyde"),
    ),
    NamedReaction(
        "reduction of an aldehyde",
        "[<aldehyde>:1]=[O:2]>>[CH2:1][OH:2]",
        "[CX4;H2;$(C[#6]):1][OX2H1:2]>>[CH:1]=[O:2]",
        0.95,
        _REDUCED,
    ),
    NamedReaction(
        "reduction of an ester",
        "[<acyl>:1](=O)[OX2:2]<X>>>[CH2:1][OH:2]",
        "[CX4;H2;$(C[#6]):1][OX2H1:2]>>[C:1](=O)[O:2]<X>",
        0.85,
        (*_REDUCED, "aldehyde", "ketone", "nitrile", "carboxylic acid", "nitro"),
        ("[CH3]", "[CH2][CH3]"),
    ),
    NamedReaction(
        "reduction of a carboxylic acid (borane)",
        "[<acid>:1](=O)[OX2H1:2]>>[CH2:1][OH:2]",
        "[CX4;H2;$(C[#6]):1][OX2H1:2]>>[C:1](=O)[OH:2]",
        0.85,
        (*_REDUCED, "aldehyde", "ketone", "alkene", "nitrile"),
    ),
    NamedReaction(
        "reduction of a nitrile",
        "[CX2;$(C[#6]):1]#[NX1:2]>>[CH2:1][NH2:2]",
        "[CX4;H2;$(C[#6]):1][NX3;H2:2]>>[C:1]#[N:2]",
        0.8,
        (*_REDUCED, "aldehyde", "ketone", "ester", "nitro", "carboxylic acid"),
    ),
    NamedReaction(
        "reduction of an amide (LiAlH4)",
        "[CX3;$(C([#6])[NX3;!$(N(C=O)C=O)]):1](=O)[NX3:2]>>[CH2:1][N:2]",
        "[CX4;H2;$(C[#6]):1][NX3;+0:2]>>[C:1](=O)[N:2]",
        0.75,
        (*_REDUCED, "aldehyde", "ketone", "ester", "nitro", "nitrile", "carboxylic acid"),
    ),
    NamedReaction(
        "reduction of an azide (Staudinger)",
        "[#6:1][N:2]=[N+]=[N-]>>[*:1][NH2:2]",
        "[CX4;H2:1][NX3;H2:2]>>[C:1][N:2]=[N+]=[N-]",
        0.9,
        ("acyl halide", "anhydride", "isocyanate", "aldehyde"),
    ),
    NamedReaction(
        "oxidation of a primary alcohol",
        "[CX4;H2;$(C([#6])[OX2H1]):1][OX2H1:2]>>[CH:1]=[O:2]",
        "[<aldehyde>:1]=[O:2]>>[CH2:1][OH:2]",
        0.85,
        ("thiol", "amine", "acyl halide"),
    ),
    NamedReaction(
        "oxidation of a secondary alcohol",
        "[CX4;H1;$(C([#6])([#6])[OX2H1]):1][OX2H1:2]>>[C:1]=[O:2]",
        "[<ketone>:1]=[O:2]>>[CH:1][OH:2]",
        0.9,
        ("thiol", "amine", "acyl halide"),
    ),
    NamedReaction(
        "oxidation of an aldehyde (Pinnick)",
        "[<aldehyde>:1]=[O:2]>>[C:1](=[O:2])O",
        "[<acid>:1](=[O:2])[OX2H1]>>[CH:1]=[O:2]",
        0.9,
        ("thiol", "amine", "acyl halide"),
    ),
    NamedReaction(
        "oxidation of a sulfide to a sulfoxide",
        "[SX2;$(S([#6])[#6]);!a:1]>>[S:1]=O",
        "[SX3;$(S([#6])[#6]):1]=[OX1]>>[S:1]",
        0.8,
        ("thiol", "amine", "aldehyde"),
    ),
    NamedReaction(
        "oxidation of a sulfide to a sulfone",
        "[SX2;$(S([#6])[#6]);!a:1]>>[S:1](=O)=O",
        "[SX4;$(S([#6])[#6]):1](=[OX1])=[OX1]>>[S:1]",
        0.9,
        ("thiol", "amine", "aldehyde", "alkene"),
    ),
    NamedReaction(
        "halide from an alcohol",
        "[CX4;H2;$(C([#6])[OX2H1]):1][OX2H1]>>[C:1]<X>",
        "[CX4;H2;$(C[#6]):1]<X>>>[C:1]O",
        0.85,
        ("amine", "thiol", "carboxylic acid", "acyl halide"),
        ("Br", "Cl"),
    ),
    NamedReaction(
        "benzylic bromination (NBS)",
        "[CX4;H3;$(Cc):1]>>[CH2:1]Br",
        "[CX4;H2;$(Cc):1]Br>>[CH3:1]",
        0.7,
        ("active hydrogen", "aldehyde", "alkene"),
    ),
    NamedReaction(
        "bromination beside a ketone",
        "[CX4;H3;$(C[CX3](=O)[#6]):1]>>[CH2:1]Br",
        "[CX4;H2;$(C[CX3](=O)[#6]):1]Br>>[CH3:1]",
        0.75,
        ("amine", "thiol", "alkene", "alkyne"),
    ),
    NamedReaction(
        "aromatic bromination",
        "[<electron-rich>:1]>>[c:1]Br",
        "[c:1]Br>>[cH:1]",
        0.75,
        ("alkene", "alkyne", "thiol", "aldehyde"),
    ),
    NamedReaction(
        "aromatic nitration",
        "[<electron-rich>:1]>>[c:1][N+](=O)[O-]",
        "[c:1][N+](=O)[O-]>>[cH:1]",
        0.65,
        ("alkene", "alkyne", "thiol", "aldehyde", "amine", "sulfide", "hydroxyl"),
    ),
    NamedReaction(
        "demethylation of an aryl ether (BBr3)",
        "[c:1][OX2:2][CH3]>>[c:1][OH:2]",
        "[c:1][OX2H1:2]>>[c:1][O:2][CH3]",
        0.85,
        ("ester", "epoxide", "alkyne"),
    ),
    NamedReaction(
        "nitrile from a primary amide",
        "[CX3;$(C([#6])(=O)[NH2]):1](=O)[NX3;H2:2]>>[C:1]#[N:2]",
        "[CX2;$(C[#6]):1]#[NX1:2]>>[C:1](=O)[NH2:2]",
        0.85,
        ("amine", "hydroxyl", "carboxylic acid"),
    ),
    NamedReaction(
        "hydrolysis of a nitrile to an acid",
        "[CX2;$(C[#6]):1]#[NX1]>>[C:1](=O)O",
        "[<acid>:1](=O)[OX2H1]>>[C:1]#N",
        0.8,
        ("ester", "acyl halide", "isocyanate", "anhydride"),
    ),
)
