"""One module per page. Not called `pages`: Streamlit would serve that folder by itself."""
