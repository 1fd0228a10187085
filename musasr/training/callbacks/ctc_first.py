"""What a recogniser learns first: CTC alone, before attention has something to align to."""

import lightning
from lightning.pytorch.callbacks import Callback

from musasr.errors import ConfigError


class CtcFirst(Callback):
    """Trains with the CTC loss alone for the first epochs; validation always sees the whole loss.

    A decoder that is trained beside an untrained encoder becomes a language model that does not
    listen, and unlearns this slowly: on 1.5 h of speech attention aligns in a third of the epochs
    when it starts on an encoder that CTC has trained (egs/mini/RESULTS.md).
    """

    def __init__(self, num_epochs: int):
        """Say for how many epochs."""
        self.num_epochs = num_epochs
        self._ctc_weight = 0.0

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Note the weight that the recogniser was built with.

        Raises:
            ConfigError: The recogniser has no CTC.
        """
        if pl_module.model.s2t_model.ctc_weight == 0:
            raise ConfigError("ctc_first_epochs wants a CTC loss", mend="set it to 0, or ctc_weight above 0")
        self._ctc_weight = pl_module.model.s2t_model.ctc_weight

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """A training that was stopped within an epoch goes on without that epoch's start."""
        self.on_train_epoch_start(trainer, pl_module)

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Leave the attention's loss out while it is too early for it."""
        is_early = trainer.current_epoch < self.num_epochs
        pl_module.model.s2t_model.ctc_weight = 1.0 if is_early else self._ctc_weight

    def on_validation_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Validate with the whole loss, so that epochs can be compared."""
        pl_module.model.s2t_model.ctc_weight = self._ctc_weight
