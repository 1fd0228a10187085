"""What a training is told: how long, by which optimiser, what counts as its best, in which arithmetic."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import torch
from torch.optim import Optimizer, lr_scheduler

from musasr.errors import ConfigError, suggest


@dataclass(frozen=True)
class Settings:
    """The engine's settings, under the names that a section ``training: NAME:`` has for them.

    Attributes:
        max_epoch: Epochs.
        optim: The optimiser's name.
        optim_conf: Its arguments.
        scheduler: The name of the learning rate's schedule, which goes on with each step; None: it stays.
        scheduler_conf: Its arguments; a ``onecyclelr`` is told the number of steps.
        accum_grad: Batches whose gradients one step gathers.
        grad_clip: Largest norm of a step's gradient; None leaves it.
        ema_decay: How much of a moving average of the weights each step keeps; None: no average.
        keep_nbest_models: How many of the best epochs' weights are kept.
        monitor: The score that says which those are: ``valid/`` and a name of the model's ``stats``.
        higher_is_better: Of that score.
        max_bad_steps: Steps that an epoch may lose as their loss or gradient is not finite; one more ends
            the training.
        save_seconds: How long a training goes on, at most, until its state is saved within an epoch; None: it
            is saved after each epoch alone.
        seed: Dropout's, with the epoch.
        precision: Lightning's: see `musasr.training.precision`.
        parameters_may_rest: Whether a step may leave a parameter without a gradient; several processes then
            look for those.
    """

    max_epoch: int
    optim: str
    optim_conf: Mapping[str, Any]
    scheduler: str | None = None
    scheduler_conf: Mapping[str, Any] = field(default_factory=dict)
    accum_grad: int = 1
    grad_clip: float | None = None
    ema_decay: float | None = None
    keep_nbest_models: int = 1
    monitor: str = "valid/loss"
    higher_is_better: bool = False
    max_bad_steps: int = 10
    save_seconds: float | None = None
    seed: int = 0
    precision: str = "32-true"
    parameters_may_rest: bool = False

    @classmethod
    def of(cls, section: Mapping[str, Any], **others: Any) -> "Settings":
        """The settings that a section of a configuration holds, beside its settings of batches and mixtures.

        Args:
            section: Keys that are none of ours are left to others.
            others: Settings that stand elsewhere, or that count more than the section's.
        """
        own = {each.name for each in fields(cls)}
        return cls(**{key: value for key, value in section.items() if key in own} | others)


@dataclass(frozen=True)
class Optimizers:
    """Optimisers and schedules of the learning rate by the names that settings have for them."""

    optimizers: Mapping[str, Callable[..., Optimizer]]
    schedulers: Mapping[str, Callable[..., Any]]

    def optimizer(self, settings: Settings, parameters: Iterable[torch.nn.Parameter]) -> Optimizer:
        """The optimiser of these parameters.

        Raises:
            ConfigError: There is none of this name, or it does not take these arguments.
        """
        return _build("optim", settings.optim, self.optimizers, parameters, settings.optim_conf)

    def scheduler(self, settings: Settings, optimizer: Optimizer, *, num_steps: Callable[[], float]) -> Any:
        """The schedule of its learning rate; ``num_steps`` says how long the training will be.

        Raises:
            ConfigError: As `optimizer`.
        """
        total = {"total_steps": int(num_steps())} if settings.scheduler == "onecyclelr" else {}
        conf = {**settings.scheduler_conf, **total}
        return _build("scheduler", settings.scheduler, self.schedulers, optimizer, conf)


def _build(
    key: str, name: str, classes: Mapping[str, Callable], argument: Any, conf: Mapping[str, Any]
) -> Any:
    if name not in classes:
        raise ConfigError(f"unknown {key} {name!r}", where=key, mend=suggest(name, classes))
    try:
        return classes[name](argument, **conf)
    except (TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        mend = f"give the arguments of {name}"
        raise ConfigError(reason, where=f"{key}_conf", mend=mend) from error


def _by_name(module: Any, base: type) -> dict[str, Callable]:
    """A module's classes of a kind, by their names in small letters, as ESPnet spells them."""
    found = {name.lower(): each for name, each in vars(module).items() if isinstance(each, type)}
    return {name: each for name, each in found.items() if issubclass(each, base) and each is not base}


TORCH = Optimizers(_by_name(torch.optim, Optimizer), _by_name(lr_scheduler, lr_scheduler.LRScheduler))
