"""Classification from few labels: phases of compounds, and orders saved in a closed loop.

    python -m tests.benchmarks.classify phases [--seeds 6]
    python -m tests.benchmarks.classify loop [--seeds 5]

`phases`: metal, gap up to 3 eV, wider, from measured band gaps (`inorganic/matbench_expt_gap` of the
shared data); a random forest of balanced classes and a logistic regression beside the classifier, on
the same rows drawn with the classes in proportion, 1,000 others foreseen. Macro recall is of the most
probable class, and of the class that is most probable in relation to its share, which is what
balancing asks for.

`loop`: the demo's search, in a lab that cannot make candidates of one region of the pool: with and
without `[feasibility]`, same seeds and budget. Every campaign is printed.
"""

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from loop.backtest.variation import varied
from loop.core.candidate import Material
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.describe import describe_texts
from loop.service.ask import Ask
from loop.service.plugins import PluginLookup
from loop.settings import Settings
from loop.surrogate.phase_classifier import PhaseClassifier
from loop.wiring import build

SLUG = "thermal-liquid"
SHIPPED = Path(__file__).parents[2] / "campaigns" / SLUG / "campaign.toml"

SHARED = Path(__file__).parents[3] / "shared" / "data"
SIZES = (30, 100, 300, 1000)
FORESEEN = 1000
REGIONS = {
    "no hydrogen-bond donor can be made": "[O,N;!H0]",
    "no O-H can be made": "[OX2H]",
    "no amine can be made": "[NX3;!$(N*=[O,S,N])]",
    "no halide can be made": "[F,Cl,Br,I]",
}


def band_gap_classes(folder):
    path = folder / "inorganic" / "matbench_expt_gap.csv.gz"
    if not path.exists():
        raise SystemExit(f"{path} is not there: phases need the shared data")
    table = pd.read_csv(path, keep_default_na=False, na_values="")
    formulas = list(table["formula"])
    labels = np.digitize(table["band_gap_expt_ev"], [1e-9, 3.0])
    block = build_block(BlockSpec.model_validate({"kind": "element-statistics"}))
    described = describe_texts([block], Material.COMPOSITION, formulas)[0]
    usable = np.setdiff1d(np.arange(len(labels)), list(described.failures))
    return np.asarray(described.values)[usable], labels[usable]


def models(seed):
    return {
        "gp-classifier": PhaseClassifier(seed=seed),
        "random forest": RandomForestClassifier(
            200, class_weight="balanced_subsample", min_samples_leaf=2, random_state=seed
        ),
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)),
    }


def phases(n_seeds):
    x, labels = band_gap_classes(SHARED)
    print(f"classes {np.bincount(labels).tolist()}, {x.shape[1]} descriptors")
    print("n, model: macro recall (balanced), log loss, Brier; mean ± se over splits")
    for n in SIZES:
        rows = {}
        for seed in range(n_seeds):
            x_fit, x_test, y_fit, y_test = train_test_split(
                x, labels, train_size=n, test_size=FORESEEN, stratify=labels, random_state=seed
            )
            shares = np.bincount(y_fit, minlength=3) / n
            for name, model in models(seed).items():
                p = model.fit(x_fit, y_fit).predict_proba(x_test)
                seen = np.clip(p[np.arange(FORESEEN), y_test], 1e-3, None)
                scores = (
                    recall_score(y_test, p.argmax(1), average="macro"),
                    recall_score(y_test, (p / shares).argmax(1), average="macro"),
                    -np.log(seen).mean(),
                    ((p - np.eye(3)[y_test]) ** 2).sum(1).mean(),
                )
                rows.setdefault(name, []).append(scores)
        for name, found in rows.items():
            mean, se = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(n_seeds)
            told = [f"{m:.3f} ± {s:.3f}" for m, s in zip(mean, se, strict=True)]
            print(f"{n:5d} {name:20s} {told[0]} ({told[1]})  {told[2]}  {told[3]}", flush=True)


def write_pool(folder, cache, smarts):
    table = PluginLookup().load("synthloop.datasets", "thermal-liquid")().load(cache)
    pattern = Chem.MolFromSmarts(smarts)
    fails = [
        float(Chem.MolFromSmiles(s).HasSubstructMatch(pattern)) for s in table.columns["smiles"]
    ]
    columns = {**table.columns, "fails": fails}
    with (folder / "pool.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def write_campaign(home, cache, smarts, seed, *, learns):
    text = varied(
        SHIPPED.read_text(encoding="utf-8"),
        {
            ("seed",): 20261124 + seed,
            ("lims", "seed"): 11 + seed,
            ("lims", "synthesis_failure_column"): "fails",
            ("initial", "kind"): "random",
            ("surrogate", "kind"): "gp",
            ("feasibility", "kind"): "gp-classifier" if learns else "off",
        },
        str(SHIPPED),
    ).replace('dataset = "thermal-liquid"', 'file = "pool.csv"')
    folder = home / "campaigns" / SLUG
    folder.mkdir(parents=True)
    write_pool(folder, cache, smarts)
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    return folder / "campaign.toml"


def campaign(cache, smarts, seed, *, learns):
    """Return failed orders, the best value, and how many of the best 1 % that can be made."""
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        settings = Settings(workspace=home, actor="benchmark")
        settings.state_folder.mkdir(parents=True)
        (settings.state_folder / "cache").symlink_to(cache)
        door = build(settings)
        try:
            path = write_campaign(home, cache, smarts, seed, learns=learns)
            door.service.open(path, Ask.by("benchmark"))
            door.worker.run(SLUG)
            truth, measured = door.queries.truth(SLUG)
            view, events = door.queries.view(SLUG), door.queries.events(SLUG)
            labels = door.queries.described_pool(SLUG).labels
        finally:
            door.close()
        with (path.parent / "pool.csv").open(encoding="utf-8") as file:
            told = {row["name"]: float(row["fails"]) for row in csv.DictReader(file)}
    makeable = np.flatnonzero([told[label] == 0 for label in labels])
    top = makeable[np.argsort(-truth[makeable])[: max(1, round(0.01 * len(makeable)))]]
    used = [
        b.body.round_number
        for b in events
        if getattr(b.body, "feasibility", None) and b.body.feasibility.used
    ]
    best = truth[measured].max() / truth[makeable].max()
    return view.n_failed, best, len(set(top) & set(measured.tolist())), used[:1]


def closed_loop(n_seeds):
    with tempfile.TemporaryDirectory() as kept:
        for region, smarts in REGIONS.items():
            rows = {True: [], False: []}
            for seed in range(n_seeds):
                for learns in (False, True):
                    found = campaign(Path(kept), smarts, seed, learns=learns)
                    rows[learns].append(found[:3])
                    name = "with" if learns else "without"
                    first = f", used from round {found[3][0]}" if found[3] else ""
                    print(
                        f"{region}, seed {seed}, {name}: {found[0]} of 40 orders failed, best "
                        f"{found[1]:.1%} of the best that can be made, {found[2]} of its top 1 %{first}",
                        flush=True,
                    )
            without, with_ = np.mean(rows[False], axis=0), np.mean(rows[True], axis=0)
            print(
                f"{region}, mean of {n_seeds} seeds: failed {without[0]:.1f} without, {with_[0]:.1f} "
                f"with; best {without[1]:.1%}, {with_[1]:.1%}; top 1 % {without[2]:.1f}, {with_[2]:.1f}",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=["phases", "loop"])
    parser.add_argument("--seeds", type=int)
    given = parser.parse_args()
    if given.part == "phases":
        phases(given.seeds or 6)
    else:
        closed_loop(given.seeds or 5)


if __name__ == "__main__":
    main()
