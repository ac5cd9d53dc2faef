"""Run the stand-in whose name the command has: `python programs NAME-AS-STARTED ARGUMENT...`."""

from __future__ import annotations

import os
import sys

import compiled
import node
import others
import pythons

PROGRAMS = {**node.PROGRAMS, **pythons.PROGRAMS, **others.PROGRAMS, **compiled.PROGRAMS}

if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.stdout.write("\n".join(PROGRAMS))
    else:
        del sys.argv[0]
        name = os.path.basename(sys.argv[0])
        PROGRAMS[name](name, sys.argv[1:])
