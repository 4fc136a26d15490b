"""What the instrument shows of a sample: the truth, noise, and what the day or the plate adds."""

from lims_adapters.simulated.config import SimulatedLabConfig
from lims_adapters.simulated.drift import offset
from lims_adapters.simulated.luck import Luck
from lims_adapters.simulated.schedule import Visit
from lims_adapters.simulated.truth import Truth, number
from loop.core.order import WorkOrder

_DAY = 24


class Instrument:
    """Measures samples.

    Args:
        config: Noise and drift.
        truth: What is true.
        luck: What the noise comes from.
    """

    def __init__(self, config: SimulatedLabConfig, truth: Truth, luck: Luck) -> None:
        self._config, self._truth, self._luck = config, truth, luck

    def shows(self, sample: WorkOrder, name: str, replicate: int, visit: Visit) -> float:
        """Return the number of one measurement, in the property's unit in the campaign.

        Args:
            sample: What lies in it.
            name: Property.
            replicate: Number of the repeat, from 1.
            visit: When and beside what it is measured.

        Raises:
            AdapterError: the candidate's structure cannot be read.
            DataError: a table of true values is gone.
        """
        config = self._config
        truth = self._truth.value(sample.candidate, name)
        spread = config.noise_sd + config.noise_relative * abs(truth)
        if name in config.noise_columns:
            spread = number(sample.candidate, config.noise_columns[name])
        luck = self._luck.rng(sample.order_id, name, str(replicate)).standard_normal()
        value = truth + spread * float(luck)
        if config.drift is not None:
            day = visit.due * config.hours_per_tick // _DAY
            value += offset(config.drift, self._luck, visit.rack, day, name, truth)
        return value
