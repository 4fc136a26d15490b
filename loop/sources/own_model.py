"""A user's own model: an ONNX program, or plain weights with declared layers.

No format that can carry code is read. A pickled module runs whatever it likes when it is loaded;
`torch.export.load` and TorchScript archives unpickle too ("never load data from an untrusted
source", documentation of torch.export). ONNX is a graph of operators that ONNX Runtime knows,
and safetensors are arrays. A torch module comes as one of both: `torch.onnx.export`, or
`safetensors.torch.save_file(module.state_dict(), ...)` with its layers named in the card.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from loop.errors import ModelError
from loop.sources.body import Answer, Tensors
from loop.sources.inputs import Floats
from loop.sources.layer_stack import LayerStack
from loop.sources.learners import Given
from loop.sources.onnx_program import OnnxProgram

_PREFIX: Final = "own."
_PROGRAM: Final = "program.onnx"


@dataclass(frozen=True)
class OwnModel:
    """What answers, and how its answer is standardised.

    Attributes:
        program: What its author made.
        given: How it was declared.
        standard: Mean and standard deviation of its training values, on its own scale.
    """

    program: OnnxProgram | LayerStack
    given: Given
    standard: tuple[float, float]

    @property
    def width(self) -> int:
        """It gives no features."""
        return 0

    def ready(self) -> Answer:
        """Return what answers.

        Raises:
            MissingExtraError: ONNX Runtime is not installed.
            ModelError: the program cannot be used, or later gives no finite number.
        """
        ask, column, (centre, scale) = self.program.ready(), self.given.column, self.standard

        def answer(x: Floats) -> tuple[Floats, Floats]:
            told = np.asarray(ask(x), dtype=np.float64)
            found = told.reshape(len(x), -1)[:, column]
            if not np.isfinite(found).all():
                row = int(np.flatnonzero(~np.isfinite(found))[0])
                raise ModelError(
                    f"the own model {self.given.digest[:12]} gives {found[row]} for one of the "
                    "structures; expected a finite number",
                    hint="mend the model, or name the source in exclude_sources under [surrogate]",
                )
            standardised = ((found - centre) / scale).astype(np.float32)
            return standardised[:, None], np.zeros((len(x), 0), dtype=np.float32)

        return answer

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name; a program is its bytes."""
        if isinstance(self.program, OnnxProgram):
            return {_PREFIX + _PROGRAM: np.frombuffer(self.program.content, dtype=np.uint8)}
        return {_PREFIX + name: value for name, value in self.program.weights.items()}

    @classmethod
    def of(cls, tensors: Tensors, given: Given, inputs: int, standard: tuple[float, float]) -> Self:
        """Return what `tensors` gave.

        Raises:
            KeyError: an array is missing.
            ValueError: the weights are not those of the declared layers.
        """
        if given.kind == "onnx":
            content = tensors[_PREFIX + _PROGRAM].tobytes()
            return cls(OnnxProgram(content, given.output, inputs, given.column), given, standard)
        weights = {
            name.removeprefix(_PREFIX): value
            for name, value in tensors.items()
            if name.startswith(_PREFIX)
        }
        stack = LayerStack(given.layers, weights)
        outputs = stack.outputs(inputs)
        if given.column >= outputs:
            raise ValueError(f"column {given.column} of {outputs} outputs")
        return cls(stack, given, standard)
