"""The service, shared by all visitors, and the face that errors get."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from loop.errors import ConflictError, SynthloopError
from loop.service.ask import Ask
from loop.service.door import Door, connect
from loop.settings import Settings

log = logging.getLogger("synthloop.dashboard")


@st.cache_resource
def _door(workspace: str) -> Door:
    del workspace
    return connect()


def door() -> Door:
    """Return the service of this workspace."""
    return _door(str(Settings().workspace))


def ask(form: str, version: int) -> Ask:
    """Return the ask of a form: one id per drawn form, so that a double click is harmless."""
    key = f"command {form} {version}"
    ids = st.session_state.setdefault(key, str(uuid.uuid4()))
    return Ask(Ask.by(Settings().actor).actor, version, ids)


@contextmanager
def in_words() -> Iterator[None]:
    """Show an error on purpose as a message; give any other an id that is also in the log."""
    try:
        yield
    except ConflictError as error:
        st.warning(str(error))
        if st.button("Show the newest state"):
            st.rerun()
    except SynthloopError as error:
        st.error(str(error))
    except Exception as error:
        # Streamlit steers its own reruns with exceptions of its own.
        if type(error).__module__.startswith("streamlit"):
            raise
        identity = uuid.uuid4().hex[:8]
        log.exception("error %s", identity)
        st.error(f"This is a defect of synthloop. Nothing was half-recorded. Error {identity}")
