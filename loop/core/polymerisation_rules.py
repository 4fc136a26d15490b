"""The polymerisations that are known: which half-units join.

The set follows SMiPoly 1.1.2 (Ohno et al., J. Chem. Inf. Model. 2023, 63, 5539; BSD-3-Clause) class
by class, written anew as half-units, and adds polyureas, 1,4-polydienes and further carbonate
sources. Reliabilities rank routes against each other (large-scale practice first); they are no
measured yields.
"""

from typing import Final

from loop.core import chain_growth_units as chain
from loop.core import monomer_classes as monomers
from loop.core import step_growth_units as step
from loop.core.polymerisation import Polymerisation

# Groups that would take part in a step-growth polymerisation beside the two that are used.
_STEP_RESIDUAL: Final = (
    "[CX4;R]1[OX2;R][CX4;R]1",
    "[CX3](=[O])[OX2H1,F,Cl,Br,I]",
    "[C,c][OX2,SX2;H1;!$([O,S]C=*)]",
    "[C,c][NX3;H2;!$(N[C,S]=*)]",
    "[NX2]=[CX2]=[OX1,SX1]",
    "[C,c][CX3,c;R](=[OX1])[OX2,o;R][CX3,c;R](=[OX1])[C,c]",
)
_CHAIN_RESIDUAL: Final = _STEP_RESIDUAL[1:4]
_OXAZOLIDONE_RESIDUAL: Final = (_STEP_RESIDUAL[0], _STEP_RESIDUAL[4])
_OLEFIN: Final = ("[CX3]=[CX3]",)

_ESTER: Final = "[CX3;$([CX3]=[OX1])]-;!@[OX2,SX2]"
_AMIDE: Final = "[CX3;$([CX3]=[OX1])]-;!@[NX3]"
_CC: Final = "[CX4]-;!@[CX4]"

POLYMERISATIONS: Final = (
    Polymerisation(
        "vinyl polymerisation", "polyolefin", chain.VINYL, None, _CC, monomers.VINYL.groups, 0.9, 2
    ),
    Polymerisation(
        "addition polymerisation of a cyclic olefin",
        "polyolefin",
        chain.CYCLIC_OLEFIN,
        None,
        _CC,
        monomers.CYCLIC_OLEFIN.groups,
        0.6,
    ),
    Polymerisation(
        "alternating vinyl copolymerisation",
        "polyolefin",
        chain.OPEN_VINYL,
        chain.OPEN_VINYL,
        _CC,
        _OLEFIN,
        0.3,
    ),
    Polymerisation(
        "alternating copolymerisation with a cyclic olefin",
        "polyolefin",
        chain.OPEN_VINYL,
        chain.CYCLIC_OLEFIN,
        _CC,
        _OLEFIN,
        0.3,
    ),
    Polymerisation("1,4-diene polymerisation", "polydiene", chain.DIENE, None, _CC, (), 0.9),
    Polymerisation(
        "polycondensation of a hydroxy acid",
        "polyester",
        chain.HYDROXY_ACID,
        None,
        _ESTER,
        _CHAIN_RESIDUAL,
        0.6,
    ),
    Polymerisation(
        "ring-opening polymerisation of a lactone",
        "polyester",
        chain.LACTONE,
        None,
        _ESTER,
        (*_CHAIN_RESIDUAL, *monomers.LACTONE.groups),
        0.8,
        2,
    ),
    Polymerisation(
        "polycondensation of two hydroxy acids",
        "polyester",
        chain.HYDROXY_ACID,
        chain.HYDROXY_ACID,
        _ESTER,
        _STEP_RESIDUAL,
        0.3,
    ),
    Polymerisation(
        "polycarbonate synthesis",
        "polyester",
        step.DIOL,
        step.CARBONYL,
        _ESTER,
        _STEP_RESIDUAL,
        0.9,
    ),
    Polymerisation(
        "polyesterification", "polyester", step.DIACID, step.DIOL, _ESTER, _STEP_RESIDUAL, 0.9
    ),
    Polymerisation(
        "alternating copolymerisation of anhydride and epoxide",
        "polyester",
        chain.ANHYDRIDE,
        chain.GLYCOL,
        _ESTER,
        _STEP_RESIDUAL,
        0.5,
    ),
    Polymerisation(
        "ring-opening polymerisation of an epoxide",
        "polyether",
        chain.OXIRANE,
        None,
        "[CX4]-;!@[OX2]",
        (*_CHAIN_RESIDUAL, *monomers.EPOXIDE.groups),
        0.8,
    ),
    Polymerisation(
        "oxidative coupling of a phenol",
        "polyether",
        chain.PHENYLENE_OXIDE,
        None,
        "[c]-;!@[OX2]",
        _CHAIN_RESIDUAL,
        0.8,
    ),
    Polymerisation(
        "nucleophilic aromatic substitution on a sulfone",
        "polyether",
        step.SULFONE,
        step.PLAIN_DIOL,
        "[c]-;!@[OX2]",
        _STEP_RESIDUAL,
        0.8,
    ),
    Polymerisation(
        "nucleophilic aromatic substitution on a ketone",
        "polyether",
        step.KETONE,
        step.PLAIN_DIOL,
        "[c]-;!@[OX2]",
        _STEP_RESIDUAL,
        0.8,
    ),
    Polymerisation(
        "ring-opening polymerisation of a lactam",
        "polyamide",
        chain.LACTAM,
        None,
        _AMIDE,
        (*_CHAIN_RESIDUAL, *monomers.LACTAM.groups),
        0.8,
    ),
    Polymerisation(
        "polycondensation of an amino acid",
        "polyamide",
        chain.AMINO_ACID,
        None,
        _AMIDE,
        _CHAIN_RESIDUAL,
        0.6,
    ),
    Polymerisation(
        "polyamidation", "polyamide", step.DIACID, step.DIAMINE, _AMIDE, _STEP_RESIDUAL, 0.9
    ),
    Polymerisation(
        "polycondensation of two amino acids",
        "polyamide",
        chain.AMINO_ACID,
        chain.AMINO_ACID,
        _AMIDE,
        _STEP_RESIDUAL,
        0.3,
    ),
    Polymerisation(
        "polyimide synthesis",
        "polyimide",
        step.IMIDE,
        step.AMINE_CORE,
        "[#7;X3;R;$([#7]([#6]=O)[#6]=O)]-;!@[#6]",
        _STEP_RESIDUAL,
        0.9,
    ),
    Polymerisation(
        "urethane polyaddition",
        "polyurethane",
        step.DIISOCYANATE,
        step.DIOL,
        "[CX3;$([CX3](=[O,S])[NX3])]-;!@[OX2,SX2]",
        _STEP_RESIDUAL,
        0.9,
    ),
    Polymerisation(
        "urea polyaddition",
        "polyurea",
        step.DIISOCYANATE,
        step.DIAMINE,
        "[CX3;$([CX3](=[O,S])[NX3])]-;!@[NX3]",
        _STEP_RESIDUAL,
        0.9,
    ),
    Polymerisation(
        "oxazolidone polyaddition",
        "polyoxazolidone",
        step.OXAZOLIDONE,
        step.ISOCYANATE_CORE,
        "[NX3;R;$(N1C(=O)OCC1)]-;!@[#6]",
        _OXAZOLIDONE_RESIDUAL,
        0.5,
    ),
    Polymerisation(
        "oxazolidinethione polyaddition",
        "polyoxazolidone",
        step.THIOXAZOLIDONE,
        step.THIOCYANATE_CORE,
        "[NX3;R;$(N1C(=S)OCC1)]-;!@[#6]",
        _OXAZOLIDONE_RESIDUAL,
        0.3,
    ),
)
"""All reactions, in a fixed order."""

POLYMER_CLASSES: Final = tuple(dict.fromkeys(rule.polymer_class for rule in POLYMERISATIONS))
"""What they make, in the same order."""

MONOMER_CLASSES: Final = tuple(
    {
        unit.monomer.name: unit.monomer
        for rule in POLYMERISATIONS
        for unit in (rule.left, rule.right)
        if unit is not None
    }.values()
)
"""Classes of the monomers that they take, in the same order."""
