"""Says what was compared when a case of the shipped contract fails."""

import pytest

pytest.register_assert_rewrite("loop.testing")
