"""The one door for commands, with the queries beside it."""

from loop.service.archive import Archive
from loop.service.batch_commands import BatchCommands
from loop.service.campaign_commands import CampaignCommands
from loop.service.kept_files import FileCommands
from loop.service.queries import CampaignQueries
from loop.service.reconciliation import Reconciler
from loop.service.replaying import ReplayCommands
from loop.service.result_commands import ResultCommands


class CampaignService(
    CampaignCommands, BatchCommands, ResultCommands, ReplayCommands, FileCommands
):
    """All commands. It decides nothing and fits nothing; the worker does."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(archive)
        self.queries = CampaignQueries(archive)
        self.reconciler = Reconciler(archive)
