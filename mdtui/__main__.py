"""`python -m mdtui`."""

import sys

from mdtui.cli import main

if __name__ == "__main__":
    sys.exit(main())
