"""Entry of the dashboard: two pages, one door."""

import streamlit as st

from dashboard.screens import campaign, home

st.set_page_config(page_title="synthloop", page_icon="🔁", layout="wide")
HOME = st.Page(home.show, title="Campaigns", default=True)
CAMPAIGN = st.Page(campaign.show, title="Campaign", url_path="campaign")
st.navigation([HOME, CAMPAIGN], position="top").run()
