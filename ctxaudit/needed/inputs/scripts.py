"""What shells, make and the programs for files read: the files that their words name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctxaudit.needed.inputs.values import Input, Reader, each, one
from ctxaudit.needed.makers.call import Call
from ctxaudit.needed.wrappers import SHELLS
from ctxaudit.values import expression

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_ACTIVATES = expression(r"/bin/activate\Z|(?:\A|/)(?:nvm\.sh|cargo/env|\.(?:bash|z)rc|\.profile|profile)\Z")
_ENDING = expression(r"\.\w+\Z")


def shell(call: Call) -> Iterator[Input]:
    """`sh x.sh`: the script."""
    words = call.words
    at = 0
    while at < len(words) and words[at][:1] in ("-", "+"):
        if words[at] in ("-s", "-c", "--"):
            return
        at += 2 if words[at].endswith("o") and not words[at].startswith("--") else 1
    yield from each(call, [word for word in words[at : at + 1] if _ENDING.search(word) or "/" in word])


def source(call: Call) -> Iterator[Input]:
    yield from each(call, [word for word in call.words[:1] if not _ACTIVATES.search(word)])


def make(call: Call) -> Iterator[Input]:
    options = call.options("-C -f --directory --file --makefile -I -o -W -l -j")
    if options.has("-v", "--version", "--help", "-h"):
        return
    base = options.get("-C", "--directory") or "."
    named = options.get("-f", "--file", "--makefile")
    yield from one(call, *([named] if named else _MAKEFILES), base=base)


def mode(call: Call) -> Iterator[Input]:
    """chmod and chown: what stands behind the mode or the owner."""
    options = call.options("--reference --from")
    if not options.has("--reference", "-f", "--quiet", "--silent"):
        yield from each(call, options.plain[1:] if not _is_mode_an_option(call) else options.plain)


def _is_mode_an_option(call: Call) -> bool:
    """Whether the mode looks like an option, as in `chmod -x file`."""
    return any(re.fullmatch(r"-[rwxXst]+", word) for word in call.words)


def copy(call: Call) -> Iterator[Input]:
    """cp, mv and install: all but the last."""
    options = call.options("-t --target-directory -m --mode -o -g --owner --group -S --suffix")
    if not options.has("-d", "--directory"):
        yield from each(call, options.plain if options.has("-t", "--target-directory") else options.plain[:-1])


def stream_editor(call: Call) -> Iterator[Input]:
    """`sed -i`: the files."""
    options = call.options("-e -f --expression --file")
    if any(word.startswith(("-i", "--in-place")) or re.fullmatch(r"-[nErs]*i", word) for word in call.words):
        yield from each(call, options.plain if options.has("-e", "--expression", "-f", "--file") else options.plain[1:])


def archive(call: Call) -> Iterator[Input]:
    """`tar xf`: the archive."""
    words = list(call.words)
    found = next((at for at, word in enumerate(words) if re.fullmatch(r"-?[a-zA-Z]*x[a-zA-Z]*f", word)), None)
    if found is not None:
        yield from each(call, [word for word in words[found + 1 : found + 2] if word != "-"])


def operands(call: Call) -> Iterator[Input]:
    """A program that reads all files that its words name."""
    yield from each(call, call.options("").plain)


def package(call: Call) -> Iterator[Input]:
    """apt-get and apk: packages that are files."""
    endings = (".deb", ".rpm", ".apk")
    yield from each(call, [word for word in call.options("").plain if word.endswith(endings) and "/" in word])


def by_path(call: Call) -> Iterator[Input]:
    """A program by its path."""
    yield from each(call, call.command.words[:1])


READERS: dict[str, Reader] = {
    **dict.fromkeys(sorted(SHELLS), shell),
    **dict.fromkeys((".", "source"), source),
    **dict.fromkeys(("make", "gmake"), make),
    **dict.fromkeys(("chmod", "chown"), mode),
    **dict.fromkeys(("cp", "mv", "install"), copy),
    "sed": stream_editor,
    **dict.fromkeys(("tar", "bsdtar"), archive),
    "dos2unix": operands,
    **dict.fromkeys(
        ("ruby", "perl"), lambda call: each(call, [w for w in call.words[:1] if re.search(r"\.(?:rb|pl)\Z", w)])
    ),
    **dict.fromkeys(["apt-get", "apt", "apk", "dpkg", "yum", "dnf", "microdnf"], package),
}
