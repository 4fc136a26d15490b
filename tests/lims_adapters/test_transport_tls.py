"""Certificates are always checked; a lab's own authority is named, never switched off."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lims_adapters.transport.client import LabHttp
from lims_adapters.transport.config import HttpConfig
from loop.errors import ConfigError, RetryableAdapterError
from tests.lims_adapters.scripted_server import Answer, ScriptedServer

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)


def certificate(name, issuer=None, host=None, until=NOW + DAY):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, signing = issuer or (subject, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(signer).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 3 * DAY).not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )  # fmt: skip
    if host:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signing, hashes.SHA256()), key, subject


def pem(found):
    return found.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def authority(tmp_path):
    cert, key, name = certificate("Lab authority")
    (tmp_path / "ca.pem").write_bytes(pem(cert))
    return tmp_path / "ca.pem", (name, key)


def served(tmp_path, issuer, host="127.0.0.1", **options):
    cert, key, _ = certificate("lims", issuer, host, **options)
    plain = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "server.pem").write_bytes(pem(cert) + key.private_bytes(*plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    return ScriptedServer(lambda *_: Answer(body=b"hello"), context)


def ask(server, ca_file=None):
    config = HttpConfig(url=server.url, ca_file=ca_file and str(ca_file), timeout_seconds=5)
    return LabHttp(config, "Testlab").post("/x").content


def test_the_labs_own_authority_is_trusted_where_it_is_named(tmp_path, authority):
    ca_file, issuer = authority
    with served(tmp_path, issuer) as server:
        assert ask(server, ca_file) == b"hello"


def refused(server, ca_file=None):
    with server, pytest.raises(RetryableAdapterError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(server, ca_file)
    assert server.asked == [], "nothing was said before the certificate was known"


def test_an_unknown_authority_is_not_trusted(tmp_path, authority):
    refused(served(tmp_path, authority[1]))


def test_the_certificate_of_another_host_is_not_trusted(tmp_path, authority):
    ca_file, issuer = authority
    refused(served(tmp_path, issuer, host="10.0.0.7"), ca_file)


def test_a_certificate_that_is_out_of_date_is_not_trusted(tmp_path, authority):
    ca_file, issuer = authority
    refused(served(tmp_path, issuer, until=NOW - DAY), ca_file)


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_without_certificates_is_named(tmp_path, content):
    place = tmp_path / "ca.pem"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(ConfigError, match="ca_file"):
        LabHttp(HttpConfig(url="https://127.0.0.1", ca_file=str(place)), "Testlab")
