"""Optimisers and schedulers by the names that configurations use: ESPnet's, and Muon."""

from espnet2.tasks.abs_task import optim_classes as espnets
from espnet2.tasks.abs_task import scheduler_classes

from musasr.tasks.muon import Muon

MUON = "muon"
optim_classes = {**espnets, MUON: Muon}

__all__ = ["MUON", "optim_classes", "scheduler_classes"]
