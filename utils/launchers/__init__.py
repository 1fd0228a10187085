"""What run.pl and slurm.pl are made of, for the system's Python (3.8 or newer) with nothing installed."""
