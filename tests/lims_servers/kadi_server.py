"""Kadi4Mat as a test server: PyPI release, a database of its own, Redis, no Elasticsearch."""

import json
import shutil
import uuid
from pathlib import Path
from typing import ClassVar

from tests.lims_servers.databases import create_database
from tests.lims_servers.server import (
    Access,
    LabServer,
    free_port,
    interpreter,
    needs_interpreter,
    run,
)

_HERE = Path(__file__).parent
_PYTHON = "3.12"


class KadiServer(LabServer):
    """Kadi4Mat 1.13.0."""

    name: ClassVar[str] = "Kadi4Mat"
    version: ClassVar[str] = "1.13.0"

    def __init__(self, home: Path, postgres: str) -> None:
        super().__init__(home)
        self._postgres = postgres

    def requirements(self) -> str | None:
        """Return what is missing: the interpreter, Redis, or what builds two of its parts."""
        wanted = {
            "redis-server": "redis-server",
            "gcc": "gcc",
            "pg_config": "libpq-dev",
        }
        missing = [package for command, package in wanted.items() if not shutil.which(command)]
        if missing:
            return f"no {', '.join(missing)} (apt-get install {' '.join(missing)} libmagic1)"
        return needs_interpreter(_PYTHON)

    def install(self) -> None:
        """Install from PyPI; uWSGI and psycopg2 are built here, which takes most of the time."""
        found = interpreter(_PYTHON)
        assert found is not None
        self.venv(found, [f"kadi=={self.version}"])

    def start(self) -> Access:
        """Start it on a fresh database with two accounts and three tokens."""
        port, redis_port = free_port(), free_port()
        database = f"kadi{uuid.uuid4().hex[:12]}"
        create_database(self._postgres, database)
        self.spawn(
            ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""],
            {},
            "redis.log",
        )
        files = self.folder / "data" / database
        settings = {
            "SQLALCHEMY_DATABASE_URI": f"{self._postgres}/{database}",
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "SESSION_COOKIE_SECURE": False,
            "LOCALE_COOKIE_SECURE": False,
            "SMTP_USE_TLS": False,
            "USE_X_SENDFILE": False,
            "SECRET_KEY": "only-for-tests",
            "STORAGE_PATH": str(files / "storage"),
            "MISC_UPLOADS_PATH": str(files / "uploads"),
            # Nobody listens on port 9: only a refused connection makes Kadi search in SQL.
            "ELASTICSEARCH_HOSTS": "http://127.0.0.1:9",
            "ELASTICSEARCH_CONFIG": {"request_timeout": 1, "max_retries": 0},
            "ELASTICSEARCH_ENABLE_FALLBACK": True,
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis_port}/0",
            "RATELIMIT_STORAGE_URI": f"redis://127.0.0.1:{redis_port}/0",
        }
        for name in ("storage", "uploads"):
            (files / name).mkdir(parents=True)
        config = files / "config.py"
        config.write_text("".join(f"{key} = {value!r}\n" for key, value in settings.items()))
        env = {"KADI_CONFIG_FILE": str(config), "KADI_ENV": "production"}
        programs = self.folder / "venv" / "bin"
        run([programs / "kadi", "db", "init"], self.folder, env)
        told = run([programs / "python", _HERE / "kadi_provision.py"], self.folder, env)
        facts = json.loads(told.strip().splitlines()[-1])
        serve = ["--app", "kadi.wsgi", "run", "--host", "127.0.0.1", "--port", str(port)]
        self.spawn([programs / "flask", *serve], env, "server.log")
        access = Access(f"http://127.0.0.1:{port}", facts.pop("token"), facts)
        headers = {"Authorization": f"Bearer {access.token}"}
        self.await_answer(f"{access.url}/api/users/me", headers, "server.log")
        return access
