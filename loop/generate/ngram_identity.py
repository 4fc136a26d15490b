"""Which token strings stand for the same molecule, told without reading them as molecules.

A string is written down as a code: its atoms, numbered from one that the graph itself chooses, each
with its bonds to those before it. Equal codes mean equal Kekulé graphs. The reverse does not hold
where atoms tie that no symmetry exchanges, or where one molecule has two Kekulé structures; such
strings are only read twice. The choice goes by neighbourhood digests (Weisfeiler and Lehman 1968;
Morgan, J. Chem. Doc. 5, 107 (1965)), whose sums do not ask for the neighbours to be sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from loop.generate.compiling import inner, outer
from loop.generate.ngram_graph import ATOMS, Graph, build, new_graph
from loop.generate.smiles_tokens import BONDS, TokenTraits, token_code
from loop.generate.spelling import plain

_ROUNDS: Final = 8
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_STIR: Final = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT: Final = np.uint64(29)
_ORDERS: Final = 8
_SIGN: Final = np.uint64(1 << 63)


@inner
def _stirred(value: Any) -> Any:
    value = (value ^ (value >> _SHIFT)) * _STIR
    return value ^ (value >> _SHIFT)


@inner
def _digest(graph: Graph) -> None:
    digest, fresh, size = graph.digest, graph.fresh, graph.count[ATOMS]
    for a in range(size):
        digest[a] = _stirred(np.uint64(graph.label[a]))
    for _ in range(_ROUNDS):
        for a in range(size):
            total = digest[a] * _MIX
            end = graph.first[a]
            while end >= 0:
                total += _stirred(digest[graph.other[end]] + np.uint64(graph.order[end]))
                end = graph.after[end]
            fresh[a] = total
        for a in range(size):
            digest[a] = fresh[a]


@inner
def _number(graph: Graph) -> None:
    """Number the atoms by breadth, from the smallest digest of each piece on."""
    count, digest, number, queue = graph.count, graph.digest, graph.number, graph.queue
    size = count[ATOMS]
    for a in range(size):
        number[a] = -1
    known = done = 0
    while known < size:
        best = -1
        for a in range(size):
            if number[a] < 0 and (best < 0 or digest[a] < digest[best]):
                best = a
        while best >= 0:
            number[best], queue[known] = known, best
            known += 1
            best = -1
            while best < 0 and done < known:
                end = graph.first[queue[done]]
                while end >= 0:
                    a = graph.other[end]
                    if number[a] < 0 and (best < 0 or digest[a] < digest[best]):
                        best = a
                    end = graph.after[end]
                done += best < 0


@inner
def _put_code(graph: Graph, out: Any, at: int) -> int:
    """Write the code, each atom before its bonds to earlier ones; return where it ends."""
    number, queue = graph.number, graph.queue
    for place in range(graph.count[ATOMS]):
        out[at] = graph.label[queue[place]]
        at += 1
        begun = at
        end = graph.first[queue[place]]
        while end >= 0:
            earlier = number[graph.other[end]]
            if earlier < place:
                entry = earlier * _ORDERS + graph.order[end]
                k = at
                while k > begun and out[k - 1] > entry:
                    out[k] = out[k - 1]
                    k -= 1
                out[k] = entry
                at += 1
            end = graph.after[end]
    return at


@outer
def _identity_pass(
    words: Any, lengths: Any, labels: Any, traits: TokenTraits, graph: Graph, out: Any, ends: Any
) -> None:
    at = 0
    for i in range(len(lengths)):
        build(graph, words[i], lengths[i], labels, traits)
        _digest(graph)
        _number(graph)
        at = _put_code(graph, out, at)
        ends[i] = at


@dataclass(frozen=True)
class Identities:
    """Codes for the words of a vocabulary.

    Attributes:
        traits: Of the vocabulary.
        labels: What atom each token is, whatever its bond and its aromaticity: a digest of 63 bits
            and a sign, equal in every vocabulary, int64, `(v,)`.
        marked: Whether a token tells of stereochemistry, which codes do not hold, bool, `(v,)`.
    """

    traits: TokenTraits
    labels: NDArray[np.int64]
    marked: NDArray[np.bool_]

    @classmethod
    def of(cls, vocabulary: Sequence[str], traits: TokenTraits) -> "Identities":
        """Tell the atoms of a vocabulary apart."""
        atoms = [plain(token).lstrip("".join(BONDS)) for token in vocabulary]
        labels = np.array([token_code(atom) for atom in atoms], np.uint64) | _SIGN
        marked = [any(sign in token for sign in "@/\\") for token in vocabulary]
        return cls(traits, labels.view(np.int64), np.array(marked, np.bool_))

    def codes(self, words: NDArray[np.int32], lengths: NDArray[np.int64]) -> list[bytes]:
        """Return the code of words whose rings and branches close; empty where one is marked.

        Two unlike atoms share a label with a chance of 2^-63.

        Args:
            words: Tokens, int32, `(n, longest)`.
            lengths: How many of each count, int64, `(n,)`.
        """
        longest = words.shape[1]
        graph = new_graph(longest)
        out = np.empty(2 * int(lengths.sum()) + 1, np.int64)
        ends = np.zeros(len(lengths) + 1, np.int64)
        _identity_pass(words, lengths, self.labels, self.traits, graph, out, ends[1:])
        inside = np.arange(longest) < lengths[:, None]
        marked = np.asarray((self.marked[words] & inside).any(1), np.bool_)
        code = out[: ends[-1]].tobytes()
        bounds = (ends * out.itemsize).tolist()
        kept = zip(marked.tolist(), pairwise(bounds), strict=True)
        return [b"" if unsure else code[begin:end] for unsure, (begin, end) in kept]
