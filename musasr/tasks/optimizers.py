"""ESPnet's optimisers and schedulers by the names that its configurations use."""

from espnet2.tasks.abs_task import optim_classes, scheduler_classes

__all__ = ["optim_classes", "scheduler_classes"]
