"""What `musasr bench` compares, by name, at the paper's sizes."""

from collections.abc import Callable, Collection

from musasr.bench.timing import Work
from musasr.errors import ConfigError, suggest

WORKS = ("separator", "separator-8", "training", "search", "search-20", "system", "mixing", "sdr", "sdr-2")


def find_work(name: str, *, device: str) -> Callable[[], Work]:
    """A call that builds the work of a name: one is built, measured and dropped before the next.

    On a GPU batches of trainings and searches are larger: one utterance leaves most of it idle.

    Raises:
        ConfigError: There is no such work.
    """
    check_names([name])
    is_gpu = device != "cpu"

    def build() -> Work:
        from musasr.bench.mixing import mixing_work
        from musasr.bench.recognition import search_work
        from musasr.bench.scoring import sdr_work
        from musasr.bench.separation import forward_work, training_work
        from musasr.bench.system import system_work

        seconds = 4.0 if is_gpu else 2.0
        batch_size = 8 if is_gpu else 2
        num_utterances = 32 if is_gpu else 8
        if name.startswith("separator"):
            # Of a large batch tensors are more than a C library keeps for the next ones.
            return forward_work(seconds=4.0, batch_size=8 if name == "separator-8" else 1, device=device)
        if name == "training":
            return training_work(seconds=seconds, batch_size=batch_size, device=device)
        if name == "mixing":
            return mixing_work(num_utterances=16, seconds=10.0)
        if name == "system":
            return system_work(num_utterances=num_utterances // 2, seconds=10.0, device=device)
        if name.startswith("sdr"):
            return sdr_work(num_utterances=8, seconds=4.0, num_sources=2 if name == "sdr-2" else 1)
        beam_size = 20 if name == "search-20" else 10
        return search_work(num_utterances=num_utterances, seconds=10.0, beam_size=beam_size, device=device)

    return build


def check_names(names: Collection[str]) -> None:
    """See that each is a work of ours.

    Raises:
        ConfigError: One is not.
    """
    for name in names:
        if name not in WORKS:
            raise ConfigError(
                f"nothing called {name!r} is measured", where="bench", mend=suggest(name, WORKS)
            )
