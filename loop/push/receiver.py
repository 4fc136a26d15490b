"""What becomes of one delivery: verified, recognised, taken in, answered.

Nothing here knows HTTP beyond the status that an answer carries.
"""

import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import SecretStr, ValidationError

from loop.core.canonical import digest
from loop.core.events import Actor
from loop.core.identity import content_id
from loop.core.result import LabResult, Outcome
from loop.errors import ConflictError, DataError, LabAccessError, NotFoundError, Problem
from loop.push.config import PushConfig, SenderConfig
from loop.push.deliveries import Answer, Delivery, DeliveryBook
from loop.push.messages import Fault, Push, Recorded, Refused, Woken
from loop.push.pace import Pace
from loop.push.signature import Stamp, rung_by_sampledb, signed_by
from loop.service.ask import Ask
from loop.service.campaigns import CampaignService

_NONCE = re.compile(r"[\w.:-]{8,64}", re.ASCII)
_ATTEMPTS: Final = 5


class DeliveryRefusedError(Exception):
    """A delivery is answered with an error and leaves no trace.

    Attributes:
        status: HTTP status.
        reason: For the sender.
        retry_after: Seconds after which it may try again; 0 if that would not help.
    """

    def __init__(self, status: int, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.status, self.reason, self.retry_after = status, reason, retry_after


class Receiver:
    """Takes deliveries in, one at a time: two of the same nonce at once meet the first answer."""

    def __init__(
        self,
        config: PushConfig,
        service: CampaignService,
        book: DeliveryBook,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.config = config
        self._service = service
        self._book = book
        self._now = now
        self._lock = threading.Lock()
        self._paces = {
            name: Pace(sender.per_minute, time.monotonic) for name, sender in config.senders.items()
        }

    def take_results(self, slug: str, path: str, stamp: Stamp, body: bytes) -> Answer:
        """Take in a delivery of results, all or nothing.

        Raises:
            DeliveryRefusedError: it may not come in, or cannot for now.
        """
        sender = self._verified(stamp, path, body)
        self._admit(stamp.sender, sender, slug)
        found = digest(path.encode() + b"\n" + body)
        with self._lock:
            known = self._book.find(stamp.sender, stamp.nonce)
            if known is not None:
                if known.digest != found:
                    raise DeliveryRefusedError(
                        409, "this nonce was used for another delivery; make a new one for each"
                    )
                return known.answer
            answer = self._record(slug, stamp, body)
            self._book.keep(stamp.sender, stamp.nonce, Delivery(found, answer))
            return answer

    def take_bell(self, slug: str, name: str, signature: str, body: bytes) -> Answer:
        """Check a webhook of SampleDB; what it says is never believed, only asked about.

        Raises:
            DeliveryRefusedError: it may not come in.
        """
        sender = self.config.senders.get(name)
        if sender is None or sender.form != "sampledb":
            raise _unknown()
        if not rung_by_sampledb(_secret(sender).get_secret_value(), signature, body):
            raise _unknown()
        self._admit(name, sender, slug)
        return Answer(202, Woken().model_dump_json())

    def _verified(self, stamp: Stamp, path: str, body: bytes) -> SenderConfig:
        sender = self.config.senders.get(stamp.sender)
        if sender is None or sender.form != "synthloop":
            raise _unknown()
        if not signed_by(_secret(sender).get_secret_value(), stamp, path, body):
            raise _unknown()
        # Only who proved to be the sender is told what is wrong with its stamp.
        if not _NONCE.fullmatch(stamp.nonce):
            raise DeliveryRefusedError(401, "a nonce is 8 to 64 letters, digits, and . : _ -")
        now = int(self._now())
        sent = int(stamp.timestamp) if re.fullmatch(r"\d{1,12}", stamp.timestamp) else 0
        if abs(now - sent) > self.config.window_seconds:
            raise DeliveryRefusedError(
                401,
                f"the timestamp {stamp.timestamp[:20]!r} is more than {self.config.window_seconds} "
                f"s from the time here, {now}; stamp and sign again, with the same nonce",
            )
        return sender

    def _admit(self, name: str, sender: SenderConfig, slug: str) -> None:
        if slug not in sender.campaigns:
            raise DeliveryRefusedError(403, f"{name} may not write to the campaign {slug!r}")
        wait = self._paces[name].take()
        if wait:
            raise DeliveryRefusedError(
                429, f"{name} may come {sender.per_minute} times a minute", retry_after=wait
            )

    def _record(self, slug: str, stamp: Stamp, body: bytes) -> Answer:
        try:
            results = _results(Push.model_validate_json(body), stamp.sender)
        except ValidationError as error:
            return _refused("the delivery cannot be read", _faults(error))
        except DataError as error:
            return _refused(error.message, [_fault(p, ()) for p in error.problems])
        actor = Actor(name=stamp.sender, kind="lab")
        ask = Ask(actor, command_id=content_id("push", slug, stamp.sender, stamp.nonce))
        source = f"pushed by {stamp.sender}"
        for _ in range(_ATTEMPTS):
            try:
                outcome = self._service.record_results(slug, results, source, ask)
            except ConflictError:
                # The worker wrote meanwhile: what was checked is checked anew against that.
                continue
            except NotFoundError as error:
                raise DeliveryRefusedError(404, error.message) from error
            except DataError as error:
                return _refused(error.message, [_fault(p, results) for p in error.problems])
            told = Recorded(
                version=outcome.version,
                recorded=outcome.n_recorded,
                corrected=outcome.n_corrected,
                known=outcome.n_known,
                ended=outcome.n_ended,
            )
            return Answer(200, told.model_dump_json())
        raise DeliveryRefusedError(503, "the campaign is busy; send the same again", retry_after=1)


def _secret(sender: SenderConfig) -> SecretStr:
    try:
        return sender.secret.read()
    except LabAccessError as error:
        # Its place is our business, not the sender's: the log of the door names it.
        raise DeliveryRefusedError(503, "the door cannot read its secrets", 60) from error


def _unknown() -> DeliveryRefusedError:
    return DeliveryRefusedError(
        401, "not signed by a sender that is known here; see the API's description for the form"
    )


def _results(push: Push, sender: str) -> list[LabResult]:
    found: list[LabResult] = []
    problems: list[Problem] = []
    for number, result in enumerate(push.results):
        for field, value in (("property", result.property), ("value", result.value)):
            if result.outcome is Outcome.MEASURED and value in {"", None}:
                place = f"results[{number}].{field}"
                problems.append(Problem("delivery", place, "nothing", f"a {field}"))
        if not problems:
            found.append(result.as_lab_result(sender, number))
    if problems:
        raise DataError("the delivery cannot be used", problems=problems)
    return found


def _refused(error: str, faults: Sequence[Fault]) -> Answer:
    return Answer(422, Refused(error=error, problems=tuple(faults)).model_dump_json())


def _faults(error: ValidationError) -> list[Fault]:
    found: list[Fault] = []
    for one in error.errors(include_url=False):
        place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in one["loc"])
        shown = str(one["input"])[:80] if one["type"] != "missing" else "nothing"
        found.append(Fault(place=place.lstrip(".") or "body", value=shown, expected=one["msg"]))
    return found


def _fault(problem: Problem, results: Sequence[LabResult]) -> Fault:
    """Name the field: the intake names the result and what stood there."""
    place = problem.place
    result = next((r for r in results if r.place == place), None)
    if result is not None:
        if problem.value == result.order_id:
            place += ".order_id"
        elif problem.value == result.property:
            place += ".property"
        elif problem.expected.startswith(("a unit", "a value with its unit")):
            place += ".unit"
        elif result.outcome is Outcome.MEASURED:
            place += ".value"
        else:
            place += ".outcome"
    return Fault(place=place, value=problem.value, expected=problem.expected)
