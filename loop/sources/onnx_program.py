"""A program in ONNX form, run by ONNX Runtime on one thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from loop.errors import MissingExtraError, ModelError
from loop.sources.inputs import Floats

_PROBE: Final = 3
_TYPES: Final = {"tensor(float)": np.float32, "tensor(double)": np.float64}


@dataclass(frozen=True)
class OnnxProgram:
    """The bytes of a program and what is asked of it.

    Attributes:
        content: Of the file.
        output: Name of the output; the only one if empty.
        inputs: Number of columns that it is given.
        column: Column of the output that is read.
    """

    content: bytes
    output: str
    inputs: int
    column: int

    def ready(self) -> Callable[[Floats], Any]:
        """Return what answers inputs `(n, d)`.

        Raises:
            MissingExtraError: ONNX Runtime is not installed.
            ModelError: the program cannot be loaded, or reads or gives other shapes; the message
                says which, and what was expected.
        """
        session = self._session()
        read = session.get_inputs()
        if len(read) != 1:
            names = ", ".join(i.name for i in read)
            raise self._refused(f"it has {len(read)} inputs ({names}); expected one")
        if read[0].type not in _TYPES:
            raise self._refused(
                f"its input {read[0].name!r} is {read[0].type}; expected tensor(float)"
            )
        shape, dtype = read[0].shape, _TYPES[read[0].type]
        if len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != self.inputs):
            raise self._refused(
                f"its input {read[0].name!r} has shape {shape}; the declared blocks give "
                f"[n, {self.inputs}]"
            )
        output = self._output([o.name for o in session.get_outputs()])

        def ask(x: Floats) -> Any:
            try:
                return session.run([output], {read[0].name: x.astype(dtype)})[0]
            except _errors() as error:
                raise self._refused(f"it fails on {x.shape[0]} rows: {_first(error)}") from error

        self._probe(ask)
        return ask

    def _session(self) -> Any:
        try:
            import onnxruntime
        except ImportError as cause:
            raise MissingExtraError(
                "a source model in ONNX form needs ONNX Runtime, which is not installed",
                hint='pip install "synthloop[onnx]"',
            ) from cause
        options = onnxruntime.SessionOptions()
        # Equal bits on machines with other numbers of cores.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            return onnxruntime.InferenceSession(
                self.content, options, providers=["CPUExecutionProvider"]
            )
        except _errors() as error:
            raise self._refused(f"it cannot be loaded: {_first(error)}") from error

    def _output(self, names: list[str]) -> str:
        if self.output in names:
            return self.output
        if self.output or len(names) != 1:
            wanted = repr(self.output) if self.output else "the only output"
            raise self._refused(f"it has the outputs {', '.join(names)}; asked for {wanted}")
        return names[0]

    def _probe(self, ask: Callable[[Floats], Any]) -> None:
        shape = np.shape(ask(np.zeros((_PROBE, self.inputs), dtype=np.float32)))
        columns = shape[1] if len(shape) == 2 else 1
        if len(shape) not in {1, 2} or shape[0] != _PROBE or self.column >= columns:
            raise self._refused(
                f"it answers {_PROBE} rows with shape {list(shape)}; expected [{_PROBE}] or "
                f"[{_PROBE}, k] with k > {self.column}"
            )

    def _refused(self, why: str) -> ModelError:
        return ModelError(
            f"the ONNX model cannot be used: {why}",
            hint="export it again with one input [n, d] and mend its card",
        )


def _errors() -> tuple[type[Exception], ...]:
    """Return the errors of ONNX Runtime, which have no common base but Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    found = (getattr(state, name) for name in dir(state))
    own = (e for e in found if isinstance(e, type) and issubclass(e, Exception))
    return (*own, ValueError)


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
