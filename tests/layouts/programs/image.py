"""What all stand-ins share: paths of the image, files that have to be there, words of a command.

A stage of an image is a plain directory here, IMAGE_ROOT. An absolute path of a command's words means a path in it.
A stand-in starts some thousand times: what takes long to import is imported where it is used.
"""

from __future__ import annotations

import os
import sys

from command import status_of, which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def root() -> str:
    return os.environ.get("IMAGE_ROOT", "/nowhere")


def standins() -> str:
    return os.environ.get("STANDINS", "/nowhere")


def at(path: str) -> str:
    """The file on this machine that a path of the image means."""
    is_outside = path.startswith(("/dev/", "/proc/", root(), standins()))
    return root() + path if path.startswith("/") and not is_outside else path


def shown(path: str) -> str:
    """A path as the image has it."""
    absolute = os.path.abspath(path)
    return absolute.removeprefix(root())


def fail(reason: str) -> None:
    """End with an error."""
    say(f"error: {reason}")
    sys.exit(1)


def say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()


def read(path: str) -> str:
    """Give the text of a file that has to be there."""
    place = at(path)
    if not os.path.isfile(place):
        fail(f"{shown(place)} is not there")
    with open(place, encoding="utf-8", errors="replace") as file:
        return file.read()


def need(path: str) -> str:
    """A file or directory that has to be there."""
    if not os.path.exists(at(path)):
        fail(f"{shown(at(path))} is not there")
    return at(path)


def has(path: str) -> bool:
    return os.path.exists(at(path))


def write(path: str, text: str) -> None:
    place = at(path)
    os.makedirs(os.path.dirname(os.path.abspath(place)), exist_ok=True)
    if os.path.islink(place):
        os.unlink(place)
    with open(place, "w", encoding="utf-8") as file:
        file.write(text)


def remove(path: str) -> None:
    place = at(path)
    if os.path.islink(place) or os.path.isfile(place):
        os.unlink(place)
    elif os.path.isdir(place):
        import shutil

        shutil.rmtree(place)


def files(directory: str) -> Iterator[str]:
    """Give the files below a directory, relative to it, in order."""
    found = []
    for folder, _, names in os.walk(at(directory)):
        found += [os.path.relpath(os.path.join(folder, name), at(directory)) for name in names]
    yield from sorted(found)


def show(path: str) -> None:
    """Print a file, or all files below a directory, which has to be there."""
    place = need(path)
    if os.path.isfile(place):
        say(f"{path}: {read(place).strip()[:300]}")
        return
    for name in files(place):
        say(f"{path}/{name}: {read(os.path.join(place, name)).strip()[:120]}")


def link(program: str, directory: str) -> None:
    """Make a program available in a directory."""
    place = os.path.join(at(directory), program)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if not os.path.lexists(place):
        os.symlink(os.path.join(standins(), program), place)


def run(command: str | Sequence[str], *, cwd: str = ".", path: Sequence[str] = (), **settings: str) -> None:
    """Run a command, in a shell if it is text; end with its status if it fails."""
    words = ["sh", "-c", command] if isinstance(command, str) else command
    search = os.pathsep.join([*map(os.path.abspath, path), os.environ["PATH"]])
    if status := status_of(words, {**os.environ, "PATH": search, **settings}, at(cwd)):
        sys.exit(status)


def split(words: Sequence[str], valued: str = "") -> tuple[list[str], dict[str, str]]:
    """Give the plain words and the options, with their values where they take one."""
    takes = valued.split()
    plain: list[str] = []
    options: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            plain.append(word)
        elif equals:
            options[name] = value
        else:
            options[word] = next(rest, "") if word in takes else ""
    return plain, options


def upwards(start: str) -> Iterator[str]:
    """Give a directory and those above it, up to the image's root."""
    place = os.path.abspath(at(start))
    while place.startswith(root()):
        yield place
        place = os.path.dirname(place)


def literals(text: str, *calls: str) -> Iterator[str]:
    """Give the string that each of these calls has as its first argument."""
    import re

    for call in calls:
        yield from re.findall(call + r"\(\s*[\"']([^\"']+)[\"']", text)


def words_of(line: str) -> list[str]:
    import shlex

    return shlex.split(line)


def program_file(path: str, text: str) -> None:
    """Write a machine's program: the shell's own file, with what the program does behind it, a mebibyte long.

    Its standard input is a line that gives the file to the stand-in `binary`.
    """
    shell = os.path.realpath(which("sh") or "/bin/sh")
    place = at(path)
    os.makedirs(os.path.dirname(os.path.abspath(place)), exist_ok=True)
    remove(path)
    with open(shell, "rb") as source, open(place, "wb") as file:
        file.write(source.read())
        file.write(bytes(1024 * 1024) + MARK + text.encode())
    os.chmod(place, 0o755)


MARK = b"\n>>> what the program does\n"


def is_program(path: str) -> bool:
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return MARK in file.read()


def payload(path: str) -> str:
    """What a program made by `program_file` does."""
    with open(at(path), "rb") as file:
        return file.read().partition(MARK)[2].decode()
