"""Where things are: environment variables first, then `synthloop.toml` in the workspace."""

import getpass
import os
from pathlib import Path
from typing import ClassVar

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The workspace and its services.

    Attributes:
        workspace: Folder with `campaigns/`, `exchange/`, `reports/` and the hidden state.
        database_url: SQLAlchemy address; SQLite in the workspace when empty.
        actor: Who acts on the command line.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="SYNTHLOOP_", extra="ignore"
    )

    workspace: Path = Field(default_factory=Path.cwd)
    database_url: str = ""
    actor: str = Field(default_factory=lambda: os.environ.get("USER") or getpass.getuser())

    @property
    def state_folder(self) -> Path:
        """Hidden folder with database, artifacts and caches."""
        return self.workspace / ".synthloop"

    @property
    def effective_database_url(self) -> str:
        """The database address that is used."""
        return self.database_url or f"sqlite:///{self.state_folder / 'ledger.db'}"

    @property
    def campaigns_folder(self) -> Path:
        """Folder of the campaign files."""
        return self.workspace / "campaigns"

    @property
    def exchange_folder(self) -> Path:
        """Folder of the adapters' exchange folders."""
        return self.workspace / "exchange"

    @property
    def reports_folder(self) -> Path:
        """Folder of the reports."""
        return self.workspace / "reports"
