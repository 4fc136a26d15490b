"""Routes planned by another program: the planner `external`.

Planners such as AiZynthFinder or Syntheseus need packages and models that do not fit beside ours.
They run as a program of their own, in their own environment: a request goes to its standard input,
routes come from its standard output, both as JSON. A small script around the planner is enough:

    request: {"schema": "synthloop/route-request/1", "target": SMILES, "limit": 10}
    answer:  {"routes": [{"log_probability": -1.2, "steps": [
                {"reaction": "...", "reactants": [SMILES, ...], "product": SMILES, "score": 0.8}]}]}

`log_probability` may be missing; the logarithms of the scores are then added up. What is in stock
is decided here, by the stock of the lab.
"""

import json
import math
import shlex
import subprocess
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from rdkit import Chem

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.generation_ports import Route, RouteStep, Stock
from loop.errors import AdapterError, Problem, RetryableAdapterError
from loop.makeability.named_reaction_routes import canonical_molecule
from loop.makeability.reaction_templates import read

_SHOWN = 10
_TAIL = 400


class _Answered(BaseModel):
    """Other programs may say more than is asked of them."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class _Step(_Answered):
    reaction: str
    reactants: list[str] = Field(min_length=1)
    product: str
    score: float = Field(default=1.0, gt=0.0, le=1.0)


class _Route(_Answered):
    steps: list[_Step] = Field(min_length=1)
    log_probability: float | None = Field(default=None, le=0.0)


class _Answer(_Answered):
    routes: list[_Route]


class ExternalRoutes:
    """Asks another program for routes, one process per target."""

    class Config(Frozen):
        """Which program.

        Attributes:
            command: Program and its arguments, as a list or as one line with quotes where an
                argument has blanks; started as it stands, without a shell.
            seconds: Most time for one target.
        """

        command: tuple[str, ...] = Field(min_length=1)
        seconds: float = Field(default=300.0, gt=0.0)

        @field_validator("command", mode="before")
        @classmethod
        def _parted(cls, value: object) -> object:
            return tuple(shlex.split(value)) if isinstance(value, str) else value

    materials: ClassVar[frozenset[str]] = frozenset({Material.MOLECULE.value})

    def __init__(self, config: Config) -> None:
        self._config = config

    def routes(self, structure: str, stock: Stock, limit: int = 10) -> tuple[Route, ...]:
        """Return the program's routes, in stock first, then by probability.

        Raises:
            DataError: the structure cannot be read.
            AdapterError: the program is not there, fails, or answers something else than routes
                to the target; the message has the end of what it complained about.
            RetryableAdapterError: it did not answer in time.
        """
        target = canonical_molecule(structure)
        answer = self._parsed(self._ask(target, limit))
        problems = [
            problem
            for number, route in enumerate(answer.routes)
            for problem in _problems(route, target, self._config.command[0], number)
        ]
        if problems:
            raise AdapterError(
                f"the routes of {self._config.command[0]} to {target} cannot be used",
                problems=problems[:_SHOWN],
            )
        routes = {_finished(route, target, stock) for route in answer.routes}
        ranked = sorted(
            routes, key=lambda r: (not r.in_stock, -r.log_probability, r.starting_materials)
        )
        return tuple(ranked[:limit])

    def _ask(self, target: str, limit: int) -> str:
        program = self._config.command[0]
        request = {"schema": "synthloop/route-request/1", "target": target, "limit": limit}
        try:
            # The command is the configuration of whoever owns this machine; no shell reads it.
            done = subprocess.run(  # noqa: S603
                self._config.command,
                input=json.dumps(request),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=self._config.seconds,
                check=False,
            )
        except OSError as cause:
            raise AdapterError(
                f"the planner {program!r} cannot be started: {cause.strerror}",
                hint="give its full path in `command`",
            ) from cause
        except subprocess.TimeoutExpired as cause:
            raise RetryableAdapterError(
                f"the planner {program!r} found no answer for {target} in "
                f"{self._config.seconds:g} s",
                hint="raise `seconds`",
            ) from cause
        if done.returncode:
            raise AdapterError(
                f"the planner {program!r} ended with code {done.returncode} for {target}: "
                f"{done.stderr.strip()[-_TAIL:] or 'it said nothing'}"
            )
        return done.stdout

    def _parsed(self, text: str) -> _Answer:
        program = self._config.command[0]
        try:
            return _Answer.model_validate_json(text)
        except ValidationError as error:
            raise AdapterError(
                f"the planner {program!r} did not answer with routes as JSON",
                hint="its standard output must hold one JSON document and nothing else",
                problems=[
                    Problem(
                        program,
                        ".".join(str(part) for part in each["loc"]) or "standard output",
                        str(each["input"]),
                        each["msg"],
                    )
                    for each in error.errors()[:_SHOWN]
                ],
            ) from error


def _problems(route: _Route, target: str, program: str, number: int) -> list[Problem]:
    found = []
    for place, step in enumerate(route.steps):
        for smiles in (*step.reactants, step.product):
            if not smiles.strip() or read(smiles) is None:
                where = f"routes.{number}.steps.{place}"
                found.append(Problem(program, where, smiles, "a SMILES that RDKit reads"))
    if not found and _canonical(route.steps[-1].product) != target:
        where, product = f"routes.{number}.steps.{len(route.steps) - 1}", route.steps[-1].product
        found.append(Problem(program, where, product, f"the target {target} as the last product"))
    return found


def _canonical(smiles: str) -> str:
    return str(Chem.MolToSmiles(read(smiles)))


def _finished(route: _Route, target: str, stock: Stock) -> Route:
    steps = tuple(
        RouteStep(
            step.reaction,
            tuple(sorted(_canonical(one) for one in step.reactants)),
            _canonical(step.product),
            step.score,
        )
        for step in route.steps
    )
    made = {step.product for step in steps}
    materials = sorted({one for step in steps for one in step.reactants} - made)
    held = stock.holds(materials)
    chance = route.log_probability
    return Route(
        target=target,
        steps=steps,
        starting_materials=tuple(materials),
        missing=tuple(one for one, has in zip(materials, held, strict=True) if not has),
        log_probability=math.fsum(math.log(s.score) for s in steps) if chance is None else chance,
    )
