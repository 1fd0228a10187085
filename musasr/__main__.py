"""``python -m musasr``: the same as the console command."""

import sys

from musasr.cli.main import main

sys.exit(main())
