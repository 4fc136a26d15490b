"""Which analyses of a sample count: a retest takes the place of what it repeats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from lims_adapters.senaite.client import Item
from lims_adapters.senaite.samples import uid_of

_VOID: Final = frozenset({"retracted", "rejected", "cancelled"})


@dataclass(frozen=True)
class Analysis:
    """An analysis of a sample.

    Attributes:
        uid: SENAITE's key.
        name: Its ID; a retest has the keyword with a number.
        sample: UID of the sample or partition that it hangs under.
        keyword: Of its service.
        state: Of its workflow.
        retest_of: UID of the analysis that it repeats, if it does.
        item: As it came.
    """

    uid: str
    name: str
    sample: str
    keyword: str
    state: str
    retest_of: str
    item: Item = field(repr=False)

    @classmethod
    def read(cls, item: Item) -> "Analysis":
        """Return the analysis of an item of a list, or of a whole object."""
        return cls(
            uid=str(item["uid"]),
            name=str(item.get("id") or item["uid"]),
            sample=str(item.get("parent_uid") or ""),
            keyword=str(item.get("getKeyword") or item.get("Keyword") or ""),
            state=str(item.get("review_state") or ""),
            retest_of=uid_of(item.get("getRetestOfUID")) or uid_of(item.get("RetestOf")),
            item=item,
        )

    def attachments(self) -> list[str]:
        """Return the UIDs of the files that come with it."""
        return [uid for part in self.item.get("Attachment") or () if (uid := uid_of(part))]


def by_sample(items: Iterable[Item]) -> dict[str, list[Analysis]]:
    """Return the analyses by the UID of the sample or partition that they hang under."""
    found: dict[str, list[Analysis]] = {}
    for item in items:
        analysis = Analysis.read(item)
        found.setdefault(analysis.sample, []).append(analysis)
    return found


def current(analyses: Sequence[Analysis]) -> list[Analysis]:
    """Return the analyses that count: none that was repeated, retracted, rejected or cancelled.

    A retested analysis stays `verified` beside the new one, so that the state alone does not say
    which of the two holds.
    """
    repeated = {analysis.retest_of for analysis in analyses}
    return [a for a in analyses if a.uid not in repeated and a.state not in _VOID]
