"""The current batch: structures, predictions, reasons, the person's word."""

import base64

import pandas as pd
import streamlit as st

from dashboard.parts.door import ask, door, in_words
from dashboard.parts.plain_text import plain
from loop.service.views import CampaignView, ItemView, RoundView


def show(view: CampaignView) -> None:
    """Draw the batch of the current round."""
    current = view.current_round
    if current is None or not current.items:
        st.info(f"No batch is proposed yet. Propose one: `synthloop propose {view.summary.slug}`")
        return
    st.header(f"Round {current.number}: {current.state.value}")
    st.write(f"{current.chosen_by}, out of {current.n_considered} candidates.")
    waiting = current.state.value == "proposed"
    columns = st.columns(min(4, len(current.items)))
    for number, item in enumerate(current.items):
        with columns[number % len(columns)].container(border=True):
            card(view, item, waiting=waiting)
    if any(item.plan is not None for item in current.items):
        making(view.summary.slug, current)
    if waiting:
        release(view, current)


def card(view: CampaignView, shown: ItemView, *, waiting: bool) -> None:
    """Draw one candidate."""
    item, slug = shown.item, view.summary.slug
    identity = item.candidate.candidate_id
    svg = door().queries.drawing(slug, identity)
    if svg:
        picture(svg)
    st.write(f"**{item.position}. {plain(item.candidate.label)}**")
    if item.candidate.recipe:
        st.write(plain(item.candidate.recipe_words))
    prediction(shown, view.summary.unit)
    if shown.measured is not None:
        st.success(f"measured {shown.measured:.4g} {view.summary.unit}")
    elif shown.rejected:
        st.warning(f"rejected: {plain(shown.rejected)}")
    elif shown.order is not None:
        st.write(f"{shown.order.status.value} {plain(shown.order.reason)}")
    elif waiting:
        with st.form(f"reject {identity}", border=False):
            reason = st.text_input("Reason to reject", key=f"reason {identity}")
            if st.form_submit_button("Reject"):
                with in_words():
                    version = view.summary.version
                    door().service.reject_item(
                        slug, identity, reason, ask(f"reject {identity}", version)
                    )
                    st.rerun()


def picture(svg: str) -> None:
    """Draw an SVG as an image, not markup: nothing of a structure can become part of the page."""
    encoded = base64.b64encode(svg.encode()).decode()
    st.image(f"data:image/svg+xml;base64,{encoded}")


def making(slug: str, current: RoundView) -> None:
    """Draw how the candidates can be made, as the planner said when they joined the pool."""
    st.subheader("How they can be made")
    yes_no = {True: "yes", False: "no"}
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "position": i.item.position,
                    "candidate": i.item.candidate.label,
                    "route found": "not asked" if i.plan is None else yes_no[i.plan.found],
                    "in stock": "not asked" if i.plan is None else yes_no[i.plan.in_stock],
                    "starting materials": i.plan.materials if i.plan else "",
                }
                for i in current.items
            ]
        ),
        hide_index=True,
        width="stretch",
    )
    for shown in current.items:
        svg = door().queries.route_drawing(slug, shown.item.candidate.candidate_id)
        if svg:
            label = plain(shown.item.candidate.label)
            with st.expander(f"Route to {shown.item.position}. {label}"):
                picture(svg)


def prediction(shown: ItemView, unit: str) -> None:
    """Draw what the model expects, and how far that can be trusted."""
    item = shown.item
    if item.mean is not None and item.sd is not None:
        st.write(f"{item.mean:.4g} ± {item.sd:.2g} {unit}")
    if item.outside:
        st.markdown(":orange-badge[outside what was measured]")
    if item.chance_to_make is not None:
        st.write(f"Can be made: {item.chance_to_make:.0%}")
    if shown.plan is not None:
        found = ":green-badge[route found]" if shown.plan.found else ":orange-badge[no route]"
        stock = (
            ":green-badge[all in stock]" if shown.plan.in_stock else ":orange-badge[not in stock]"
        )
        st.markdown(f"{found} {stock}")
    st.write(plain(item.story))
    if item.nearest is not None and item.nearest_similarity is not None:
        st.write(f"Nearest measured: {plain(item.nearest)} ({item.nearest_similarity:.2f})")
    if item.distance is not None and item.leverage is not None:
        st.caption(
            f"Distance to what was measured {item.distance:.2f}, leverage {item.leverage:.2f}",
            help="Distance: 0 is like a measured candidate, about 1 is unrelated. Leverage: how "
            "much the measurements leave open here, 0 little, 1 everything.",
        )


def release(view: CampaignView, current: RoundView) -> None:
    """Draw the approval."""
    left = [i for i in current.items if not i.rejected]
    with st.form("approve"):
        st.write(f"{len(left)} work orders go to the lab.")
        if st.form_submit_button("Approve this batch", type="primary"):
            with in_words():
                version = view.summary.version
                door().service.approve(view.summary.slug, current.number, ask("approve", version))
                st.rerun()
