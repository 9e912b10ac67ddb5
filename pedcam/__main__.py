"""Runs pedcam as ``python -m pedcam``."""

import sys

from pedcam.cli import main

if __name__ == "__main__":
    sys.exit(main())
