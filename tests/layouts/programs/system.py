"""What a system has, which most layouts start most often."""

from __future__ import annotations

import os

from image import at, link, run


def system(name: str, words: list[str]) -> None:
    """apt-get, apk and dnf: programs of the system."""
    packages = {"nodejs": ("node", "npm", "npx"), "python3": ("python3", "pip"), "build-essential": ("make", "gcc")}
    for word in words:
        for program in packages.get(word, (word,) if word in ("npm", "make", "git", "php", "supervisor") else ()):
            link("supervisord" if program == "supervisor" else program, "/usr/bin")


def plain(name: str, words: list[str]) -> None:
    """A program of the system itself, on paths of the image."""
    places = (os.path.join(folder, name) for folder in os.environ["REAL_PATH"].split(os.pathsep))
    os.execv(
        next(place for place in places if os.access(place, os.X_OK)),
        [name, *(word if name in ("grep", "sed") else at(word) for word in words)],
    )


def tini(name: str, words: list[str]) -> None:
    run([one for one in words if one != "--"])


def nothing(name: str, words: list[str]) -> None:
    """Do nothing that concerns files."""


PLAIN = (
    *("cp", "mv", "rm", "mkdir", "cat", "ls", "chmod", "touch", "ln", "find", "rmdir", "head", "sort", "tar"),
    *("dirname", "basename"),
)
PROGRAMS = {
    **dict.fromkeys(PLAIN, plain),
    **dict.fromkeys(("apt-get", "apk", "dnf"), system),
    **dict.fromkeys(("tini", "dumb-init", "gosu", "su-exec"), tini),
    **dict.fromkeys(("useradd", "adduser", "chown", "gem", "a2enmod", "docker-php-ext-install", "addgroup"), nothing),
}
