"""What programs of the project ask git, or read in its repository as files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ctxaudit.needed.project import Project
from ctxaudit.values import expression

_VERBS = (
    r"(?:describe|rev-parse|rev-list|log|show|show-ref|submodule|archive|ls-files|ls-tree|status|symbolic-ref|name-rev"
    r"|for-each-ref|cat-file|shortlog|blame|diff|diff-index|diff-tree|branch|tag|config --get)"
)
GIT = rf"\bgit (?:-\S+ (?:\S+ )?)?{_VERBS}\b"
_WORDS = rf"[\"']git[\"'][\s,(\[]+(?:[\"']-[^\"']*[\"'][\s,]+(?:[^,]*,\s*)?)?[\"']{_VERBS}[\"']"
CALLS = rf"{GIT}|{_WORDS}"  # in a file of any language: as a line of a shell, or as a list of words
_LIBRARIES = (
    r"(?:\bfrom|\brequire\(?|\bimport\(?)\s*[\"'](?:simple-git|git-rev-sync|git-revision-webpack-plugin|isomorphic-git"
    r"|git-repo-info|git-describe|git-last-commit|git-commit-info|git-rev(?:-parse|ision)?|next-build-id|nodegit"
    r"|nextjs-build-id|vite-plugin-git[\w-]*|unplugin-git[\w-]*|unplugin-info(?:/\w+)?|git-rev-webpack-plugin"
    r"|last-commit-log|rugged|git)[\"']"
    r"|\bGitRevisionPlugin\b|^[^\S\n]*+(?:import|from) (?:git|pygit2|dulwich|setuptools_scm|dunamai|versioneer)\b"
)
_ASKS = expression(rf"{CALLS}|{_LIBRARIES}", re.MULTILINE)
_HEADS = expression(
    r"\.git[/\\]+(?:HEAD|refs|packed-refs)\b|[\"']\.git[\"']\s*[,/+]+\s*[\"'](?:HEAD|refs|packed-refs)\b"
)
# `${root}/.git` in one place, and `/HEAD` behind it in another.
_DIRECTORY, _HEAD = expression(r"(?:^|[/\"'`])\.git[\"'`]", re.MULTILINE), expression(r"[/\"'`]HEAD[\"'`]")
_PARTS = expression(r"\.git[/\\](?:objects|index|logs|config|modules)\b")
# One of these stands wherever an expression above matches.
_SAID = (
    "git", "Git", "build-id", "unplugin-info", "last-commit-log", "rugged", "dulwich", "setuptools_scm", "dunamai",
    "versioneer",
)  # fmt: skip
# The repository itself, by name: neither `x.git` nor `.gitignore`.
_NAMED = expression(r"(?:^|[\s/=\"'`:({$])\.git(?![\w.-])")
_SPARED = expression(r"\brm\b|\bexclude|\bprune\b|\bignore|(?:-not|!) -(?:path|name)\b|\becho\b|\bgit clone\b")
_COMMENT = expression(
    r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)|(?<![:\w/])//[^\n]*|/\*.*?\*/|(?:^|(?<=\s))#[^\n]*""",
    re.DOTALL,
)
_IMPORT = expression(r"(?:\bfrom|\brequire\(|\bimport\(?)\s*[\"'](\.{1,2}/[^\"'\n]+)[\"']")
_MODULE = expression(r"^[^\S\n]*+(?:from|import)\s++(\.*+[\w.]++)(?:\s++import\s++\(?([\w, ]+))?", re.MULTILINE)
_NAMED_MODULE = expression(r"[\"'](\w+(?:\.\w+){1,6})(?::\w+)?[\"']")
_OPEN = expression(r"\b(?:require|import)\(\s*[^\"'\s)]|\breaddir|\bimportlib\b|\b__import__\b")
_ENDINGS = ("", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx", "/index.js", "/index.ts", ".json")
_MOST = 80
_HEAD_OF_FILE = 200_000

_JS = ("js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx")
# Endings of the sources of a program that one of these runs; "" stands for every other program.
_LANGUAGES: dict[str, Sequence[str]] = {
    **dict.fromkeys(("node", "npm", "next", "bun", "deno", "tsx", "ts-node", "pm2", "nodemon", "yarn", "pnpm"), _JS),
    **dict.fromkeys(
        ("python", "gunicorn", "uvicorn", "flask", "celery", "hypercorn", "daphne", "uwsgi", "django-admin"), ("py",)
    ),
    **dict.fromkeys(("ruby", "bundle", "puma", "rails", "rackup", "unicorn", "sidekiq", "thin"), ("rb", "ru")),
    **dict.fromkeys(("php", "php-fpm", "apache2-foreground", "frankenphp"), ("php",)),
    "": ("go", "rs", "java", "kt", "scala", "cs", "ex", "exs", "swift"),
}
# What the people who work at the project run, and a server does not.
_ASIDE = expression(
    r"(?:^|/)(?:tests?|__tests__|spec|e2e|docs?|examples?|scripts?|tools?|hack|ci|\.[^/]+|benchmarks?|node_modules|vendor)/"
    r"|[._]test\.|\.spec\.|(?:^|/)(?:[\w.-]+\.config\.\w+|gulpfile\.\w+|Gruntfile\.\w+|setup\.py|noxfile\.py|tasks\.py"
    r"|conftest\.py|build\.rs)$"
)


class Asked(NamedTuple):
    """What a source reads of the repository. heads: HEAD and the refs alone, as files."""

    what: str
    where: str
    heads: bool


def asked(path: str, text: str) -> Asked | None:
    """Give what the text of a source asks git, None for nothing."""
    if not any(word in text for word in _SAID):
        return None
    code = _COMMENT.sub(_blank, text[:_HEAD_OF_FILE])
    for regex, heads in ((_ASKS, False), (_PARTS, False), (_HEADS, True)):
        if found := regex.search(code):
            return Asked(" ".join(found[0].split()), _where(path, code, found.start()), heads)
    found = _DIRECTORY.search(code)
    if found and _HEAD.search(code):
        return Asked(".git and HEAD in it", _where(path, code, found.start()), True)
    return None


def named(path: str, text: str) -> Asked | None:
    """Give the first line of a shell script that names the repository, but for one that removes or excludes it."""
    for number, line in enumerate(text[:_HEAD_OF_FILE].split("\n") if ".git" in text else (), 1):
        if not line.lstrip().startswith("#") and _NAMED.search(line) and not _SPARED.search(line):
            return Asked(".git", f"{path}:{number}", False)
    return None


def _blank(match: re.Match[str]) -> str:
    return match[1] or "\n" * match[0].count("\n")


def _where(path: str, code: str, offset: int) -> str:
    return f"{path}:{code.count(chr(10), 0, offset) + 1}"


class Sources:
    """The programs of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def of(self, paths: Iterable[str]) -> Iterator[Asked]:
        """Give what these sources ask."""
        for path in paths:
            if found := self._project.of_text(asked, path):
                yield found

    def scripts(self, word: str) -> list[str]:
        """Give the tracked files that a word of a command may mean."""
        written = posixpath.normpath(word)
        if not word or written in (".", "/"):
            return []
        names = [posixpath.basename(written) + ending for ending in ("", ".js", ".ts")]
        found = [path for name in names for path in self._project.named(name)]
        return [path for path in found if _means(written, path.removesuffix(".js").removesuffix(".ts"), path)][:8]

    def module(self, word: str) -> list[str]:
        """Give the tracked files of a Python module, as `gunicorn app.main:app` names it."""
        name = word.partition(":")[0].replace(".", "/")
        return [
            path for path in (f"{name}.py", f"{name}/__init__.py", f"src/{name}.py") if path in self._project.paths()
        ]

    def reached(self, starts: Iterable[str]) -> tuple[list[str], bool]:
        """Follow imports; say also whether something is loaded whose name the source does not say."""
        pending = list(dict.fromkeys(starts))
        is_open = False
        for path in pending:  # grows meanwhile
            code = _COMMENT.sub(_blank, (self._project.text(path) or "")[:_HEAD_OF_FILE])
            is_open = is_open or _OPEN.search(code) is not None
            found = self._python(path, code) if path.endswith(".py") else self._script(path, code)
            pending += [one for one in dict.fromkeys(found) if one not in pending]
            if len(pending) > _MOST:
                return pending, True
        return pending, is_open

    def _script(self, path: str, code: str) -> Iterator[str]:
        for name in _IMPORT.findall(code):
            below = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            stems = (below, re.sub(r"\.[mc]?js$", "", below))
            places = (stem + ending for stem in stems for ending in _ENDINGS)
            yield from [place for place in places if place in self._project.paths()][:1]

    def _python(self, path: str, code: str) -> Iterator[str]:
        names = [
            name
            for found in _MODULE.finditer(code)
            for name in (found[1], *(f"{found[1].rstrip('.')}.{one.strip()}" for one in (found[2] or "").split(",")))
        ]
        names += [found[1] for found in _NAMED_MODULE.finditer(code)]
        folder = posixpath.dirname(path)
        for name in names:
            below = name.lstrip(".").replace(".", "/")
            for base in {folder, posixpath.dirname(folder), ""}:
                stem = posixpath.join(base, below)
                yield from (one for one in (f"{stem}.py", f"{stem}/__init__.py") if one in self._project.paths())

    def written_in(self, program: str) -> list[str]:
        """Give the sources of a server that a program runs."""
        name = re.sub(r"[\d.]+$", "", program)
        found = (path for ending in _LANGUAGES.get(name, _LANGUAGES[""]) for path in self._project.with_ending(ending))
        return [path for path in sorted(found) if not _ASIDE.search(path)]


def _means(written: str, stem: str, path: str) -> bool:
    if written.startswith("/"):
        return written.endswith((f"/{path}", f"/{stem}"))
    return any(one == written or one.endswith(f"/{written}") for one in (path, stem))
