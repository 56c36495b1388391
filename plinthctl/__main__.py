"""``python -m plinthctl`` is the console script."""

import sys

from plinthctl.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
