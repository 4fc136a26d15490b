"""Results: entering them, handing in worksheets, correcting."""

import pandas as pd
import streamlit as st

from dashboard.parts.door import ask, door, in_words
from loop.errors import DataError
from loop.service.entry import result_of
from loop.service.views import CampaignView

_STATUS = ["measured", "failed in synthesis", "failed in measurement", "needs follow-up"]


def show(view: CampaignView) -> None:
    """Draw what is due, the forms and what is recorded."""
    due = [o for o in view.orders if o.status.value == "accepted"]
    st.header(f"{len(due)} results due")
    if due:
        enter(view)
        hand_in(view)
    st.header("Recorded")
    recorded(view)
    if view.measurements:
        correct(view)


def enter(view: CampaignView) -> None:
    """Draw the form for one result; the value is text, parsed on the server."""
    due = {o.order_id: o for o in view.orders if o.status.value == "accepted"}
    slug, version = view.summary.slug, view.summary.version
    with st.form("enter"):
        st.subheader("Enter a result")
        order = st.selectbox("Order", due, format_func=lambda i: f"{due[i].label} ({i})")
        prop = st.selectbox("Property", list(view.definition.properties))
        unit = view.definition.properties[prop].unit
        value = st.text_input("Value", help="For example 0.151, < 0.1 or 0.151 ± 0.002")
        given = st.text_input("Unit", value=unit)
        replicate = st.number_input("Replicate", min_value=1, step=1)
        status = st.selectbox("Status", _STATUS)
        note = st.text_input("Note (for a failure: why)")
        if st.form_submit_button("Record"):
            with in_words():
                number = door().service.parse_value(slug, value) if value.strip() else None
                result = result_of(order, prop, status, number, given, int(replicate), value, note)
                form = f"enter {order} {value} {replicate}"
                door().service.record_results(slug, [result], "dashboard", ask(form, version))
                st.rerun()


def hand_in(view: CampaignView) -> None:
    """Draw the worksheet: down, and up again with a dry run."""
    slug, version = view.summary.slug, view.summary.version
    st.subheader("Worksheet")
    st.download_button("Download the worksheet", door().service.worksheet(slug), f"{slug}.xlsx")
    file = st.file_uploader("Hand in a filled-in worksheet", type=["xlsx", "csv"])
    if file is None:
        return
    content = file.getvalue()
    batch = door().service.preview_file(slug, file.name, content)
    if batch.problems:
        st.error(
            str(DataError("It would be refused; nothing is recorded.", problems=batch.problems))
        )
        return
    st.dataframe(
        pd.DataFrame(
            [
                {"order": r.order_id, "outcome": r.outcome.value, "property": r.property,
                 "as read": r.raw, "note": r.note}
                for r in batch.results
            ]
        ),
        hide_index=True,
    )  # fmt: skip
    if st.button(f"Record these {len(batch.results)} results"):
        with in_words():
            form = f"file {batch.content_digest}"
            door().service.record_file(slug, file.name, content, ask(form, version))
            st.rerun()


def recorded(view: CampaignView) -> None:
    """Draw the table of measurements."""
    if not view.measurements:
        st.write("Nothing is recorded yet.")
        return
    odd = {(s.order_id, s.property): s.text for s in view.surprises}
    rows = [
        {
            "candidate": m.label,
            "property": m.property,
            "value": f"{m.qualifier if m.qualifier != '=' else ''}{m.value:.4g} {m.unit}",
            "predicted": "" if m.predicted_mean is None or m.predicted_sd is None
            else f"{m.predicted_mean:.4g} ± {m.predicted_sd:.2g}",
            "as received": m.received,
            "by": m.recorded_by,
            "source": m.source,
            "withdrawn": "yes" if m.withdrawn else "",
            "look at it": "" if m.withdrawn else odd.get((m.order_id, m.property), ""),
            "corrections": len(m.corrections),
        }
        for m in view.measurements
    ]  # fmt: skip
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        column_config={"predicted": st.column_config.TextColumn(width="medium")},
    )


def correct(view: CampaignView) -> None:
    """Draw the form that corrects or withdraws; the old value stays in the history."""
    slug, version = view.summary.slug, view.summary.version
    known = {m.measurement_id: m for m in view.measurements}
    with st.expander("Correct or withdraw a measurement"), st.form("correct"):
        chosen = st.selectbox(
            "Measurement",
            known,
            format_func=lambda i: f"{known[i].label}: {known[i].value:.4g} {known[i].unit}",
        )
        value = st.text_input("Right value (empty: withdraw)")
        unit = st.text_input("Its unit", value=known[chosen].unit)
        reason = st.text_input("Reason")
        if st.form_submit_button("Record the change"):
            with in_words():
                service = door().service
                request = ask(f"correct {chosen} {value}", version)
                if value.strip():
                    number = service.parse_value(slug, value).value
                    service.correct_measurement(slug, chosen, number, unit, reason, request)
                else:
                    service.withdraw_measurement(slug, chosen, reason, request)
                st.rerun()
