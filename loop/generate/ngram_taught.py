"""A taught language model: it rewrites pieces of parents, and is a prior over structures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import rdBase

from loop.core.generation_ports import Offspring, Vector
from loop.generate.kekule_reading import KekuleReading
from loop.generate.ngram_drawing import Edits
from loop.generate.ngram_lettering import Lettering
from loop.generate.ngram_model import SmilesModel
from loop.generate.ngram_rewriting import rewrite
from loop.generate.ngram_sampling import DEAD_END, DONE
from loop.generate.ngram_scoring import Smoothing
from loop.generate.offspring import UNCHANGED, Brood
from loop.generate.parents import Nursery, Spelled, Word, Words
from loop.generate.spelling import (
    Kekulised,
    Readable,
    UnfitStructureError,
    read,
)

_WAVES: Final = 4
"""How often what failed to be a new structure is attempted again."""
_DEAD: Final = "a new piece ran into a dead end"
_NOT_AROMATIC: Final = "a ring that was to be aromatic is not"


@dataclass(frozen=True)
class TaughtNgram:
    """A language model at work.

    Attributes:
        model: The counts.
        ends: `*` of a finished structure: 2 for polymers, 0 for molecules.
        edits: How pieces are cut out and written.
        words: Examples as they were spelled for the counts, so that those that become parents are
            not spelled anew. They change no proposal.
        examples: The same as they were read, by their text, so that they are not read anew.
    """

    model: SmilesModel
    ends: int
    edits: Edits
    words: Words = field(default_factory=dict, compare=False, repr=False)
    examples: Mapping[str, Readable] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _spelled(self) -> Spelled:
        # Parents come again from call to call: kept, they are read and spelled once.
        return Spelled(self.ends, self.model.place, dict(self.words), self.examples)

    @cached_property
    def _lettering(self) -> Lettering:
        return Lettering.of(self.model.vocabulary, self.model.traits)

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Rewrite a piece of each parent; without parents, write structures from nothing.

        A parent that cannot be read costs its attempts, with the reason; it stops nothing.
        """
        brood, reading = Brood(size), KekuleReading(self.ends)
        nursery = Nursery(parents, self._spelled)
        waiting, retries = list(range(size)), 0
        with rdBase.BlockLogs():
            for wave, entropy in enumerate(np.random.SeedSequence(seed).spawn(_WAVES)):
                drawn = _numbers(entropy, size)
                retries += len(waiting) if wave else 0
                retries += self._wave(brood, reading, nursery, waiting, drawn)
                waiting = [i for i in brood.failed() if nursery.usable(i)]
                if not waiting:
                    break
        return brood.offspring(parents, retries, self._warnings(nursery))

    def _wave(
        self,
        brood: Brood,
        reading: KekuleReading,
        nursery: Nursery,
        waiting: Sequence[int],
        drawn: NDArray[np.uint64],
    ) -> int:
        """Attempt again what waits; return how often attempts were begun anew."""
        words: list[Word] = []
        attempts: list[int] = []
        roots = (drawn[:, 0] >> np.uint64(1)).tolist()
        for attempt in waiting:
            word = nursery.word(attempt, roots[attempt])
            if isinstance(word, str):
                brood.fail(attempt, word)
            else:
                words.append(word)
                attempts.append(attempt)
        if not words:
            return 0
        coded, lettering = self._coded(words)
        seeds = drawn[attempts, 1]
        written = rewrite(self.model, coded, lettering, self.edits, seeds, self.ends)
        outcomes, aromatic = written.outcomes.tolist(), written.aromatic.tolist()
        for i, attempt in enumerate(attempts):
            if outcomes[i] != DONE:
                brood.fail(attempt, _DEAD if outcomes[i] == DEAD_END else UNCHANGED)
                continue
            found = reading.of(written.texts[i], written.codes[i])
            if isinstance(found, str):
                brood.fail(attempt, found)
            elif found.aromatic < aromatic[i]:
                brood.fail(attempt, _NOT_AROMATIC)
            else:
                brood.settle(attempt, found.key, nursery.key(attempt))
        return int(written.renewed.sum())

    def _coded(self, words: Sequence[Word]) -> tuple[list[NDArray[np.int32]], Lettering]:
        """Return words as places in one vocabulary, and how that is written."""
        strange = [word.tokens for word in words if word.tokens]
        if not strange:
            return [word.coded for word in words], self._lettering
        recoded, traits, unknown = self.model.extended(strange)
        rest = iter(recoded)
        coded = [next(rest) if word.tokens else word.coded for word in words]
        return coded, Lettering.of((*self.model.vocabulary, *unknown), traits)

    def _warnings(self, nursery: Nursery) -> tuple[str, ...]:
        known = self.model.most_rings
        if nursery.most_rings() <= known:
            return ()
        told = (
            f"some parents have more rings open at once than the examples of the language model, "
            f"{known} at most: their contexts are looked up as if they had {known}"
        )
        return (told,)

    def log_prior(self, structures: Sequence[str], smoothing: Smoothing | None = None) -> Vector:
        """Return the log probability of the canonical spelling of each structure, `(n,)`.

        A structure that is none of the generator's class has minus infinity. The prior is that
        of the counts alone: the grammar, which forbids what cannot be, is not in it.
        """
        chosen = smoothing or Smoothing()
        chosen = replace(chosen, order=min(chosen.order, self.model.order))
        scores = np.full(len(structures), -np.inf)
        spelled, rows = [], []
        with rdBase.BlockLogs():
            for i, structure in enumerate(structures):
                try:
                    readable = read(structure, self.ends)
                except UnfitStructureError:
                    continue
                spelled.append(canonical_spelling(readable))
                rows.append(i)
        scores[rows] = self.model.log_probability(spelled, chosen)
        return scores


def canonical_spelling(readable: Readable) -> str:
    """Return the spelling that is the same however a structure was written."""
    molecule = read(readable.key, readable.key.count("*")).molecule
    return Kekulised.of(molecule).spelled(-1)


def _numbers(entropy: np.random.SeedSequence, size: int) -> NDArray[np.uint64]:
    """Return two numbers per attempt: for the root of its spelling and for the writing."""
    return entropy.generate_state(2 * size, np.uint64).astype(np.uint64).reshape(size, 2)
