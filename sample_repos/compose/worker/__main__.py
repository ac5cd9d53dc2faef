"""Count the tides of a day."""

import sys

from common.tides import PERIOD

sys.stdout.write(f"{24 * 60 // PERIOD}\n")
