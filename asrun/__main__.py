"""`python -m asrun` is the `asrun` command."""

import sys

from asrun.cli import main

sys.exit(main())
