"""What a SENAITE holds and how its workflows move: the double's memory, without HTTP.

From senaite.core 2: senaite_sample_workflow, senaite_analysis_workflow, their guards and events,
the columns and indexes of its catalogs, the history of remarks.
"""

import html
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

Object = dict[str, Any]

WITHOUT_REMARKS = ("cancelled", "published", "invalid")
DETACHED = ("cancelled", "rejected", "retracted")
SAMPLE_MOVES = {
    "receive": ({"sample_due"}, "sample_received"),
    "cancel": ({"sample_due", "sample_received"}, "cancelled"),
    "reject": ({"sample_due", "sample_received", "to_be_verified", "verified"}, "rejected"),
    "dispatch": ({"sample_due", "sample_received"}, "dispatched"),
    "submit": ({"sample_received"}, "to_be_verified"),
    "verify": ({"to_be_verified"}, "verified"),
    "publish": ({"verified"}, "published"),
    "invalidate": ({"verified", "published"}, "invalid"),
    "rollback_to_receive": ({"to_be_verified"}, "sample_received"),
}
ANALYSIS_MOVES = {
    "submit": ({"unassigned", "assigned"}, "to_be_verified"),
    "verify": ({"to_be_verified"}, "verified"),
    "retest": ({"to_be_verified"}, "verified"),
    "retract": ({"to_be_verified"}, "retracted"),
    "reject": ({"unassigned", "assigned", "to_be_verified"}, "rejected"),
}
BY_HAND = {"receive", "cancel", "reject", "dispatch", "publish", "invalidate"}


class TransitionError(Exception):
    """The object is in a state without this way out."""


@dataclass
class SenaiteSite:
    """The database of one site, with a client, its contact, and some services."""

    users: dict[str, tuple[str, list[str]]]
    lock: RLock = field(default_factory=RLock)
    objects: dict[str, Object] = field(default_factory=dict)
    clock_skew: float = 0.0
    unnamed: int = 0
    refuses_silently: bool = False
    _numbers: dict[str, int] = field(default_factory=dict)

    def now(self) -> str:
        stamp = datetime.now(UTC) + timedelta(seconds=self.clock_skew)
        return stamp.isoformat(timespec="seconds")

    def add(self, portal_type: str, parent: str, prefix: str, **fields: Any) -> Object:
        """Make an object with an ID of SENAITE's own."""
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        name = fields.pop("id", f"{prefix}{self._numbers[prefix]:04d}")
        made = {
            "portal_type": portal_type, "uid": uuid.uuid4().hex, "id": name, "title": name,
            "parent_uid": parent, "review_state": "active", "created": self.now(),
            "order": len(self.objects), **fields,
        }  # fmt: skip
        self.objects[made["uid"]] = made
        return made

    def of_type(self, portal_type: str) -> list[Object]:
        return [o for o in self.objects.values() if o["portal_type"] == portal_type]

    def named(self, portal_type: str, key: str, value: str) -> Object:
        return next(o for o in self.of_type(portal_type) if o.get(key) == value)

    def samples(self, order_id: str) -> list[Object]:
        found = self.of_type("AnalysisRequest")
        return [sample for sample in found if sample["ClientSampleID"] == order_id]

    def analyses(self, sample: str) -> list[Object]:
        return [a for a in self.of_type("Analysis") if a["parent_uid"] == sample]

    def ancestors(self, analysis: Object) -> list[str]:
        """UIDs of the sample of an analysis and, if that is a partition, of the whole."""
        sample = self.objects[analysis["parent_uid"]]
        return [uid for uid in (sample["uid"], sample["ParentAnalysisRequest"]) if uid]

    def create_sample(self, record: Object, **more: Any) -> Object:
        """Make a sample with its analyses. The client sample ID may be there already."""
        remarks = [self._remark(record["Remarks"])] if record.get("Remarks") else []
        sample = self.add(
            "AnalysisRequest", record["parent_uid"], "P-", review_state="sample_due",
            ClientSampleID=record.get("ClientSampleID", ""),
            ClientReference=record.get("ClientReference", ""), Contact=record["Contact"],
            SampleType=record["SampleType"], DateSampled=record["DateSampled"], Remarks=remarks,
            Attachment=[], ParentAnalysisRequest="", Invalidated="", RejectionReasons=[], **more,
        )  # fmt: skip
        # Each service once, however often it is asked for.
        for uid in dict.fromkeys(record["Analyses"]):
            self.add_analysis(sample["uid"], self.objects[uid], "registered")
        return sample

    def add_analysis(self, sample: str, service: Object, state: str, retest_of: str = "") -> Object:
        keyword = service["Keyword"]
        of_service = [a for a in self.analyses(sample) if a["Keyword"] == keyword]
        name = f"{keyword}-{len(of_service)}" if of_service else keyword
        return self.add(
            "Analysis", sample, "analysis-", id=name, title=service["title"], Keyword=keyword,
            Unit=service["Unit"], Result="", DetectionLimitOperand="", review_state=state,
            ResultCaptureDate=None, Analyst="", RetestOf=retest_of, Attachment=[],
            ResultOptions=service["ResultOptions"], service=service["uid"],
        )  # fmt: skip

    def _remark(self, content: str, user: str = "synthloop") -> Object:
        return {
            "id": uuid.uuid4().hex, "user_id": user, "user_name": "", "created": self.now(),
            "content": _washed(content),
        }  # fmt: skip

    def write(self, target: Object, record: Object, user: str) -> None:
        """Set fields as the API does; then move, if asked to. What is done before an error stays.

        Raises:
            PermissionError: the result is locked.
            TransitionError: there is no such way out of the state.
        """
        for name, value in record.items():
            self._set(target, name, value, user)
        transition = record.get("transition")
        if transition and (not self.refuses_silently or transition in self.ways_out(target)):
            self.move(target, transition)

    def _set(self, target: Object, name: str, value: Any, user: str) -> None:
        if name == "Remarks" and target["review_state"] in WITHOUT_REMARKS:
            raise PermissionError("Not allowed to set the field 'Remarks'")
        if name == "Remarks" and isinstance(value, str):
            target["Remarks"].insert(0, self._remark(value, user))
        elif name == "Result":
            if target["review_state"] not in {"unassigned", "assigned"}:
                raise PermissionError("Not allowed to set the field 'Result'")
            # The sign of a detection limit is kept apart from the number.
            sign = value[:1] if value[:1] in {"<", ">"} else ""
            allowed = self.objects[target["service"]]["AllowManualDetectionLimit"]
            target["DetectionLimitOperand"] = sign if allowed else ""
            target["Result"] = value[len(sign) :].strip()
            target["ResultCaptureDate"] = self.now()
        elif name not in {"transition", "uid", "id"}:
            target[name] = value

    def move(self, target: Object, transition: str) -> None:
        """Move an object along its workflow, with what SENAITE moves along with it."""
        if target["portal_type"] == "Analysis":
            self._move_analysis(target, transition)
        elif transition not in BY_HAND or not self._step(target, SAMPLE_MOVES, transition):
            raise TransitionError(transition)
        else:
            self._after_sample(target, transition)

    def ways_out(self, target: Object) -> list[str]:
        moves = ANALYSIS_MOVES if target["portal_type"] == "Analysis" else SAMPLE_MOVES
        open_ways = [name for name in moves if target["review_state"] in moves[name][0]]
        return [name for name in open_ways if self._guard(target, name)]

    def _step(self, target: Object, moves: Any, transition: str) -> bool:
        before, after = moves.get(transition, ((), ""))
        if target["review_state"] not in before or not self._guard(target, transition):
            return False
        target["review_state"] = after
        return True

    def _guard(self, target: Object, transition: str) -> bool:
        if target["portal_type"] == "Analysis":
            return transition != "submit" or bool(target["Result"])
        states = [a["review_state"] for a in self.analyses(target["uid"])]
        counted = [state for state in states if state not in DETACHED]
        match transition:
            case "cancel":
                return all(state in {"unassigned", "registered"} for state in counted)
            case "submit":
                return bool(counted) and not {"assigned", "unassigned", "registered"} & set(counted)
            case "verify":
                return bool(counted) and set(counted) <= {"verified"}
            case "rollback_to_receive":
                return bool({"assigned", "unassigned"} & set(counted)) or not counted
        return True

    def _move_analysis(self, analysis: Object, transition: str) -> None:
        if not self._step(analysis, ANALYSIS_MOVES, transition):
            raise TransitionError(transition)
        sample = self.objects[analysis["parent_uid"]]
        if transition in {"retest", "retract"}:
            service = self.objects[analysis["service"]]
            self.add_analysis(sample["uid"], service, "unassigned", retest_of=analysis["uid"])
        # AutoVerifySamples is on, as SENAITE is delivered.
        for follow in ("rollback_to_receive", "submit", "verify"):
            self._step(sample, SAMPLE_MOVES, follow)

    def _after_sample(self, sample: Object, transition: str) -> None:
        analyses = self.analyses(sample["uid"])
        ending = {"cancel": "cancelled", "reject": "rejected", "receive": "unassigned"}
        for analysis in analyses:
            if transition in ending and analysis["review_state"] not in DETACHED:
                analysis["review_state"] = ending[transition]
            if transition == "publish" and analysis["review_state"] == "verified":
                analysis["review_state"] = "published"
        if transition == "invalidate":
            self._repeat(sample, analyses)

    def _repeat(self, sample: Object, analyses: list[Object]) -> None:
        """Make the sample that takes the place of an invalid one: a copy that points to it."""
        counted = [a["service"] for a in analyses if a["review_state"] not in DETACHED]
        record = {**sample, "Analyses": counted, "Remarks": ""}
        copy = self.create_sample(record, id=f"{sample['id']}-R01")
        copy["Invalidated"] = sample["uid"]
        self.move(copy, "receive")

    def split(self, sample: Object, keywords: set[str]) -> Object:
        """Make a partition, to which these analyses go over."""
        record = {**sample, "Analyses": [], "Remarks": ""}
        part = self.create_sample(record, id=f"{sample['id']}-P01")
        part.update(ParentAnalysisRequest=sample["uid"], review_state=sample["review_state"])
        for analysis in self.analyses(sample["uid"]):
            if analysis["Keyword"] in keywords:
                analysis["parent_uid"] = part["uid"]
        return part


def _washed(content: str) -> str:
    """A remark as it is kept: what does not look like HTML becomes a paragraph of it."""
    if content.startswith("<p>"):
        return content
    return "<p>{}</p>".format(html.escape(content.strip(), quote=False).replace("\n", "<br>"))
