"""Do routes to a polymer lead back to its monomers? Pairs of SMiPoly's virtual polymers.

Run as `python -m tests.benchmarks.polymer_routes [pairs per class]`. It needs the shared data
beside the checkout. `top 1` and `top 10`: the recorded monomers, both and no other, are the first
or among the first ten routes. Once with an empty stock, so that only the rules rank, and once with
SMiPoly's whole monomer list as stock. The last line draws 100 polymers of two monomers from the
whole library, as it comes.
"""

import sys
import time

import pandas as pd
from rdkit import Chem, rdBase

from loop.makeability.polymer_routes import PolymerRoutes
from loop.makeability.stock import StockList
from tests.benchmarks.smipoly_monomers import LIBRARIES, monomers

SEED = 11
PAIRS = 100


def recorded(row: pd.Series) -> tuple[str, ...]:
    """Return the monomers of a row, sorted."""
    cells = (row["monomer_1"], row["monomer_2"])
    return tuple(sorted(Chem.CanonSmiles(cell) for cell in cells if isinstance(cell, str)))


def report(name: str, rows: pd.DataFrame, stocks: tuple[StockList, ...]) -> None:
    planner = PolymerRoutes(PolymerRoutes.Config())
    shares: list[float] = []
    start = time.process_time()
    for stock in stocks:
        first = tenth = 0
        for _, row in rows.iterrows():
            routes = planner.routes(row["psmiles"], stock, 10)
            found = [route.starting_materials for route in routes]
            first += recorded(row) in found[:1]
            tenth += recorded(row) in found
        shares += [first / len(rows), tenth / len(rows)]
    spent = (time.process_time() - start) / len(rows) / len(stocks)
    print(f"{name:28} {len(rows):5}  " + "  ".join(f"{s:6.2f}" for s in shares), end="")
    print(f"  {1e3 * spent:6.1f}", flush=True)


def main() -> None:
    rdBase.DisableLog("rdApp.*")
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    table = pd.read_csv(LIBRARIES / "smipoly_virtual_polymers.csv.gz")
    stocks = (StockList(), StockList([*monomers(), "[C-]#[O+]"]))
    print("                                     no stock        stock of monomers")
    print("class                            n   top 1  top 10   top 1  top 10  CPU ms")
    for polymer_class, rows in table.groupby("polymer_class"):
        for kind, part in (
            ("pair", rows["monomer_2"].notna()),
            ("single", rows["monomer_2"].isna()),
        ):
            if part.any():
                chosen = rows[part].sample(min(size, int(part.sum())), random_state=SEED)
                report(f"{polymer_class}, {kind}", chosen, stocks)
    pairs = table[table["monomer_2"].notna()].sample(PAIRS, random_state=SEED)
    report("100 pairs of the library", pairs, stocks)


if __name__ == "__main__":
    main()
