"""Token strings back to SMILES, all of one call at once: rings get the lowest number free."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from loop.generate.compiling import inner, outer
from loop.generate.ngram_identity import Identities
from loop.generate.smiles_tokens import ATOM, CLOSE, OPEN, RING_CLOSE, RING_OPEN, TokenTraits
from loop.generate.spelling import plain

_MOST_NUMBERS: Final = 100
_LABEL: Final = 3
"""Letters of the longest ring number."""
_TEN, _NINE, _ZERO, _PERCENT = 10, 9, ord("0"), ord("%")


@inner
def _free_number(opened: Any, count: int) -> Any:
    number, place = 1, 0
    while place < count:
        place += 1
        if opened[place - 1] == number:
            # What was looked at before may have the next number.
            number, place = number + 1, 0
    return number


@inner
def _put_number(out: Any, at: int, number: int) -> Any:
    """Write the number of a ring, nothing for 0; return how many letters it has."""
    size = 0
    if number > _NINE:
        out[at], out[at + 1] = _PERCENT, _ZERO + number // _TEN
        size = 2
    if number > 0:
        out[at + size] = _ZERO + number % _TEN
        size += 1
    return size


@outer
def _letter_pass(
    words: Any, lengths: Any, traits: TokenTraits, letters: Any, sizes: Any, out: Any, ends: Any
) -> None:
    opened = np.empty(_MOST_NUMBERS, np.int64)
    at = 0
    for i in range(len(lengths)):
        count = 0
        for j in range(lengths[i]):
            token = words[i, j]
            for k in range(sizes[token]):
                out[at + k] = letters[token, k]
            at += sizes[token]
            kind, number = traits.kind[token], 0
            if kind == RING_OPEN:
                number = opened[count] = _free_number(opened, count)
                count += 1
            elif kind == RING_CLOSE:
                place = count - 1 - traits.place[token]
                number = opened[place]
                for k in range(place, count - 1):
                    opened[k] = opened[k + 1]
                count -= 1
            at += _put_number(out, at, number)
        ends[i] = at


@dataclass(frozen=True)
class Lettering:
    """How the tokens of a vocabulary are written for RDKit, aromatic atoms in capital letters.

    Attributes:
        traits: Of the vocabulary.
        letters: ASCII of each token without ring number, uint8, `(v, w)`.
        sizes: How many of them there are, int64, `(v,)`.
        small: Whether a token is an aromatic atom, bool, `(v,)`.
        identities: How it is told which words are the same molecule.
    """

    traits: TokenTraits
    letters: NDArray[np.uint8]
    sizes: NDArray[np.int64]
    small: NDArray[np.bool_]
    identities: Identities

    @classmethod
    def of(cls, vocabulary: Sequence[str], traits: TokenTraits) -> "Lettering":
        """Take the letters off the tokens."""
        capital = [plain(token) for token in vocabulary]
        written = [
            token if kind in (ATOM, OPEN, CLOSE) else token.rstrip("&R0123456789!")
            for token, kind in zip(capital, traits.kind.tolist(), strict=True)
        ]
        sizes = np.array([len(token) for token in written], np.int64)
        letters = np.zeros((len(written), int(sizes.max(initial=1))), np.uint8)
        for row, token in zip(letters, written, strict=True):
            row[: len(token)] = np.frombuffer(token.encode("ascii"), np.uint8)
        small = [a != b for a, b in zip(capital, vocabulary, strict=True)]
        identities = Identities.of(vocabulary, traits)
        return cls(traits, letters, sizes, np.array(small, np.bool_), identities)

    def texts(self, words: NDArray[np.int32], lengths: NDArray[np.int64]) -> list[str]:
        """Return the SMILES of words whose rings close, `(n, longest)` of given lengths."""
        longest = int(self.sizes.max()) + _LABEL
        out = np.empty(int(lengths.sum()) * longest + 1, np.uint8)
        ends = np.zeros(len(lengths) + 1, np.int64)
        _letter_pass(words, lengths, self.traits, self.letters, self.sizes, out, ends[1:])
        bounds = ends.tolist()
        text = out[: bounds[-1]].tobytes().decode("ascii")
        return [text[a:b] for a, b in pairwise(bounds)]

    def aromatic(self, words: NDArray[np.int32], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many aromatic atoms each word has, int64, `(n,)`."""
        inside = np.arange(words.shape[1]) < lengths[:, None]
        return np.asarray((self.small[words] & inside).sum(1), np.int64)
