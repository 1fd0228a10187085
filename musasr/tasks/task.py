"""ESPnet's enh+asr task with our joint model and our mixing in its loader."""

import argparse
from collections.abc import Callable

from torch import nn
from torch.optim import Optimizer

from musasr.tasks.registry import EnhS2TTask  # first: registers our classes with ESPnet

from espnet2.iterators.abs_iter_factory import AbsIterFactory  # isort: skip
from espnet2.tasks.enh_s2t import asr_attributes, enh_attributes, name2task  # isort: skip
from espnet2.train.distributed_utils import DistributedOption  # isort: skip
from espnet2.utils.build_dataclass import build_dataclass  # isort: skip
from espnet2.utils.get_default_kwargs import get_default_kwargs  # isort: skip
from espnet2.utils.nested_dict_action import NestedDictAction  # isort: skip

from musasr.joint import SOURCES, JointModel  # isort: skip
from musasr.tasks.epochs import MixingIterFactory, count_steps  # isort: skip
from musasr.tasks.optimizers import MUON, optim_classes  # isort: skip
from musasr.tasks.preprocessor import build_preprocessor  # isort: skip

# ESPnet's names: a subtask's prefix in the options, the part of the model, the option names.
SUBTASKS = {"enh": ("enh_model", enh_attributes), "asr": ("s2t_model", asr_attributes)}


class MusicMixedTask(EnhS2TTask):
    """Trains a separator (``--subtask_series enh``), a recogniser (``asr``) or both (``enh asr``)."""

    @classmethod
    def add_task_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """ESPnet's enh+asr options, with our model's arguments and the loader's."""
        super().add_task_arguments(parser)
        parser.set_defaults(model_conf=get_default_kwargs(JointModel), enh_criterions=[])
        parser.add_argument(
            "--preprocessor_conf",
            action=NestedDictAction,
            default={"units_dir": None, "mixing": None},
            help="The loader's mixing and units: see musasr.tasks.preprocessor.build_preprocessor",
        )

    @classmethod
    def build_preprocess_fn(cls, args: argparse.Namespace, train: bool) -> Callable:
        """Mixing in the loader, which enh_s2t itself does not offer."""
        sources = args.model_conf.get("sources", SOURCES)
        return build_preprocessor(args.preprocessor_conf, train=train, sources=sources)

    @classmethod
    def build_iter_factory(
        cls,
        args: argparse.Namespace,
        distributed_option: DistributedOption,
        mode: str,
        kwargs: dict | None = None,
    ) -> AbsIterFactory:
        """ESPnet's batches; the mixer in their loader is told the epoch."""
        preprocessor = cls.build_preprocess_fn(args, train=mode == "train")
        kwargs = {**(kwargs or {}), "preprocess_fn": preprocessor}
        factory = super().build_iter_factory(args, distributed_option, mode, kwargs)
        return MixingIterFactory(factory, preprocessor)

    @classmethod
    def build_optimizers(cls, args: argparse.Namespace, model: nn.Module) -> list[Optimizer]:
        """ESPnet's, for its own trainer; the schedule comes next, and a one-cycle one must know its steps."""
        if args.scheduler == "onecyclelr" and "total_steps" not in args.scheduler_conf:
            factory = cls.build_iter_factory(args, build_dataclass(DistributedOption, args), "train")
            args.scheduler_conf = args.scheduler_conf | {"total_steps": count_steps(args, factory)}
        if args.optim == MUON:  # which ESPnet does not know
            return [optim_classes[MUON](model.parameters(), **args.optim_conf)]
        return super().build_optimizers(args, model)

    @classmethod
    def required_data_names(cls, train: bool = True, inference: bool = False) -> tuple[str, ...]:
        """Speech alone: the mixture and its references are made of it in the loader."""
        return ("speech",)

    @classmethod
    def build_model(cls, args: argparse.Namespace) -> JointModel:
        """The joint model, its parts built by ESPnet's own tasks."""
        parts = {}
        for subtask in args.subtask_series:
            part, attributes = SUBTASKS[subtask]
            parts[part] = name2task[subtask].build_model(_part_options(args, subtask, attributes))
        return JointModel(**parts, **args.model_conf)


def _part_options(args: argparse.Namespace, subtask: str, attributes: list[str]) -> argparse.Namespace:
    """The options of one part under the names that its own task knows: ``asr_encoder`` -> ``encoder``."""
    options = {"init": None, "model_conf": getattr(args, f"{subtask}_model_conf")}
    for name in attributes:
        prefixed = getattr(args, f"{subtask}_{name}", None)
        options[name] = prefixed if prefixed is not None else getattr(args, name, None)
    return argparse.Namespace(**options)
