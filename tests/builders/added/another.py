"""A builder that is sent everything permitted, and counts it as BuildKit does."""

from ctxaudit.builders.buildkit import Receiver, Scale  # noqa: F401
from ctxaudit.builders.buildkit import Selection as Narrow


class Selection(Narrow):
    def __init__(self, exclude, include, dockerfile, wide):
        super().__init__(exclude, None, dockerfile, wide)
