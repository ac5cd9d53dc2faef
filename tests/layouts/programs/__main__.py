"""Run a stand-in: `python programs/__main__.py MODULE NAME-AS-STARTED ARGUMENT...`.

Only the module that has the program is imported. Without arguments: list each module with the names of its programs.
"""

from __future__ import annotations

import os
import sys

MODULES = ("system", "node", "pythons", "others", "compiled")

if __name__ == "__main__":
    if len(sys.argv) == 1:
        for module in MODULES:
            sys.stdout.write(" ".join((module, *__import__(module).PROGRAMS)) + "\n")
    else:
        module = sys.argv[1]
        del sys.argv[:2]  # as if the program itself had been started: some look where they are
        name = os.path.basename(sys.argv[0])
        __import__(module).PROGRAMS[name](name, sys.argv[1:])
