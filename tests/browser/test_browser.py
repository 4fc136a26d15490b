"""One real browser on the running dashboard; nothing leaves this machine."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import expect, sync_playwright

from dashboard.launch import command, environment
from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.small_campaign import WORKSHEET, write_small_campaign
from loop.wiring import build

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str:
    found = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if found is None:
        assert not os.environ.get("CI"), "CI must run the browser test: install chromium"
        pytest.skip("no Chromium on this machine")
    return found


@pytest.mark.browser
def test_a_chemist_approves_and_records(tmp_path: Path) -> None:
    binary = chromium()
    door = build(Settings(workspace=tmp_path, actor="ada"))
    door.service.open(
        write_small_campaign(tmp_path, lims=WORKSHEET, approval="person"), Ask.by("ada")
    )
    door.worker.run("small")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path / "dashboard.log").open("wb")
    server = subprocess.Popen(
        command(port), env=environment(tmp_path), stdout=log, stderr=log, cwd=Path.cwd()
    )
    foreign: list[str] = []
    try:
        with sync_playwright() as pw:
            browser = pw.chromium.launch(executable_path=binary, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 1000})

            def route(request):
                if urlparse(request.request.url).hostname != "127.0.0.1":
                    foreign.append(request.request.url)
                    request.abort()
                else:
                    request.continue_()

            page.route("**/*", route)
            for _ in range(60):
                try:
                    page.goto(f"http://127.0.0.1:{port}/campaign?c=small", timeout=10_000)
                    break
                except Exception:  # noqa: BLE001 - the server is starting
                    page.wait_for_timeout(500)
            expect(page.get_by_text("Waits for approval of round 1.")).to_be_visible(timeout=60_000)
            page.get_by_role("button", name="Approve this batch").click()
            expect(page.get_by_text("Waits for the worker.")).to_be_visible(timeout=60_000)
            door.worker.run("small")
            page.reload()
            page.get_by_role("tab", name="Results").click()
            page.get_by_label("Value", exact=True).fill("51.5")
            page.get_by_label("Value", exact=True).press("Tab")
            page.get_by_role("button", name="Record", exact=True).click()
            expect(page.get_by_text("3 results due")).to_be_visible(timeout=60_000)
            page.screenshot(path=tmp_path / "after.png")
            browser.close()
        assert [m.value for m in door.queries.view("small").measurements] == [51.5]
        assert foreign == []
    finally:
        server.terminate()
        server.wait(20)
        log.close()
        door.close()
