"""Servers that keep exchange folders: WebDAV by wsgidav, S3 by moto, each on loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def webdav(folder: Path, user: str = "lab", password: str = "geheim") -> Iterator[str]:
    """Serve a folder over WebDAV with a password; give the address."""
    from cheroot import wsgi
    from wsgidav.wsgidav_app import WsgiDAVApp

    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "simple_dc": {"user_mapping": {"*": {user: {"password": password}}}},
            "http_authenticator": {
                "accept_basic": True,
                "accept_digest": False,
                "default_to_digest": False,
            },
            "logging": {"enable": False},
            "verbose": 0,
        }
    )
    server = wsgi.Server(("127.0.0.1", 0), app, numthreads=4, timeout=5)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(10)


@contextmanager
def bucket(name: str) -> Iterator[str]:
    """Serve S3 with one empty bucket; give the address."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        client = boto3.client(
            "s3", endpoint_url=address, region_name="us-east-1",
            aws_access_key_id="lab", aws_secret_access_key="geheim",
        )  # fmt: skip
        client.create_bucket(Bucket=name)
        client.close()
        yield address
    finally:
        server.stop()
