"""How long the chaos lasts, and which: `make soak` sets the one, a repeat the other.

`PLINTH_SOAK_S`: seconds of torture; from 50 on, each race is run 500 times.
`PLINTH_SEED`: the seed that a failed run told.
"""

import os
import secrets
from typing import Final

TORTURE_S: Final = float(os.environ.get("PLINTH_SOAK_S", "6"))
SOAK: Final = "PLINTH_SOAK_S" in os.environ
SCRIPTS: Final = int(max(100, 10 * TORTURE_S))
SEED: Final = int(os.environ.get("PLINTH_SEED", secrets.randbits(32)))
RACES: Final = int(min(500, max(60, 10 * TORTURE_S)))
