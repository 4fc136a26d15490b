"""Training of one network: masked multi-task regression."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.sources.inputs import Floats
from loop.sources.learners import Architecture
from loop.sources.network import Network


def fit_network(
    x: Floats,
    targets: Floats,
    known: NDArray[np.bool_],
    architecture: Architecture,
    seed: int,
    advance: Callable[[float], None],
) -> Network:
    """Return a network trained on rows that have some of the targets each.

    The loss of a step is the mean squared error of each source over its rows in the batch,
    averaged over sources, so that a source with 300 rows counts like one with 4,000. AdamW with
    a one-cycle rate (Smith & Topin, arXiv:1708.07120). One thread and a generator of its own:
    equal inputs give equal bits.

    Args:
        x: Inputs, shape `(n, d)`.
        targets: Standardised values, shape `(n, s)`; whatever where unknown.
        known: Which targets are known, shape `(n, s)`.
        architecture: Of the network.
        seed: Of all randomness.
        advance: Told the share done.
    """
    import torch

    with _repeatable(torch, seed):
        draws = torch.Generator().manual_seed(seed)
        net = _layers(torch, x.shape[1], architecture, targets.shape[1])
        data, goal = torch.from_numpy(x), torch.from_numpy(np.where(known, targets, np.float32(0)))
        mask = torch.from_numpy(known.astype(np.float32))
        rate, batch = architecture.learning_rate, min(architecture.batch, len(x))
        per_epoch = -(-len(x) // batch)
        epochs = max(architecture.epochs, -(-architecture.fewest_steps // per_epoch))
        optimizer = torch.optim.AdamW(
            net.parameters(), lr=rate, weight_decay=architecture.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, rate, total_steps=epochs * per_epoch
        )
        for epoch in range(epochs):
            order = torch.randperm(len(x), generator=draws)
            for rows in torch.split(order, batch):
                shown = data[rows]
                seen = torch.rand(shown.shape, generator=draws) >= architecture.input_dropout
                errors = (net(shown * seen) - goal[rows]) ** 2 * mask[rows]
                loss = (errors.sum(0) / mask[rows].sum(0).clamp(min=1.0)).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            advance((epoch + 1) / epochs)
        linear = [m for m in net if isinstance(m, torch.nn.Linear)]
        return Network.rounded(
            [(m.weight.detach().numpy().T, m.bias.detach().numpy()) for m in linear]
        )


def _layers(torch: Any, inputs: int, architecture: Architecture, outputs: int) -> Any:
    activations = {
        "silu": torch.nn.SiLU, "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "elu": torch.nn.ELU,
    }  # fmt: skip
    modules: list[Any] = []
    for width in architecture.hidden:
        modules += [torch.nn.Linear(inputs, width), activations[architecture.activation]()]
        if architecture.dropout:
            modules.append(torch.nn.Dropout(architecture.dropout))
        inputs = width
    return torch.nn.Sequential(*modules, torch.nn.Linear(inputs, outputs))


@contextmanager
def _repeatable(torch: Any, seed: int) -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
