"""The parts of our kernels, with their priors.

Descriptors and structure counts are what a surrogate without transfer has; source predictions
enter linearly (a source that is nearly the answer, and the only part that ranks beyond the
observed range) and through a Matern-5/2; trunk features likewise.
"""

import math

from loop.surrogate.kernels import Part
from loop.surrogate.store import ASSAY, COUNTS, FEATURES, PREDICTIONS, REALS, FeatureStore


def target_parts(store: FeatureStore, *, assays: bool = True) -> tuple[Part, ...]:
    """Return Matern-5/2 on descriptors and Tanimoto on counts, as far as there are such.

    Args:
        store: Features of the pool.
        assays: Whether cheap measurements are among them, each linearly.
    """
    parts = []
    if REALS in store.reals:
        middle = math.exp(math.sqrt(2.0)) * math.sqrt(store.dimension(REALS))
        parts.append(
            Part(
                "descriptors",
                "matern",
                distance=f"{REALS}:distance",
                scale=middle,
                scale_spread=math.sqrt(3.0),
            )
        )
    if store.has_counts:
        parts.append(Part("structure counts", "gram", gram=f"{COUNTS}:tanimoto"))
    return (*parts, *(assay_parts(store) if assays else ()))


def assay_parts(store: FeatureStore) -> tuple[Part, ...]:
    """Return the linear part of every cheap measurement."""
    names = [name for name, _ in store.assays]
    return tuple(
        Part(name, "gram", gram=f"{ASSAY}:{i}", variance=0.3) for i, name in enumerate(names)
    )


def linear_part(store: FeatureStore, kind: str, variance: float = 0.3) -> tuple[Part, ...]:
    """Return the linear part of a block, or nothing if there is no such block."""
    if kind not in store.reals:
        return ()
    return (Part(f"{_WORDS[kind]}, linear", "gram", gram=f"{kind}:product", variance=variance),)


def smooth_part(store: FeatureStore, kind: str, variance: float = 0.3) -> tuple[Part, ...]:
    """Return Matern-5/2 of a block, or nothing; length scale around the usual distance."""
    if kind not in store.reals:
        return ()
    usual = math.sqrt(2.0 * store.dimension(kind))
    label = f"{_WORDS[kind]}, smooth"
    part = Part(label, "matern", distance=f"{kind}:distance", variance=variance, scale=usual)
    return (part,)


def product_part(store: FeatureStore) -> tuple[Part, ...]:
    """Return Matern-5/2 on source predictions times structure, as far as both are there.

    The term g2(f) g3(x) of affine model transfer (see `loop.surrogate.affine`): g3 goes by
    structure counts or, without counts, linearly by descriptors.
    """
    structure = COUNTS if store.has_counts else REALS
    if PREDICTIONS not in store.reals or (structure == REALS and REALS not in store.reals):
        return ()
    return (
        Part(
            "source predictions times structure",
            "matern*gram",
            gram=f"{COUNTS}:tanimoto" if structure == COUNTS else f"{REALS}:product",
            distance=f"{PREDICTIONS}:distance",
            scale=math.sqrt(2.0 * store.dimension(PREDICTIONS)),
        ),
    )


def source_parts(store: FeatureStore, linear_variance: float = 0.3) -> tuple[Part, ...]:
    """Return the four parts through which sources enter, as far as their blocks are there."""
    return (
        *linear_part(store, PREDICTIONS, linear_variance),
        *smooth_part(store, PREDICTIONS),
        *linear_part(store, FEATURES),
        *smooth_part(store, FEATURES),
    )


_WORDS = {
    PREDICTIONS: "source predictions",
    FEATURES: "source features",
    REALS: "descriptors",
}
