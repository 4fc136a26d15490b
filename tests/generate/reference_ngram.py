"""The language model once more, slowly and by the book: Python tuples instead of hashes."""

import math
from collections import Counter, defaultdict

from loop.generate.smiles_tokens import tokenize


class Reading:
    """Tokens so far as nested lists, so that nothing is contracted by arithmetic."""

    def __init__(self):
        self.context = []
        self.saved = []
        self.rings = []
        self.stars = 0
        self.graph = []  # atom -> parent
        self.at = None

    def path(self, atom):
        steps = []
        while atom is not None:
            steps.append(atom)
            atom = self.graph[atom]
        return steps

    def span(self):
        if not self.rings or self.at is None:
            return 0
        here, there = self.path(self.at), self.path(self.rings[-1])
        common = next((a for a in here if a in there), None)
        if common is None:
            return 0
        return min(here.index(common) + there.index(common) + 1, 15)

    def state(self):
        return (
            bool(self.graph),
            bool(self.saved),
            min(self.stars, 7),
            len(self.rings),
            self.span(),
        )

    def push(self, token):
        if token.endswith("(") and not token.startswith("["):
            self.saved.append((list(self.context), self.at))
            self.context.append(token)
        elif token == ")":
            before, self.at = self.saved.pop()
            inside = self.context[len(before) : len(before) + 2]
            self.context = before + inside + [")"]
        elif token.endswith("&"):
            self.rings.append(self.at)
            self.context.append(token)
        elif token.lstrip("-=#$:/\\.").startswith("R"):
            del self.rings[len(self.rings) - 1 - int(token.rpartition("R")[2])]
            self.context.append(token)
        else:
            self.graph.append(None if token.startswith(".") else self.at)
            self.at = len(self.graph) - 1
            self.stars += "*" in token
            self.context.append(token)


class ReferenceNgram:
    def __init__(self, smiles, order):
        self.order = order
        self.counts = defaultdict(Counter)
        self.vocabulary = set()
        self.most_rings = 0
        for text in smiles:
            reading = Reading()
            opened = 0
            for token in tokenize(text):
                opened += token.endswith("&") - token.lstrip("-=#$:/\\.").startswith("R")
                self.most_rings = max(self.most_rings, opened)
                self.vocabulary.add(token)
                for key in self.keys(reading, order):
                    self.counts[key][token] += 1
                if token != "!":
                    reading.push(token)

    def keys(self, reading, order):
        begun, branch, stars, rings, span = reading.state()
        state = (begun, branch, stars, min(rings, self.most_rings), span)
        return [
            (
                tuple(reading.context[len(reading.context) - k :]),
                state if k else (*state[:4], None),
            )
            for k in range(min(order, len(reading.context)) + 1)
        ]

    def conditional(self, reading, token, order, interpolation, temperature, floor):
        p = 1.0 / (len(self.vocabulary) + 1)
        for k, key in enumerate(self.keys(reading, order)):
            seen = self.counts.get(key)
            if seen is None:
                continue
            total = sum(n ** (1 / temperature) for n in seen.values())
            own = seen[token] ** (1 / temperature) / total if token in seen else 0.0
            share = floor if k == 0 else interpolation
            p = (1 - share) * own + share * p
        return p

    def log_probability(self, smiles, **how):
        reading, total = Reading(), 0.0
        for token in tokenize(smiles):
            total += math.log(self.conditional(reading, token, **how))
            if token != "!":
                reading.push(token)
        return total
