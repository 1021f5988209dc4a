"""`python -m tracer.core.cli`: the `tracer` command."""

import sys

from tracer.core.cli.main import main

sys.exit(main())
