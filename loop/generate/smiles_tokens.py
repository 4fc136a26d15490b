"""SMILES as words of a language: tokens whose ring closures are counted instead of numbered.

A token is an atom, a branch or ring mark, with the bond before it. A ring opens with `&` and is
closed by `R0` for the ring opened last, `R1` for the one before, and so on, as in XenonPy's iQSPR
(Ikebata et al., J. Comput.-Aided Mol. Des. 31, 379 (2017)): ring numbers carry no meaning, so a
model that saw them would learn nothing from them.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

END: Final = "!"
RING: Final = "&"
ATOM, OPEN, CLOSE, RING_OPEN, RING_CLOSE, STOP = range(6)
"""Kinds of tokens."""
MOST_RINGS: Final = 90
_PIECE: Final = re.compile(r"\[[^\[\]]+\]|Br|Cl|%\d\d|[BCNOPSFIbcnops*]|[()\d]|[-=#$:/\\.]")
_TOKEN: Final = re.compile(r"([-=#$:/\\.]*)(?:(\()|(\))|(&)|R(\d+)|(!)|(.+))")
BONDS: Final = frozenset("-=#$:/\\.")
_ORDERS: Final = {"=": 2, "#": 3, "$": 4, ".": 0}
_FNV_BASIS: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3


def tokenize(smiles: str) -> list[str]:
    """Return the tokens of a SMILES, the end mark last.

    Raises:
        ValueError: it holds a sign that no SMILES has, or its rings or branches do not close.
    """
    tokens: list[str] = []
    rings: list[str] = []
    bond, read, depth = "", 0, 0
    for match in _PIECE.finditer(smiles):
        piece = match[0]
        if match.start() != read:
            break
        depth += (piece == "(") - (piece == ")")
        if depth < 0:
            break
        read = match.end()
        if piece in BONDS:
            bond += piece
            continue
        number = piece.lstrip("%")
        if number.isdigit():
            tokens.append(bond + _ring_token(number, rings))
        else:
            tokens.append(bond + piece)
        bond = ""
    if read != len(smiles) or not tokens:
        raise ValueError(f"no SMILES: sign {read + 1} of {smiles!r} cannot be read")
    if rings or depth or bond:
        what = "ring" if rings else "branch" if depth else "bond"
        raise ValueError(f"no SMILES: a {what} of {smiles!r} is left open")
    tokens.append(END)
    return tokens


def _ring_token(number: str, rings: list[str]) -> str:
    if number not in rings:
        rings.insert(0, number)
        return RING
    place = rings.index(number)
    del rings[place]
    return f"R{place}"


def token_code(token: str) -> int:
    """Return the FNV-1a digest of a token, 64 bits; equal in every vocabulary."""
    code = _FNV_BASIS
    for byte in token.encode():
        code = ((code ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return code


class TokenTraits(NamedTuple):
    """What the grammar must know of each token of a vocabulary; compiled code takes it as it is.

    Attributes:
        kind: One of the kinds above, int8, `(v,)`.
        order: Order of the bond before it, 1 where none is written, int8, `(v,)`.
        bonded: Whether a bond is written before it, bool, `(v,)`.
        place: Which open ring it closes, 0 the last one, int16, `(v,)`.
        star: Whether it is an end of a polymer chain, bool, `(v,)`.
        code: Digests of the tokens, uint64, `(v,)`.
    """

    kind: NDArray[np.int8]
    order: NDArray[np.int8]
    bonded: NDArray[np.bool_]
    place: NDArray[np.int16]
    star: NDArray[np.bool_]
    code: NDArray[np.uint64]

    @classmethod
    def of(cls, vocabulary: Sequence[str]) -> "TokenTraits":
        """Read the traits of every token off its text."""
        size = len(vocabulary)
        made = cls(
            np.zeros(size, np.int8),
            np.ones(size, np.int8),
            np.zeros(size, np.bool_),
            np.zeros(size, np.int16),
            np.zeros(size, np.bool_),
            np.array([token_code(token) for token in vocabulary], np.uint64),
        )
        for i, token in enumerate(vocabulary):
            made._read(i, token)
        return made

    def _read(self, i: int, token: str) -> None:
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise ValueError(f"{token!r} is no token of a SMILES")
        bond, *marks, place, end, atom = match.groups()
        kinds = (OPEN, CLOSE, RING_OPEN)
        self.kind[i] = next((k for k, mark in zip(kinds, marks, strict=True) if mark), ATOM)
        if place is not None:
            self.kind[i] = RING_CLOSE
            self.place[i] = int(place)
        if end is not None:
            self.kind[i] = STOP
        self.bonded[i] = bool(bond)
        self.order[i] = _ORDERS.get(bond[-1:], 1)
        self.star[i] = atom is not None and "*" in atom
