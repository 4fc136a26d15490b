"""How a model learns when it is not the network that several sources share."""

from typing import Annotated, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from loop.core.base import Frozen

Activation = Literal["silu", "relu", "tanh", "elu"]


class Architecture(Frozen):
    """A network, and how it is trained.

    Attributes:
        hidden: Widths of the hidden layers; the last one is the feature vector.
        members: Networks that differ in their seed; predictions are averaged, features joined.
        epochs: Passes over the training rows.
        fewest_steps: Steps at least; few rows are passed more often for them.
        batch: Rows per step.
        learning_rate: Highest rate of the one-cycle schedule of AdamW.
        weight_decay: Of AdamW.
        input_dropout: Share of inputs set to zero in training.
        dropout: Share of each hidden layer's values set to zero in training.
        activation: Between the layers.
    """

    hidden: Annotated[tuple[int, ...], Field(min_length=1, max_length=8)] = (384, 192, 64)
    members: Annotated[int, Field(ge=1, le=16)] = 2
    epochs: Annotated[int, Field(ge=1, le=1000)] = 40
    fewest_steps: Annotated[int, Field(ge=1, le=100_000)] = 300
    batch: Annotated[int, Field(ge=8)] = 512
    learning_rate: Annotated[float, Field(gt=0, le=0.1)] = 3e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    input_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.05
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    activation: Activation = "silu"


SINGLE: Final = Architecture(hidden=(192, 96, 32), epochs=30, batch=128, learning_rate=2e-3)
"""For the network of one source."""


class Design(Architecture):
    """One member of a population.

    Attributes:
        inputs: What it reads of the descriptors.
    """

    members: Annotated[int, Field(ge=1, le=1)] = 1
    inputs: Literal["all", "reals", "counts"] = "all"


class Shotgun(Frozen):
    """A population of networks of one source whose architectures were drawn at random.

    Attributes:
        designs: The members as they were drawn; written down, so that no later release of a
            random generator can draw others.
        features: Whether the last hidden layers are given to surrogates, beside the mean of
            the predictions.
    """

    kind: Literal["shotgun"] = "shotgun"
    designs: Annotated[tuple[Design, ...], Field(min_length=1, max_length=1000)]
    features: bool = False


class BoostedTrees(Frozen):
    """Gradient boosting on histograms, as scikit-learn's HistGradientBoostingRegressor.

    Attributes:
        trees: How many.
        leaves: Of a tree, at most.
        learning_rate: Share of each tree that is taken.
        rows_per_leaf: At least.
        l2: Penalty on the values of leaves.
    """

    kind: Literal["trees"] = "trees"
    trees: Annotated[int, Field(ge=1, le=5000)] = 300
    leaves: Annotated[int, Field(ge=2, le=1024)] = 15
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.06
    rows_per_leaf: Annotated[int, Field(ge=1)] = 8
    l2: Annotated[float, Field(ge=0)] = 1.0


class KernelModel(Frozen):
    """The mean of a Gaussian process, for sources with few rows.

    Attributes:
        kind: "gp": linear plus Matérn-5/2; "ridge": linear alone, which is ridge regression
            with the penalty of largest evidence.
        rows: Rows taken at most, those with the smallest hashes: cost grows with their cube.
        tuning_rows: Rows at most on which the kernel's parameters are found.
    """

    kind: Literal["gp", "ridge"] = "gp"
    rows: Annotated[int, Field(ge=20, le=4000)] = 2000
    tuning_rows: Annotated[int, Field(ge=20, le=2000)] = 400


class Layer(Frozen):
    """One layer of a user's own network.

    Attributes:
        kind: "linear", "layer-norm" and "batch-norm" (as in evaluation) have weights.
        name: Of its weights: `name.weight`, `name.bias`, as in a torch state dict.
        eps: Of a norm.
    """

    kind: Literal[
        "linear", "layer-norm", "batch-norm",
        "silu", "relu", "tanh", "elu", "gelu", "sigmoid", "softplus", "leaky-relu",
    ]  # fmt: skip
    name: str = ""
    eps: Annotated[float, Field(gt=0)] = 1e-5


class Given(Frozen):
    """A user's own model, kept as it is.

    Attributes:
        kind: "onnx": a program for ONNX Runtime; "layers": plain weights and the layers below.
        digest: SHA-256 of the file.
        output: Name of the output that is read; the only one if empty.
        column: Its column with the property.
        layers: Of kind "layers", first to last.
    """

    kind: Literal["onnx", "layers"]
    digest: str
    output: str = ""
    column: Annotated[int, Field(ge=0)] = 0
    layers: tuple[Layer, ...] = ()

    @model_validator(mode="after")
    def _layers_where_asked(self) -> Self:
        if bool(self.layers) != (self.kind == "layers"):
            raise ValueError("layers are declared for plain weights, and only for them")
        return self


Learner = Annotated[Shotgun | BoostedTrees | KernelModel | Given, Field(discriminator="kind")]
KINDS: Final = ("trunk", "single", "shotgun", "trees", "gp", "ridge")
"""What can be trained here. "trunk" is one network for several sources, "single" one of its own."""


def drawn(members: int, seed: int, *, features: bool = False, counts: bool = True) -> Shotgun:
    """Return a population of random architectures.

    XenonPy's pretrained networks were drawn in this way (Yamada et al., ACS Cent. Sci. 2019, 5,
    1717): the spread of their representations, not the best of them, is what a small target
    chooses from. Depth, widths (falling towards the output), activation, dropout, learning rate
    and inputs vary.

    Args:
        members: How many.
        seed: Of the draw.
        features: Whether surrogates get the last hidden layers.
        counts: Whether there are counts among the inputs, so that members can read them alone.
    """
    rng = np.random.default_rng(seed)
    designs = [_design(rng) for _ in range(members)]
    if not counts:
        designs = [design.model_copy(update={"inputs": "all"}) for design in designs]
    return Shotgun(designs=tuple(designs), features=features)


def _design(rng: np.random.Generator) -> Design:
    depth = int(rng.integers(1, 5))
    widths = sorted((int(w) for w in np.exp2(rng.uniform(4, 8, depth))), reverse=True)
    activation: Activation = ("silu", "relu", "tanh", "elu")[int(rng.integers(4))]
    inputs: Literal["all", "reals", "counts"] = ("all", "all", "reals", "counts")[
        int(rng.integers(4))
    ]
    return Design(
        hidden=tuple(widths),
        epochs=int(rng.integers(20, 41)),
        batch=128,
        learning_rate=float(np.round(10 ** rng.uniform(-3.3, -2.3), 6)),
        input_dropout=float(np.round(rng.uniform(0.0, 0.2), 3)),
        dropout=float(np.round(rng.uniform(0.0, 0.2), 3)),
        activation=activation,
        inputs=inputs,
    )
