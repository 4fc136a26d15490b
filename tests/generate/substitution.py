"""Small real generators: one atom of a molecule is changed, added or taken away."""

import numpy as np
from rdkit import Chem, rdBase

from loop.core.generation_ports import Offspring


class AtomSubstitution:
    """Turns one atom of the chain F-X-X-X-X-X-Cl, X in C, N, O, into one of the other two.

    Each of the 3^5 chains reaches ten others, with equal chance there and back: a symmetric move,
    so that the target of the sampler can be counted out.
    """

    def propose(self, parents, size, seed):
        rng = np.random.default_rng(seed)
        made, heads = [], []
        for i in range(size):
            chain = list(parents[i % len(parents)])
            place = int(rng.integers(1, len(chain) - 2))
            others = [x for x in "CNO" if x != chain[place]]
            chain[place] = others[int(rng.integers(2))]
            made.append("".join(chain))
            heads.append(i % len(parents))
        return Offspring(tuple(made), np.array(heads, dtype=np.intp), size)


class AtomEdits:
    """Any polymer: one atom changed in element, or a methyl added; many attempts fail."""

    def propose(self, parents, size, seed):
        rng = np.random.default_rng(seed)
        made, heads, failed = [], [], 0
        with rdBase.BlockLogs():
            for i in range(size):
                child = self._edited(parents[i % len(parents)], rng)
                if child is None or child == parents[i % len(parents)]:
                    failed += 1
                    continue
                made.append(child)
                heads.append(i % len(parents))
        return Offspring(
            tuple(made), np.array(heads, dtype=np.intp), size, {"no valid edit": failed},
            notes=tuple("one atom edited" for _ in made),
        )  # fmt: skip

    def _edited(self, parent, rng):
        mol = Chem.RWMol(Chem.MolFromSmiles(parent))
        inner = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() > 1]
        at = inner[int(rng.integers(len(inner)))]
        element = int(rng.choice([6, 7, 8, 16]))
        if rng.random() < 0.5:
            mol.GetAtomWithIdx(at).SetAtomicNum(element)
        else:
            mol.AddBond(at, mol.AddAtom(Chem.Atom(element)), Chem.BondType.SINGLE)
        if Chem.SanitizeMol(mol, catchErrors=True):
            return None
        return Chem.MolToSmiles(mol)
