"""One campaign: what it found, what waits, what it rests on."""

import streamlit as st

from dashboard.parts import batch, history, lab, model, results
from dashboard.parts.door import door, in_words
from dashboard.parts.plain_text import plain
from loop.report import charts

PARTS = {
    "Batch": batch.show,
    "Results": results.show,
    "Lab": lab.show,
    "Model": model.show,
    "History": history.show,
}


def show() -> None:
    """Draw the page."""
    with in_words():
        campaigns = door().queries.campaigns()
        if not campaigns:
            st.info("No campaign yet. See one run: `synthloop demo`.")
            return
        slugs = [s.slug for s in campaigns]
        wanted = st.query_params.get("c", slugs[0])
        if wanted not in slugs:
            st.error(f"There is no campaign {wanted!r} here. Choose one of {len(slugs)}.")
        index = slugs.index(wanted) if wanted in slugs else None
        slug = st.selectbox("Campaign", slugs, index=index)
        if slug is None:
            return
        st.query_params["c"] = slug
        view = door().queries.view(slug)
        watch(slug, view.summary.version)
        s = view.summary
        st.title(plain(s.title))
        st.write(f"{s.objective} [{s.unit}]. {s.status}, round {s.round_number} {s.round_state}.")
        if s.waiting_for:
            st.info(f"Waits for {s.waiting_for}.")
        for warning in view.warnings:
            st.warning(plain(warning))
        cells = st.columns(4)
        best = "–" if s.best_value is None else f"{s.best_value:.4g} {s.unit}"
        cells[0].metric("Best so far", best, help=plain(s.best_label) or None)
        cells[1].metric("Experiments", f"{s.n_experiments} of {s.budget}")
        cells[2].metric("Measured / failed", f"{view.n_measured} / {view.n_failed}")
        cost = "–" if view.cost is None else f"{view.cost:g} {view.definition.budget.currency}"
        cells[3].metric("Cost", cost)
        if view.ranking:
            st.plotly_chart(charts.best_so_far(view), key="best")
            st.write(plain(charts.best_in_words(view)))
        # Bound to the address: a recorded result must not throw the chemist back to the first tab,
        # and a link can lead to what is due.
        tabs = st.tabs(list(PARTS), key="part", on_change="rerun", bind="query-params")
        for tab, part in zip(tabs, PARTS.values(), strict=True):
            if tab.open:
                with tab:
                    part(view)


@st.fragment(run_every=5)
def watch(slug: str, version: int) -> None:
    """Say when the page is older than the ledger."""
    if door().queries.version(slug) != version and st.button("New facts: show them"):
        st.rerun()
