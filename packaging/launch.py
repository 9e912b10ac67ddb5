"""What the packaged pedcam starts with."""

import sys

from pedcam.cli import main

sys.exit(main())
