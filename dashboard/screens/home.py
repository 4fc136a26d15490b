"""The list of campaigns."""

import pandas as pd
import streamlit as st

from dashboard.parts.door import door, in_words


def show() -> None:
    """Draw the page."""
    st.title("Campaigns")
    with in_words():
        campaigns = door().queries.campaigns()
        if not campaigns:
            st.info(
                "No campaign yet. See one run: `synthloop demo`. Begin your own: `synthloop new`."
            )
            return
        st.dataframe(
            pd.DataFrame(
                {
                    "campaign": [f"/campaign?c={s.slug}" for s in campaigns],
                    "goal": [s.objective for s in campaigns],
                    "best": [
                        "" if s.best_value is None else f"{s.best_value:.4g} {s.unit}"
                        for s in campaigns
                    ],
                    "best candidate": [s.best_label for s in campaigns],
                    "experiments": [f"{s.n_experiments} of {s.budget}" for s in campaigns],
                    "round": [f"{s.round_number} {s.round_state}" for s in campaigns],
                    "state": [s.status for s in campaigns],
                    "waits for": [s.waiting_for for s in campaigns],
                }
            ),
            hide_index=True,
            width="stretch",
            column_config={
                "campaign": st.column_config.LinkColumn(
                    "campaign", display_text=r"c=(.*)$", help="Open the campaign"
                )
            },
        )
