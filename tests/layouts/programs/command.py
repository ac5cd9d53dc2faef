"""Start commands. A stand-in is a fork of this Python, which has imported what takes long; any other program is itself.

A line of plain words, or of several joined by "&&", needs no shell either where each begins with a stand-in or a path.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HERE = os.path.dirname(os.path.realpath(__file__))
_WORDS = r"[\w@./:=+,-]+(?: [\w@./:=+,-]+)*"
_PLAIN = rf"{_WORDS}(?: && {_WORDS})*"
_IGNORED = (13, 25)  # SIGPIPE and SIGXFSZ, which Python ignores itself
_STREAMS = 3
MODULES = ("system", "node", "pythons", "others", "compiled")


def status_of(words: Sequence[str], environment: Mapping[str, str], cwd: str, streams: Sequence[int] = ()) -> int:
    """Run a command with these variables and no other, and give its status.

    streams: its standard streams, else those of this process.
    """
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    status = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment)
        _become(words)
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _become(words: Sequence[str]) -> None:
    """Be a command from here on, as one that is executed is."""
    *earlier, last = _without_shell(words) or [words]
    for one in earlier:
        if status := status_of(one, dict(os.environ), "."):
            sys.exit(status)
    name, *arguments = last
    program = which(name)
    if not program:
        sys.stdout.write(f"{name}: not found\n")
        sys.exit(127)
    if module := _module(program):
        stand_in(module, program, arguments)
        return
    import signal

    for number in _IGNORED:
        signal.signal(number, signal.SIG_DFL)
    os.execv(program, [program, *arguments])


def _without_shell(words: Sequence[str]) -> list[list[str]]:
    """Give the commands of a shell's line that needs no shell, none of any other."""
    import re

    if len(words) != 3 or os.path.basename(words[0]) != "sh" or words[1] not in ("-c", "-ec"):
        return []
    commands = [one.split(" ") for one in words[2].split(" && ")] if re.fullmatch(_PLAIN, words[2]) else []
    return commands if all("/" in one[0] or _module(which(one[0])) for one in commands) else []


def which(name: str) -> str:
    """Give the file of a program, "" where there is none."""
    folders = os.environ["PATH"].split(os.pathsep)
    places = [name] if os.path.dirname(name) else [os.path.join(folder, name) for folder in folders if folder]
    return next((place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), "")


def _module(program: str) -> str:
    """Give the module of a stand-in, "" for any other program."""
    folder, name = os.path.split(os.path.realpath(program))
    return name.removeprefix("start-") if program and folder == _HERE else ""


def stand_in(module: str, program: str, arguments: Sequence[str]) -> None:
    """Be a stand-in; only the module that has it is imported."""
    sys.argv = [program, *arguments]  # as if the program itself had been started: some look where they are
    name = os.path.basename(program)
    __import__(module).PROGRAMS[name](name, sys.argv[1:])


def serve(number: int) -> None:
    """Run the commands that come through a socket, one after another, until it is closed."""
    import json
    import socket

    for needed in (*MODULES, "glob", "shlex", "shutil"):
        __import__(needed)
    with socket.socket(fileno=number) as control:
        control.set_inheritable(False)
        while True:
            text, files, _, _ = socket.recv_fds(control, 1 << 20, _STREAMS)
            if not text:
                return
            request = json.loads(text)
            status = status_of(request["words"], request["environment"], request["cwd"], files)
            for file in files:
                os.close(file)
            control.send(str(status).encode())
