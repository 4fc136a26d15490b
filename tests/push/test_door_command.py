"""`synthloop door` as a person starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx

from loop.push.signature import stamped
from tests.cli.in_process import command


def free_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def test_the_command_serves_until_it_is_interrupted(tmp_path):
    (tmp_path / "door.toml").write_text(
        '[senders.dsc]\nsecret = { env = "DSC" }\ncampaigns = ["films"]\n', encoding="utf-8"
    )
    port = free_port()
    environment = os.environ | {"SYNTHLOOP_WORKSPACE": str(tmp_path), "DSC": "kalium"}
    words = [sys.executable, "-m", "loop.cli", "door", "--port", str(port)]
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as running:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while True:
            assert running.poll() is None and time.monotonic() < deadline
            try:
                described = httpx.get(f"{url}/openapi.json").json()
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        assert "/campaigns/{slug}/results" in described["paths"]
        path, body = "/campaigns/films/results", json.dumps({"results": []}).encode()
        headers = stamped("dsc", "kalium", path, body, at=int(time.time()), nonce="nonce-0001")
        assert httpx.post(url + path, content=body, headers=headers).status_code == 422
        running.send_signal(signal.SIGINT)
        told = running.communicate(timeout=30)[1]
    assert "Traceback" not in told and "kalium" not in told


def test_it_does_not_open_without_senders_or_their_secrets(tmp_path, monkeypatch, capsys):
    run = command(monkeypatch, capsys, tmp_path)
    assert "door.toml" in run("door", code=3).err
    (tmp_path / "door.toml").write_text(
        '[senders.dsc]\nsecret = { env = "DSC_GONE" }\ncampaigns = ["films"]\n', encoding="utf-8"
    )
    assert "DSC_GONE" in run("door", code=7).err
