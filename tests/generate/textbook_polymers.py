"""Polymers of the textbooks: monomers, repeat unit as a chemist writes it, class."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Textbook:
    name: str
    monomers: tuple[str, ...]
    unit: str
    polymer_class: str


BISPHENOL_A = "CC(C)(c1ccc(O)cc1)c1ccc(O)cc1"

TEXTBOOK = (
    Textbook("polystyrene", ("C=Cc1ccccc1",), "*CC(*)c1ccccc1", "polyolefin"),
    Textbook("PMMA", ("C=C(C)C(=O)OC",), "*CC(C)(*)C(=O)OC", "polyolefin"),
    Textbook("polyethylene", ("C=C",), "*CC*", "polyolefin"),
    Textbook("PTFE", ("FC(F)=C(F)F",), "*C(F)(F)C(*)(F)F", "polyolefin"),
    Textbook("ethylene-alt-styrene", ("C=C", "C=Cc1ccccc1"), "*CCCC(*)c1ccccc1", "polyolefin"),
    Textbook("polybutadiene", ("C=CC=C",), "*CC=CC*", "polydiene"),
    Textbook("PLA", ("CC1OC(=O)C(C)OC1=O",), "*OC(C)C(*)=O", "polyester"),
    Textbook("PLA of the acid", ("CC(O)C(=O)O",), "*OC(C)C(*)=O", "polyester"),
    Textbook("polycaprolactone", ("O=C1CCCCCO1",), "*OCCCCCC(*)=O", "polyester"),
    Textbook("PET", ("O=C(O)c1ccc(C(=O)O)cc1", "OCCO"), "*OCCOC(=O)c1ccc(C(*)=O)cc1", "polyester"),
    Textbook(
        "polycarbonate",
        (BISPHENOL_A, "O=C(Cl)Cl"),
        "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1",
        "polyester",
    ),
    Textbook(
        "phthalic alkyd", ("O=C1OC(=O)c2ccccc21", "C1CO1"), "*OCCOC(=O)c1ccccc1C(*)=O", "polyester"
    ),
    Textbook("PEO", ("C1CO1",), "*CCO*", "polyether"),
    Textbook("PPO", ("Cc1cccc(C)c1O",), "*Oc1c(C)cc(*)cc1C", "polyether"),
    Textbook(
        "polysulfone",
        (BISPHENOL_A, "O=S(=O)(c1ccc(Cl)cc1)c1ccc(Cl)cc1"),
        "*Oc1ccc(C(C)(C)c2ccc(Oc3ccc(S(=O)(=O)c4ccc(*)cc4)cc3)cc2)cc1",
        "polyether",
    ),
    Textbook("nylon-6", ("O=C1CCCCCN1",), "*NCCCCCC(*)=O", "polyamide"),
    Textbook(
        "nylon-6,6", ("NCCCCCCN", "O=C(O)CCCCC(=O)O"), "*NCCCCCCNC(=O)CCCCC(*)=O", "polyamide"
    ),
    Textbook(
        "Kevlar",
        ("Nc1ccc(N)cc1", "O=C(Cl)c1ccc(C(=O)Cl)cc1"),
        "*Nc1ccc(NC(=O)c2ccc(C(*)=O)cc2)cc1",
        "polyamide",
    ),
    Textbook(
        "Kapton",
        ("Nc1ccc(Oc2ccc(N)cc2)cc1", "O=C1OC(=O)c2cc3c(cc21)C(=O)OC3=O"),
        "*c1ccc(Oc2ccc(N3C(=O)c4cc5c(cc4C3=O)C(=O)N(*)C5=O)cc2)cc1",
        "polyimide",
    ),
    Textbook(
        "polyurethane",
        ("O=C=Nc1ccc(Cc2ccc(N=C=O)cc2)cc1", "OCCCCO"),
        "*OCCCCOC(=O)Nc1ccc(Cc2ccc(NC(*)=O)cc2)cc1",
        "polyurethane",
    ),
    Textbook(
        "polyurea",
        ("O=C=NCCCCCCN=C=O", "NCCN"),
        "*NCCNC(=O)NCCCCCCNC(*)=O",
        "polyurea",
    ),
)
