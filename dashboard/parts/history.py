"""All facts, newest first."""

import pandas as pd
import streamlit as st

from dashboard.parts.door import ask, door, in_words
from loop.service.views import CampaignView


def show(view: CampaignView) -> None:
    """Draw the rounds, the comment form and the events."""
    slug = view.summary.slug
    st.header("Rounds")
    st.dataframe(
        pd.DataFrame(
            [
                {"round": r.number, "state": r.state.value, "chosen by": r.chosen_by,
                 "candidates": ", ".join(i.item.candidate.label for i in r.items),
                 "released by": r.approved_by, "end": r.end_reason}
                for r in view.rounds
            ]
        ),
        hide_index=True,
        width="stretch",
    )  # fmt: skip
    with st.form("comment", clear_on_submit=True):
        text = st.text_input("Comment")
        if st.form_submit_button("Add"):
            with in_words():
                request = ask(f"comment {text}", view.summary.version)
                door().service.comment(slug, text, "", request)
                st.rerun()
    st.header("Events")
    lines = reversed(door().queries.history(slug))
    st.dataframe(
        pd.DataFrame(
            [
                {"no.": x.seq, "time": x.time.isoformat(timespec="seconds"), "who": x.actor,
                 "what": x.kind, "": x.text}
                for x in lines
            ]
        ),
        hide_index=True,
        width="stretch",
    )  # fmt: skip
