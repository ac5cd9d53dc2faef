"""The vendors' formats, a file for each family. A new format is one more row there, written from the vendor's page."""

from __future__ import annotations

from ctxaudit.secrets.row import Row
from ctxaudit.secrets.vendors import (
    cloud,
    forges,
    infrastructure,
    messaging,
    models,
    observability,
    payments,
    registries,
    work,
)

ROWS: tuple[Row, ...] = (
    *cloud.ROWS,
    *forges.ROWS,
    *registries.ROWS,
    *payments.ROWS,
    *messaging.ROWS,
    *models.ROWS,
    *observability.ROWS,
    *infrastructure.ROWS,
    *work.ROWS,
)
# Rows that the value alone tells, and rows that the name of the variable has to tell as well.
BY_VALUE = tuple(row for row in ROWS if row.keywords)
BY_NAME = tuple(row for row in ROWS if row.name)
