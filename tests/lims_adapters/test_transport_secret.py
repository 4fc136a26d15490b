"""Secrets come from an environment variable, a private file or a key ring, and stay there."""

import sys

import pytest
from pydantic import ValidationError

from lims_adapters.transport.secret import SecretSource
from loop.errors import LabAccessError

TOKEN = "tkn-9f3a77c1d2e8"


def written(tmp_path, text, mode=0o600):
    place = tmp_path / "token"
    place.write_text(text)
    place.chmod(mode)
    return SecretSource(file=str(place))


def told(source):
    with pytest.raises(LabAccessError) as caught:
        source.read()
    return str(caught.value)


def test_an_environment_variable(monkeypatch):
    monkeypatch.setenv("LAB_TOKEN", f" {TOKEN}\n")
    assert SecretSource(env="LAB_TOKEN").read().get_secret_value() == TOKEN
    monkeypatch.delenv("LAB_TOKEN")
    assert "environment variable LAB_TOKEN is empty" in told(SecretSource(env="LAB_TOKEN"))


def test_the_first_line_of_a_private_file(tmp_path):
    source = written(tmp_path, f"{TOKEN}\nfrom the wiki\n")
    assert source.read().get_secret_value() == TOKEN


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path, mode):
    said = told(written(tmp_path, TOKEN, mode))
    assert "can be read by others" in said
    assert "chmod 600" in said
    assert TOKEN not in said


def test_a_file_that_is_not_there_or_empty_is_named(tmp_path):
    assert "absent" in told(SecretSource(file=str(tmp_path / "absent")))
    assert "is empty" in told(written(tmp_path, "\n"))


@pytest.mark.parametrize("bad", [f"{TOKEN}\x00", f"{TOKEN}\x7f1", f"a\t{TOKEN}"])
def test_a_character_that_nobody_types_is_refused_without_being_told(tmp_path, bad):
    said = told(written(tmp_path, bad))
    assert "cannot be typed" in said
    assert TOKEN not in said


def test_a_secret_is_not_in_its_repr(tmp_path):
    secret = written(tmp_path, TOKEN).read()
    assert TOKEN not in f"{secret!r} {secret}"


@pytest.mark.parametrize(
    "places", [{}, {"env": "A", "file": "b"}, {"keyring": "service"}, {"value": "x"}]
)
def test_there_is_one_place(places):
    with pytest.raises(ValidationError):
        SecretSource.model_validate(places)


def test_a_key_ring(monkeypatch):
    import keyring
    from keyring.backend import KeyringBackend
    from keyring.errors import KeyringError

    class OneEntry(KeyringBackend):
        priority = 1

        def get_password(self, service, username):
            if service == "locked":
                raise KeyringError("the key ring is locked")
            return TOKEN if (service, username) == ("lims", "robot/1") else None

        def set_password(self, service, username, password):
            raise NotImplementedError

        def delete_password(self, service, username):
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(OneEntry())
    try:
        assert SecretSource(keyring="lims/robot/1").read().get_secret_value() == TOKEN
        assert "key ring entry lims/other is empty" in told(SecretSource(keyring="lims/other"))
        assert "the key ring is locked" in told(SecretSource(keyring="locked/robot"))
    finally:
        keyring.set_keyring(before)


def test_a_key_ring_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "pip install 'synthloop[keyring]'" in told(SecretSource(keyring="lims/robot"))
