"""High water comes twice a day, a little later each day."""

PERIOD = 745  # minutes


def next_high_water(minute: int) -> int:
    return (minute // PERIOD + 1) * PERIOD
