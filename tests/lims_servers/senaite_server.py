"""SENAITE as a test server: the PyPI release under Python 2.7, on a ZODB of its own."""

import base64
import json
import shutil
import sys
import tempfile
from ctypes.util import find_library
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from tests.lims_servers.server import (
    Access,
    LabServer,
    free_port,
    interpreter,
    needs_interpreter,
    run,
)

_HERE = Path(__file__).parent
_PYTHON = "2.7"
# The last release that makes environments for Python 2.7.
_VIRTUALENV = "virtualenv==20.21.1"
_ZOPE_CONF = """\
%define INSTANCE {instance}
instancehome $INSTANCE
<zodb_db main>
  <blobstorage>
    blob-dir $INSTANCE/var/blobs
    <filestorage>
      path $INSTANCE/var/Data.fs
    </filestorage>
  </blobstorage>
  mount-point /
</zodb_db>
"""
# SENAITE's pages name permissions that its own configuration declares only later.
_SITE_ZCML = """\
<configure xmlns="http://namespaces.zope.org/zope" xmlns:five="http://namespaces.zope.org/five">
  <include package="Zope2.App" />
  <five:loadProducts file="meta.zcml" />
  <include package="Products.CMFCore" file="permissions.zcml" />
  <include package="senaite.core.permissions" />
  <five:loadProducts />
  <five:loadProductsOverrides />
</configure>
"""


class SenaiteServer(LabServer):
    """SENAITE LIMS 2.6.0.

    Its site is made once, with the installation; every start works on a copy of it.
    """

    name: ClassVar[str] = "SENAITE"
    version: ClassVar[str] = "2.6.0"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._copy: Path | None = None

    def requirements(self) -> str | None:
        """Return what is missing: the interpreter, or what it builds and prints reports with."""
        missing = [] if shutil.which("gcc") else ["gcc"]
        libraries = {"cairo": "libcairo2", "pango-1.0": "libpango-1.0-0",
                     "pangocairo-1.0": "libpangocairo-1.0-0"}  # fmt: skip
        missing += [package for name, package in libraries.items() if not find_library(name)]
        if missing:
            return f"no {', '.join(missing)} (apt-get install {' '.join(missing)})"
        return needs_interpreter(_PYTHON)

    def make_environment(self, interpreter: Path, place: Path) -> None:
        """Make it with virtualenv: Python 2.7 has no `venv`."""
        maker = self.folder / "virtualenv"
        run([sys.executable, "-m", "venv", "--clear", maker], self.folder)
        run([maker / "bin" / "python", "-m", "pip", "install", "-q", _VIRTUALENV], self.folder)
        run([maker / "bin" / "virtualenv", "-q", "--clear", "-p", interpreter, place], self.folder)

    def install(self) -> None:
        """Install the pinned parts and make the site."""
        found = interpreter(_PYTHON)
        assert found is not None
        lines = (_HERE / "senaite_requirements.txt").read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith("#")]
        self.venv(found, ["--no-deps", *pins])
        script = _HERE / "senaite_provision.py"
        wanted = sha256(script.read_bytes() + "\n".join(pins).encode()).hexdigest()
        made = self._site / "made"
        if made.exists() and made.read_text() == wanted:
            return
        shutil.rmtree(self._site, ignore_errors=True)
        told = run([self._python, script, _instance(self._site)], self.folder)
        (self._site / "facts.json").touch(mode=0o600)
        (self._site / "facts.json").write_text(told.strip().splitlines()[-1])
        made.write_text(wanted)

    @property
    def _site(self) -> Path:
        return self.folder / "site"

    @property
    def _python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"

    def start(self) -> Access:
        """Start it on a fresh copy of the site."""
        facts = json.loads((self._site / "facts.json").read_text())
        copy = self._copy = Path(tempfile.mkdtemp(prefix="copy-", dir=self.folder))
        shutil.copytree(self._site, copy, dirs_exist_ok=True)
        port = free_port()
        serve = [self._python, _HERE / "senaite_serve.py", _instance(copy), str(port)]
        self.spawn(serve, {}, "server.log")
        access = Access(f"http://127.0.0.1:{port}/senaite", facts.pop("synthloop"), facts)
        password = base64.b64encode(f"synthloop:{access.token}".encode()).decode()
        headers = {"Authorization": f"Basic {password}"}
        self.await_answer(f"{access.url}/@@API/senaite/v1/users/current", headers, "server.log")
        return access

    def stop(self) -> None:
        """End it and throw its copy of the site away."""
        super().stop()
        if self._copy:
            shutil.rmtree(self._copy, ignore_errors=True)


def _instance(folder: Path) -> Path:
    """Write the configuration of an instance; return the place of it."""
    for part in ("etc", "var/blobs"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "etc" / "site.zcml").write_text(_SITE_ZCML)
    config = folder / "etc" / "zope.conf"
    config.write_text(_ZOPE_CONF.format(instance=folder))
    return config
