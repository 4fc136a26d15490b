"""Do routes to molecules lead back to what they were made of, and how far does a stock reach?

Run as `python -m tests.benchmarks.routes [products] [molecules]`. The blocks, and the stock, are
the molecules of the table `molecule-properties`; a target is never counted as in stock itself.

Part 1 makes products by the templates forward, every reaction as likely as every other, from blocks
drawn at random; `top 1` and `top 10`: the very blocks are the starting materials of the first, or of
one of the first ten routes. A likelier way that the planner finds is counted against it: another set
of blocks may make the same product. Then the same for products of two reactions in a row.

Part 2 takes molecules that our templates did not make: measured compounds of the shared data
(lipophilicity: drug-like; ESOL: small and mostly commodity, once the table's own are taken out of
the stock). `from stock`: at least one route of at most three steps from stock alone.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pandas as pd
from rdkit import Chem, rdBase

from loop.datasets.molecule_properties import MoleculeProperties
from loop.generate.reactions import ReactionGenerator, TaughtReactions
from loop.makeability.named_reaction_routes import NamedReactionRoutes
from loop.makeability.stock import StockList

SHARED = Path(__file__).parents[3] / "shared" / "data" / "molecules"
SEED = 11


class Without:
    """A stock that does not hold the target."""

    def __init__(self, stock: StockList, target: str) -> None:
        self._stock, self._target = stock, target

    def holds(self, smiles: Sequence[str]) -> np.ndarray:
        return self._stock.holds(smiles) & np.array([s != self._target for s in smiles])

    def digest(self) -> str:
        return self._stock.digest()


def made(taught: TaughtReactions, size: int) -> list[tuple[str, tuple[str, ...], str]]:
    """Return products, the blocks they were made of, and the reaction; one product each."""
    offspring = taught.propose([], 3 * size, SEED)
    found = {}
    for product, note in zip(offspring.structures, offspring.notes, strict=True):
        name, _, reactants = note.partition(": ")
        found.setdefault(product, (product, tuple(sorted(reactants.split(" + "))), name))
    return list(found.values())[:size]


def made_twice(
    first: list[tuple[str, tuple[str, ...], str]], blocks: list[str], size: int
) -> list[tuple[str, tuple[str, ...], str]]:
    """Return products of two reactions: one of `first` reacts on with a block."""
    before = {product: (reactants, name) for product, reactants, name in first}
    some = np.random.default_rng(SEED).choice(len(blocks), 2000, replace=False)
    again = ReactionGenerator(ReactionGenerator.Config()).teach(
        [*before, *(blocks[i] for i in some)]
    )
    found = []
    for product, reactants, name in made(again, 20 * size):
        links = [one for one in reactants if one in before]
        if len(links) == 1:
            materials, earlier = before[links[0]]
            others = [one for one in reactants if one != links[0]]
            found.append((product, tuple(sorted({*materials, *others})), f"{earlier}, then {name}"))
    return found[:size]


def recovery(
    products: list[tuple[str, tuple[str, ...], str]], stock: StockList, steps: int
) -> list[str]:
    """Print a row; return the reactions of what was not recovered."""
    planner = NamedReactionRoutes(NamedReactionRoutes.Config(steps=steps))
    first = tenth = 0
    lost = []
    start = time.process_time()
    for product, reactants, name in products:
        routes = planner.routes(product, Without(stock, product), 10)
        # The same block twice is one entry of a shopping list.
        found = [set(route.starting_materials) for route in routes]
        first += set(reactants) in found[:1]
        tenth += set(reactants) in found
        if set(reactants) not in found:
            lost.append(name)
    spent = (time.process_time() - start) / len(products)
    name = f"{'blocks as stock' if len(stock) else 'no stock'}, up to {steps} steps"
    print(f"{name:34} {first / len(products):6.3f} {tenth / len(products):7.3f} {spent:9.2f}")
    return lost


def reach(name: str, stock: StockList, size: int) -> None:
    table = pd.read_csv(SHARED / f"{name}.csv.gz")
    chosen = table["smiles"].sample(size, random_state=SEED)
    planner = NamedReactionRoutes(NamedReactionRoutes.Config())
    from_stock = any_route = n = 0
    start = time.process_time()
    for text in chosen:
        smiles = Chem.CanonSmiles(text)
        if "." in smiles:
            continue
        n += 1
        routes = planner.routes(smiles, Without(stock, smiles), 1)
        any_route += bool(routes)
        from_stock += any(route.in_stock for route in routes)
    share = from_stock / n
    error = (share * (1 - share) / n) ** 0.5
    spent = (time.process_time() - start) / n
    print(f"{name:16} {n:5} {share:10.3f} ± {error:.3f} {any_route / n:10.3f} {spent:9.2f}")


def main() -> None:
    rdBase.DisableLog("rdApp.*")
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    others = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    table = MoleculeProperties().load(Path(gettempdir()) / "synthloop-benchmark")
    blocks = [str(smiles) for smiles in table.columns["smiles"]]
    stock = StockList(blocks)
    taught = ReactionGenerator(ReactionGenerator.Config()).teach(blocks)
    products = made(taught, size)
    names = {name for _, _, name in products}
    print(f"{len(products)} products of {len(names)} reactions, {len(blocks)} blocks")
    print(f"{'recovery of the blocks':34} {'top 1':>6} {'top 10':>7} {'CPU s':>9}")
    lost = recovery(products, stock, 3)
    recovery(products, stock, 1)
    recovery(products, StockList(), 1)
    recovery(products, StockList(), 3)
    print("not recovered, blocks as stock:", ", ".join(sorted(lost)) or "none")
    twice = made_twice(products, blocks, size // 2)
    print(f"{len(twice)} products of two reactions in a row")
    recovery(twice, stock, 3)
    recovery(twice, StockList(), 3)
    print(f"\n{'not made by us':16} {'n':>5} {'from stock':>18} {'any route':>10} {'CPU s':>9}")
    for name in ("lipophilicity", "esol"):
        if SHARED.is_dir():
            reach(name, stock, others)


if __name__ == "__main__":
    main()
