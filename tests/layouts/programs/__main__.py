"""Run a stand-in: `python programs/__main__.py MODULE NAME-AS-STARTED ARGUMENT...`.

Without arguments: list each module with the names of its programs. With a number: run what comes through that socket.
"""

from __future__ import annotations

import sys

from command import MODULES, serve, stand_in

if __name__ == "__main__":
    if len(sys.argv) == 1:
        for module in MODULES:
            sys.stdout.write(" ".join((module, *__import__(module).PROGRAMS)) + "\n")
    elif sys.argv[1].isdecimal():
        serve(int(sys.argv[1]))
    else:
        stand_in(sys.argv[1], sys.argv[2], sys.argv[3:])
