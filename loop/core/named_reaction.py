"""The words of named reactions: templates read forward and backward, and what spoils them.

A template is plain text; this module knows no chemistry library. Words in angle brackets stand for
what chemists call by a name, so that a template reads like its reaction:
`[<acid>:1](=[O:2])[OX2H1].[<amine>:3]>>[C:1](=[O:2])[N:3]`.
"""

from dataclasses import dataclass
from typing import Final

_WITHDRAWING: Final = (
    "$([N+](=O)[O-]),$(C#N),$([CX3;H1]=O),$(C(=O)([#6])[#6]),$(S(=O)=O),$(C(F)(F)F)"
)

ATOMS: Final = {
    # N that acylates and alkylates: no amide, hydrazine, enamine or cyanamide.
    "amine": ("NX3;+0;H1,H2;!$(N[!#6;!#1]);!$(N[C,S,P]=[O,S,N]);!$(NC=C);!$(NC#N)"),
    "primary amine": ("NX3;+0;H2;!$(N[!#6;!#1]);!$(N[C,S,P]=[O,S,N]);!$(NC=C);!$(NC#N)"),
    "acid": "CX3;$(C([#6])(=O)[OX2H1])",
    "acyl chloride": "CX3;$(C([#6])(=O)Cl)",
    "aldehyde": "CX3;H1;$(C([#6])=O)",
    "ketone": "CX3;$(C([#6])([#6])=O)",
    "acyl": "CX3;$(C([#6])=O)",
    # Tertiary alcohols do not esterify in acid; they lose water.
    "primary or secondary alcohol": "OX2;H1;$(O[CX4;!H0;!$(C([OX2H1])[O,N])])",
    "phenol": "OX2;H1;$(Oc)",
    "hydroxyl": "OX2;H1;$(O[c,$([CX4;!$(C([OX2H1])[O,N])])])",
    # Substitution with inversion is left to carbons that are no stereocentre.
    "alkyl": "CX4;H2,H3",
    # Where electrophiles enter: para to a donor, benzene, beside S or O of a five-ring.
    "electron-rich": (
        "cH1;$(c1ccc([OX2,NX3,CX4])cc1),$(c1[cH][cH][cH][cH][cH]1),$(c1cccs1),$(c1ccco1)"
    ),
    # Ortho or para to a ring nitrogen or an acceptor.
    "activated": (f"c;$(c:n),$(c:c:c:n),$(c:c[{_WITHDRAWING}]),$(c:c:c:c[{_WITHDRAWING}])"),
    "acceptor": "$([CX3]=[OX1]),$(C#N),$(S(=O)=O),$([N+](=O)[O-])",
}
"""Atom queries by name; they stand inside brackets, before the atom map."""

GROUPS: Final = {
    "acyl halide": "[CX3](=O)[F,Cl,Br,I]",
    "sulfonyl halide": "[SX4](=O)(=O)[F,Cl]",
    "isocyanate": "[NX2]=[CX2]=[O,S]",
    "anhydride": "[CX3](=O)[OX2][CX3]=O",
    "amine": f"[{ATOMS['amine']}]",
    "hydroxyl": f"[{ATOMS['hydroxyl']}]",
    "carboxylic acid": "[CX3](=O)[OX2H1]",
    "thiol": "[SX2H1]",
    "active hydrogen": "[$([OX2H1]),$([NX3;H1,H2]),$([nH1]),$([SX2H1])]",
    "aldehyde": "[CX3H1](=O)[#6]",
    "ketone": "[#6][CX3](=O)[#6]",
    "ester": "[#6][CX3](=O)[OX2][#6]",
    "nitrile": "[CX2]#[NX1]",
    "nitro": "[N+](=O)[O-]",
    "azide": "N=[N+]=[N-]",
    "aryl bromide or iodide": "c[Br,I]",
    "aliphatic halide": "[CX4][Cl,Br,I]",
    "terminal alkyne": "[CX2H1]#C",
    "alkyne": "[CX2]#[CX2]",
    "alkene": "[CX3]=[CX3]",
    "boronic acid or ester": "[#6]B(O)O",
    "epoxide": "C1OC1",
    "basic nitrogen": "[$([NX3;+0;!$(N[C,S]=[O,S])]),$([nX2])]",
    "sulfide": "[#6][SX2][#6]",
    "phosphonate": "P(=O)(O)O",
}
"""Functional groups that can spoil a reaction: name for people, SMARTS."""


@dataclass(frozen=True)
class ReactionForm:
    """One reaction with one leaving group, as SMIRKS.

    Attributes:
        forward: Reactants to product.
        retro: Product to reactants, in the order of `forward`.
    """

    forward: str
    retro: str


@dataclass(frozen=True)
class NamedReaction:
    """A reaction that chemists know by name and trust.

    Reagents that bring none of the wanted atoms but the obvious (reductants, oxidants, halogen
    sources, catalysts, bis(pinacolato)diboron) are no reactants here.

    Attributes:
        name: For chemists.
        forward: SMIRKS with one product; `<word>` is a key of `ATOMS`, `<X>` the leaving group.
        retro: SMIRKS of the inverse. It may offer more than `forward` can make: whatever it
            offers is run forward again before it is believed.
        score: How often it works as written, in (0, 1]; a judgement, for ranking.
        incompatible: Keys of `GROUPS` that no reactant may carry.
        leaving: What `<X>` stands for, each in turn.
    """

    name: str
    forward: str
    retro: str
    score: float
    incompatible: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ("",)

    @property
    def n_reactants(self) -> int:
        """How many reactants it takes."""
        return self.forward.split(">>")[0].count(".") + 1

    def forms(self) -> tuple[ReactionForm, ...]:
        """Return the reaction with every leaving group.

        Raises:
            KeyError: a word in angle brackets that `ATOMS` does not know.
        """
        return tuple(
            ReactionForm(_spelled(self.forward, group), _spelled(self.retro, group))
            for group in self.leaving
        )


def _spelled(text: str, leaving: str) -> str:
    head, *rest = text.replace("<X>", leaving).split("<")
    parts = [head]
    for piece in rest:
        word, _, tail = piece.partition(">")
        parts += [ATOMS[word], tail]
    return "".join(parts)
