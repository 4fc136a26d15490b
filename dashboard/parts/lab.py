"""The lab's own system: how the line is, what it holds, what was refused, which files came."""

import pandas as pd
import streamlit as st

from dashboard.parts.door import ask, door, in_words
from dashboard.parts.plain_text import plain
from loop.core.state import Refusal
from loop.service.views import CampaignView


def show(view: CampaignView) -> None:
    """Draw everything about the way to the lab."""
    kind = view.definition.lims.kind
    if view.lab_trouble:
        st.error(f"{kind}: {view.lab_trouble}")
    else:
        st.write(f"The lab is reached by **{kind}**; nothing is wrong with the line.")
    st.header("Orders at the lab")
    orders(view)
    st.header("Refused results")
    refused(view)
    st.header("Files")
    files(view)


def orders(view: CampaignView) -> None:
    """Draw what the lab was asked for, with its own names."""
    placed = [o for o in view.orders if o.external_id]
    if not placed:
        st.write("The lab has no order yet.")
        return
    st.dataframe(
        pd.DataFrame(
            [
                {"order": o.order_id, "candidate": o.label, "at the lab": o.external_id,
                 "state": o.status.value, "to look at": o.flag or o.reason,
                 "filed there": ", ".join(o.filed), "not filed": o.filing_problem, "open": o.url}
                for o in placed
            ]
        ),
        hide_index=True,
        width="stretch",
        column_config={"open": st.column_config.LinkColumn("open", display_text="open")},
    )  # fmt: skip


def refused(view: CampaignView) -> None:
    """Draw what was not accepted, why, and what became of it."""
    if not view.refusals:
        st.write("Nothing was refused.")
        return
    for number, refusal in enumerate(reversed(view.refusals)):
        state = refusal.settled or "waits"
        with st.expander(f"{refusal.source}: {state}", expanded=not refusal.settled):
            st.caption(f"{refusal.time.isoformat(timespec='seconds')}, {refusal.content_digest}")
            for problem in refusal.problems:
                st.write(plain(str(problem)))
            if refusal.artifact and not refusal.settled:
                replay(view, refusal, number)


def replay(view: CampaignView, refusal: Refusal, number: int) -> None:
    """Draw the button that takes a refused batch in after a fix."""
    slug = view.summary.slug
    if st.button("Take it in now", key=f"replay {number}", help="All of it or nothing"):
        with in_words():
            request = ask(f"replay {refusal.content_digest}", view.summary.version)
            for outcome in door().service.replay(slug, refusal.content_digest, request):
                if not outcome.problems:
                    st.rerun()
                for problem in outcome.problems:
                    st.error(str(problem))


def files(view: CampaignView) -> None:
    """Draw the files that came with results; one is fetched from the store when it is chosen."""
    found = door().service.files(view.summary.slug)
    if not found:
        st.write("No file came with a result.")
        return
    st.dataframe(
        pd.DataFrame(
            [
                {"candidate": x.label, "property": x.property, "file": x.file.name,
                 "bytes": x.file.size or None, "sha256": x.file.digest[:12],
                 "not kept because": x.file.problem}
                for x in found
            ]
        ),
        hide_index=True,
        width="stretch",
    )  # fmt: skip
    kept = [x for x in found if x.file.digest]
    if not kept:
        return
    chosen = st.selectbox(
        "File", range(len(kept)), format_func=lambda i: f"{kept[i].file.name} of {kept[i].label}"
    )
    file = kept[chosen].file
    with in_words():
        content = door().service.file_content(file.digest)
        # As plain bytes: a page from a lab must not be run by the browser under our address.
        st.download_button("Download", content, file.name, mime="application/octet-stream")
