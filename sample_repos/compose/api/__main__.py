"""Answer with the next high water."""

import sys

from common.tides import next_high_water

sys.stdout.write(f"{next_high_water(0)}\n")
