"""What every reader of a corpus keeps to: the sets it makes, the genre without a name, what it left out.

A reader is one function ``prepare(output, *, sampling_rate, seed, num_jobs, **settings)``, whose ``settings``
are the keys of its section in the configuration. It makes the dirs ``train``, ``dev`` and ``test`` under
``output`` and returns what it left out. One that takes ``part``, too, can be split over jobs (see
`musasr.parallel.JobPart`).
"""

from dataclasses import dataclass

SETS = ("train", "dev", "test")
TRAINING_SETS = ("train", "dev")
SUNG_GENRE = "popular"  # of what is sung
MAIN_GENRE = "anime"  # the published name of the music that training has, whatever it is
# What every reader is given besides its own section of the configuration.
PART = "part"  # the one that a reader may do without
COMMON_ARGUMENTS = ("output", "sampling_rate", "seed", "num_jobs", PART)


@dataclass(frozen=True)
class Skipped:
    """One item of a corpus that could not be used: counts in, counts out."""

    name: str
    reason: str
