"""How far the model can be trusted."""

import streamlit as st

from dashboard.parts.plain_text import plain
from loop.report import charts, model_words
from loop.service.views import CampaignView


def show(view: CampaignView) -> None:
    """Draw the checks of the newest model."""
    reports = [(r.number, r.report) for r in view.rounds if r.report is not None]
    if not reports:
        st.info("No model yet: the rounds so far rest on the initial design.")
        return
    number, report = reports[-1]
    st.header(f"Model of round {number}")
    st.plotly_chart(charts.parity(report, view.summary.unit), key="parity")
    for line in model_words.about_model(report, view.summary.unit):
        st.write(plain(line))
    for warning in report.warnings:
        st.warning(plain(warning))
    if report.notes:
        st.info(" ".join(f"{note[:1].upper()}{note[1:]}." for note in report.notes))
    told = model_words.transfer_in_words(report, view.summary.unit)
    if told:
        st.subheader("What other properties contributed")
        for line in told:
            st.write(plain(line))
    st.table({name: f"{value:.4g}" for name, value in report.hyperparameters.items()})
