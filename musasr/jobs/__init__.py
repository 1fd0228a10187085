"""Work in processes of this machine, or as jobs of a launcher.

- `schedule`: the trainings of a run, parents before children: read this first
- `processes`: of one training; `launcher`: a training as a job of `utils/slurm.pl` and its like
- `commands`: series of `musasr` commands side by side, each with a log
"""
