"""The processes that train one model together (torch.distributed): each one's rank, and how they speak."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from lightning.fabric.plugins.environments import ClusterEnvironment, SLURMEnvironment
from torch import distributed

HERE = "127.0.0.1"
FIRST_PORT, NUM_PORTS = 15_000, 10_000  # of trainings on several machines: each job has its own


@dataclass(frozen=True)
class Replica:
    """One process of a training: ``local_rank`` of ``num_local`` on machine ``node`` of ``num_nodes``."""

    node: int = 0
    num_nodes: int = 1
    local_rank: int = 0
    num_local: int = 1
    address: str = HERE  # of the first process's machine
    port: int = 0
    on_gpu: bool = False

    @property
    def rank(self) -> int:
        """The process's number among all."""
        return self.node * self.num_local + self.local_rank

    @property
    def world_size(self) -> int:
        """How many processes there are."""
        return self.num_nodes * self.num_local

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        return torch.device("cuda", self.local_rank) if self.on_gpu else torch.device("cpu")

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Within this block the processes are one group; alone there is nothing to join."""
        if self.world_size == 1:
            yield
            return
        if self.address == HERE and sys.platform == "linux":
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # the machine's name may lead nowhere
        if self.on_gpu:
            torch.cuda.set_device(self.device)
        backend, place = "nccl" if self.on_gpu else "gloo", f"tcp://{self.address}:{self.port}"
        distributed.init_process_group(backend, init_method=place, rank=self.rank, world_size=self.world_size)
        yield
        distributed.destroy_process_group()  # not after an error: the others may wait for this process

    def wait(self) -> None:
        """Go on when all processes are here."""
        if self.world_size > 1:
            distributed.barrier()

    def gather(self, value: Any) -> list[Any]:
        """Every process's value, in the order of their ranks."""
        if self.world_size == 1:
            return [value]
        values: list[Any] = [None] * self.world_size
        distributed.all_gather_object(values, value)
        return values

    def any(self, claim: bool) -> bool:
        """Whether the claim is true in one of the processes: the same answer in all."""
        if self.world_size == 1:
            return claim
        flag = torch.tensor(float(claim), device=self.device)
        distributed.all_reduce(flag, distributed.ReduceOp.MAX)
        return bool(flag)


ALONE = Replica()


class ReplicaEnvironment(ClusterEnvironment):
    """Tells Lightning of a rank, so that it neither starts processes nor looks for a cluster of its own."""

    def __init__(self, replica: Replica):
        """Hold the replica."""
        super().__init__()
        self.replica = replica

    @property
    def creates_processes_externally(self) -> bool:
        """The driver has started them all."""
        return True

    @property
    def main_address(self) -> str:
        """The first process's machine."""
        return self.replica.address

    @property
    def main_port(self) -> int:
        """Where the first process listens."""
        return self.replica.port

    @staticmethod
    def detect() -> bool:
        """It is always named, never looked for."""
        return False

    def world_size(self) -> int:
        """How many processes there are."""
        return self.replica.world_size

    def set_world_size(self, size: int) -> None:
        """It is fixed."""

    def global_rank(self) -> int:
        """The process's number among all."""
        return self.replica.rank

    def set_global_rank(self, rank: int) -> None:
        """It is fixed."""

    def local_rank(self) -> int:
        """The process's number on its machine."""
        return self.replica.local_rank

    def node_rank(self) -> int:
        """The machine's number."""
        return self.replica.node


def replicas_here(num_local: int, *, on_gpu: bool) -> list[Replica]:
    """The processes of a training on this machine, which ``srun`` may have started it on beside others."""
    shared = {"num_local": num_local, "on_gpu": on_gpu}
    num_nodes = int(os.environ.get("SLURM_STEP_NUM_TASKS", 1))  # srun alone sets it
    if num_nodes > 1:
        first = SLURMEnvironment.resolve_root_node_address(os.environ["SLURM_STEP_NODELIST"])
        shared |= {"node": int(os.environ["SLURM_PROCID"]), "num_nodes": num_nodes}
        shared |= {"address": first, "port": FIRST_PORT + int(os.environ["SLURM_JOB_ID"]) % NUM_PORTS}
    elif num_local > 1:
        shared |= {"port": _free_port()}
    return [Replica(local_rank=local_rank, **shared) for local_rank in range(num_local)]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HERE, 0))
        return one.getsockname()[1]
