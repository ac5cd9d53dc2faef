"""What programs of the project ask git, or read in its repository as files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from ctxaudit.needed.project import Project
from ctxaudit.needed.shell import Command
from ctxaudit.values import expression, frozen

# Which commands make a tool ask git: those that build the package, the pages or the program of the project.

Runs = Callable[[Command], bool]

_ASKED = frozenset(("--version", "-V", "-v", "--help", "-h", "help", "version"))
_LOCAL = expression(r"(?:file:|\.{1,2}(?:[/\[]|$)|/)")
_ARCHIVE = (".whl", ".tar.gz", ".zip", ".txt", ".in")
_CARGO_QUIET = frozenset(
    ("fetch", "chef", "new", "init", "add", "login", "update", "generate-lockfile", "vendor", "metadata", "search")
)
_DOTNET_QUIET = frozenset(("restore", "tool", "nuget", "new", "dev-certs", "workload", "sln", "add", "--info", "clean"))
_MAVEN_QUIET = ("dependency:", "help:", "wrapper:", "versions:", "de.qaware.maven:")
_PYTHON_BUILDS = frozenset(
    (
        *(
            "build",
            "pyproject-build",
            "setup.py",
            "flit",
            "hatch",
            "hatchling",
            "tox",
            "nox",
            "maturin",
            "cibuildwheel",
        ),
        *("python-build", "setuptools_scm", "setuptools-scm", "dunamai", "versioneer", "versioningit", "pipx"),
    )
)
# The word that has one of these tools build or install the project itself, and the option that says not to.
_MANAGERS = {
    "poetry": (frozenset(("install", "sync", "build", "publish")), ""),
    "pdm": (frozenset(("install", "sync", "build", "publish")), "--no-self"),
    "uv": (frozenset(("sync", "build", "run")), "--no-install-project"),
    "pipenv": (frozenset(("install", "sync")), ""),
    "rye": (frozenset(("sync", "build")), ""),
    "pixi": (frozenset(("install", "run", "build")), ""),
    "conda": (frozenset(("env", "build")), ""),
}


def program(*names: str) -> Runs:
    """Tell whether a command runs one of these programs, and not only for its version."""
    known = frozenset(names)
    return lambda command: (
        (command.program in known or command.program.rpartition(".")[0] in known) and not _is_asked(command)
    )


def _is_asked(command: Command) -> bool:
    return len(command.words) == 2 and command.words[1] in _ASKED


def builds_python(command: Command) -> bool:
    """Whether a command builds or installs a Python package from the tree; a requirements file may name the tree."""
    name, words = command.program, command.words[1:]
    if re.fullmatch(r"pip[\d.]*", name) or (name == "uv" and words[:1] == ("pip",)):
        return bool({"install", "wheel", "download"} & set(words)) and any(map(_is_project, words))
    if name == "uv" and "uv" not in command.wrappers and words[:1] == ("tool",):
        return any(map(_is_project, words))
    if name in _MANAGERS:
        subcommands, without = _MANAGERS[name]
        return bool(subcommands & set(words)) and (not without or without not in words)
    # `uv run` installs the project before it runs anything.
    is_synced = "uv" in command.wrappers and not {"--no-project", "--no-sync", "--no-install-project"} & set(words)
    return is_synced or (name in _PYTHON_BUILDS and not _is_asked(command))


def _is_project(word: str) -> bool:
    value = word.partition("=")[2] if word.startswith("--") else word.removeprefix("-e")
    return _LOCAL.match(value.strip()) is not None and not value.endswith(_ARCHIVE)


def required(command: Command) -> list[str]:
    """Give the requirements files that pip installs from: a line of one may be the project itself."""
    files, words = [], command.words
    if re.fullmatch(r"pip[\d.]*|uv|conda|mamba|micromamba", command.program):
        for at, word in enumerate(words):
            if word in ("-r", "--requirement", "-f", "--file") and at + 1 < len(words):
                files.append(words[at + 1])
            elif word.startswith(("-r", "--requirement=", "--file=")):
                files.append(word.removeprefix("-r").rpartition("=")[2])
    return files


def builds_rust(command: Command) -> bool:
    """Whether a command compiles crates of the project, and with them runs their build scripts."""
    words = [word for word in command.words[1:] if not word.startswith(("+", "-"))]
    if command.program == "cargo":
        is_other = words[:1] == ["install"] and not any(word.startswith("--path") for word in command.words)
        return bool(words) and words[0] not in _CARGO_QUIET and not is_other
    return command.program in ("cross", "trunk", "wasm-pack", "maturin", "cargo-leptos", "dx") or builds_python(command)


def builds_maven(command: Command) -> bool:
    """Whether Maven goes through phases, to which its plugins are bound; a goal that is called alone runs none."""
    words = [word for word in command.words[1:] if not word.startswith("-") and word != "clean"]
    return command.program in ("mvn", "mvnw", "mvnd") and any(not word.startswith(_MAVEN_QUIET) for word in words)


def builds_dotnet(command: Command) -> bool:
    """Whether MSBuild runs targets; a restore does not."""
    words = [word for word in command.words[1:] if not word.startswith(("-", "/"))]
    if command.program != "dotnet":
        return command.program in ("msbuild", "nbgv", "dotnet-gitversion", "gitversion", "minver")
    return bool(words) and words[0] not in _DOTNET_QUIET and not words[0].endswith(".dll")


def builds_go(command: Command) -> bool:
    """Whether go links a program; with -buildvcs=false it does not."""
    words = command.words
    flags = (*words, *command.env.get("GOFLAGS", "").split())
    if command.program in ("goreleaser", "ko", "mage", "gox"):
        return True
    is_foreign = words[1:2] == ("install",) and any("@" in word for word in words[2:])
    builds = command.program == "go" and words[1:2] in (("build",), ("install",), ("run",))
    return builds and not is_foreign and "-buildvcs=false" not in flags


def builds_ruby(command: Command) -> bool:
    """Whether Bundler or RubyGems evaluates the gem's specification."""
    words = command.words[1:]
    if "bundle" in command.wrappers:
        return True
    return (command.program in ("bundle", "bundler") and words[:1] != ("config",) and not _is_asked(command)) or (
        command.program == "gem" and "build" in words
    )


def any_of(*ways: Runs) -> Runs:
    return lambda command: any(runs(command) for runs in ways)


def _runs_one(commands: Collection[Command], runs: Runs) -> bool:
    return any(map(runs, commands))


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


@frozen
class Asked:
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
        if match := regex.search(code):
            return Asked(" ".join(match[0].split()), _where(path, code, match.start()), heads)
    match = _DIRECTORY.search(code)
    if match and _HEAD.search(code):
        return Asked(".git and HEAD in it", _where(path, code, match.start()), True)
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
            if question := self._project.of_text(asked, path):
                yield question

    def scripts(self, word: str) -> list[str]:
        """Give the tracked files that a word of a command may mean."""
        written = posixpath.normpath(word)
        if not word or written in (".", "/"):
            return []
        names = [posixpath.basename(written) + ending for ending in ("", ".js", ".ts")]
        paths = [path for name in names for path in self._project.named(name)]
        return [path for path in paths if _means(written, path.removesuffix(".js").removesuffix(".ts"), path)][:8]

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
            imported = self._python(path, code) if path.endswith(".py") else self._script(path, code)
            pending += [source for source in dict.fromkeys(imported) if source not in pending]
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
            for match in _MODULE.finditer(code)
            for name in (
                match[1],
                *(f"{match[1].rstrip('.')}.{member.strip()}" for member in (match[2] or "").split(",")),
            )
        ]
        names += [match[1] for match in _NAMED_MODULE.finditer(code)]
        folder = posixpath.dirname(path)
        for name in names:
            below = name.lstrip(".").replace(".", "/")
            for base in {folder, posixpath.dirname(folder), ""}:
                stem = posixpath.join(base, below)
                yield from (
                    candidate
                    for candidate in (f"{stem}.py", f"{stem}/__init__.py")
                    if candidate in self._project.paths()
                )

    def written_in(self, program: str) -> list[str]:
        """Give the sources of a server that a program runs."""
        name = re.sub(r"[\d.]+$", "", program)
        paths = (path for ending in _LANGUAGES.get(name, _LANGUAGES[""]) for path in self._project.with_ending(ending))
        return [path for path in sorted(paths) if not _ASIDE.search(path)]


def _means(written: str, stem: str, path: str) -> bool:
    if written.startswith("/"):
        return written.endswith((f"/{path}", f"/{stem}"))
    return any(form == written or form.endswith(f"/{written}") for form in (path, stem))
