"""What installs dependencies behind a copy of the source, and the lines that would install them before it.

A row of the table knows for one package manager the files that it reads, and what makes it read more than them: then
nothing is said. The tools' own documentation says the same of each: install from the manifest and the lock, then copy
the rest.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ctxaudit.needed.facts import Manifest, strings
from ctxaudit.needed.shell import Command
from ctxaudit.survey.plan import Plan
from ctxaudit.values import expression, frozen

_MOST = 200  # members of a workspace
_MOST_NAMED = 20  # files of requirements
_HEAD = 1 << 21  # bytes of a manifest or a lock file
_MOST_WORDS = 2_000  # of a configuration
_LIFECYCLE = frozenset(
    (
        *("preinstall", "install", "postinstall", "prepare", "prepublish", "preprepare", "postprepare"),
        *("dependencies", "pnpm:devPreinstall"),
    )
)
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "overrides", "resolutions")
_READING = frozenset(("prisma", "@prisma/client"))  # packages whose own scripts read the source
_READ_BY_PACKAGES = (".puppeteerrc", "puppeteer.config.")
_LOCAL = expression(r"(?:file|link|portal|patch|exec|git\+file):.*|[./~].*|(?!.*://).*\.(?:tgz|tar|tar\.gz)", re.DOTALL)
_GLOB = expression(r"[\w@.-]+(?:/[\w@.-]+)*(?:/\*)?")
_PNPM_KEY = expression(r"[\"']?([\w-]+)[\"']?:[ ]*(.*)")
_PNPM_MEMBER = expression(r"[ ]*-[ ]+[\"']?([^\s\"'#]+)[\"']?")
_PNPM_OTHER = frozenset(("patchedDependencies", "overrides", "pnpmfile", "cafile", "lockfileDir"))
_COMMENT = expression(r"(?:^|(?<=\s))#.*", re.MULTILINE)
_WORD = expression(r"[^\s=:\"',()\[\]{}<>]+")
_PIP_VALUED = frozenset(
    (
        *("-i", "--index-url", "--extra-index-url", "--trusted-host", "-t", "--target", "--prefix", "--root"),
        *("--timeout", "--platform", "--python-version", "--python", "--progress-bar", "--retries", "--no-binary"),
        "--only-binary",
    )
)
_PIP_BEGINS = {"uv": ("pip",), "python": ("-m", "pip"), "python3": ("-m", "pip")}
_PIP_FILES = ("--requirements", "--requirement", "--constraints", "--constraint", "-r", "-c")
_PIP_OTHER = expression(
    r"-[ef].*|--(?:editable|find-links|cert|client-cert|build-constraints?|config-settings?|group)(?:=.*)?"
)
_PLAIN_REQUIREMENT = expression(r"[A-Za-z0-9][\w.\[\],-]*\s*(?:[;=<>!~@ ].*)?")
_ARCHIVE = expression(r".*\.(?:whl|zip|tgz|tar|tar\.\w+)")
_NESTED = expression(r"(?:-[rc]|--requirement|--constraint)(?:\s+|=|(?<=-[rc]))(\S+)")
_HASH_LINE = expression(r"\s*--hash=\S+|\s*--(?:extra-)?index-url[ =]\S+|\s*--(?:only|no)-binary[ =]\S+")
_UV_LOCAL = expression(
    r"^source = \{ (?:(?:directory|path|editable|virtual) = \"(?!\.\")|registry = \"(?!https?:))", re.MULTILINE
)
_POETRY_LOCAL = expression(r"^type = \"(?:directory|file)\"", re.MULTILINE)
_GO_LOCAL = expression(r"=>\s*(?:/|\.{1,2}(?:/|\s|$))")
_GEM_SOURCE = expression(r"\bpath\b|^[ \t]*gemspec\b|\beval_gemfile\b|\bFile\.|\brequire_relative\b", re.MULTILINE)
_CARGO_OTHER = expression(
    r"^[ \t]*\[+[ \t]*(?:workspace|bin|lib|bench|example|test)\b|^[ \t]*(?:build|default-run|links|workspace)[ \t]*="
    r"|\bpath[ \t]*=|\bworkspace[ \t]*=",
    re.MULTILINE,
)
_CARGO_LOCAL = expression(r"\b(?:directory|local-registry|paths|include)\s*=|\bfile:|\bpath\s*=")
_COMPOSER_OTHER = expression(
    r"\"type\"\s*:\s*\"(?:path|artifact)\"|\"url\"\s*:\s*\"(?:\.|/|file:)|\"patches|\"merge-plugin\"|\"file-mapping\""
)
_MAVEN_OTHER = expression(
    r"<module>|<modules>|<relativePath>[^<]|systemPath|<url>\s*(?:file:|\$\{(?:project\.)?basedir)"
)
_NO_PATH = expression(r"<relativePath\s*(?:/>|></relativePath>)")
_MIX_OTHER = expression(
    r"\b\w*path:|\block_?file:|\bin_umbrella:|\bapps_path:|\bFile\.|\bCode\.|\bSystem\.(?:cmd|shell)"
)
_GRADLE_OTHER = expression(
    r"^[ \t]*include|\bincludeBuild\b|\bapply\s*(?:\(\s*)?from|\b[fF]ile\(|InputStream|\bexec(?:ute)?\s*[({]"
    r"|git-?version",
    re.MULTILINE,
)
_LOCAL_FEED = expression(r"\bvalue=\"(?!https?:)")
# Options that lead a program to another directory or to a file of its own, by the first letters.
_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "npm": ("--prefix", "-C", "--userconfig", "--globalconfig"),
    "pnpm": ("--dir", "-C", "--prefix", "--lockfile-dir", "--config"),
    "yarn": ("--cwd", "--use-yarnrc"),
    "uv": ("--directory", "--project", "--package", "--all-packages", "--script", "--config-file"),
    "poetry": ("--directory", "-C", "--project", "-P", "--only-root"),
    "go": ("-C", "-mod", "-overlay"),
    "cargo": ("--manifest-path", "--config", "-C", "--offline", "--frozen"),
    "bundle": ("--gemfile",),
    "composer": ("--working-dir", "-d"),
    "mvn": ("-f", "--file", "-s", "--settings", "-gs", "--global-settings", "-t", "-pl", "-o", "--offline", "-rf"),
    "gradle": (
        *("-p", "--project-dir", "-b", "-c", "-I", "--init-script", "--include-build", "--settings-file"),
        *("--build-file", "--offline"),
    ),
    "dotnet": ("--no-restore", "--source", "-s", "--packages", "--use-lock-file"),
}
# Variables by which an environment does the same.
_SETTINGS = ("NPM_CONFIG_", "npm_config_", "YARN_", "PIP_", "UV_", "POETRY_", "GO", "CARGO_", "BUNDLE_", "COMPOSER")


class Lines(NamedTuple):
    """What to write above the copy: a COPY of these files and directories, and a RUN of this command.

    command: in place of the whole one; or a part of it, where the whole stays behind the source. within: what the
    command stands in, at "{}". parents: the files keep their directories. part: what of the command the part does, ""
    where it does all of it.
    """

    files: tuple[str, ...]
    command: str
    directories: tuple[str, ...] = ()
    parents: bool = False
    part: str = ""
    within: str = "{}"


_DOWNLOADS = "the downloads of"
_PACKAGES = "the packages of"


class Folder:
    """A directory of the context, as far as a builder is sent it.

    top: the directory that the copy takes, in which it lies. is_cut: a file is larger than what is read of it.
    """

    def __init__(self, plan: Plan, path: str, top: str = "") -> None:
        self._plan = plan
        self._top = top
        self.path = path
        self.is_cut = False

    def at(self, name: str) -> str:
        """The context path of a name in it."""
        return posixpath.normpath(posixpath.join(self.path, name)).removeprefix("./")

    def has(self, name: str, kind: str = "file") -> bool:
        """Whether a file of this name is there and permitted."""
        path = self.at(name)
        return not path.startswith(("..", "/")) and self._plan.tree.type(path) == kind and self._plan.permits_path(path)

    def text(self, name: str) -> str:
        """What a file holds, "" for none."""
        data = self._plan.tree.head(self.at(name), _HEAD + 1) if self.has(name) else b""
        self.is_cut = self.is_cut or len(data) > _HEAD
        return data.decode("utf-8", "replace")

    def names(self, name: str = "") -> list[str]:
        """The names in it, or in a directory of it."""
        return sorted(self._plan.tree.names(self.at(name) if name else self.path))

    def json(self, name: str) -> dict[str, object] | None:
        """A manifest, None for what is not one."""
        try:
            manifest = json.loads(self.text(name))
        except (ValueError, RecursionError):
            return None
        return manifest if isinstance(manifest, dict) else None

    def those(self, *names: str) -> tuple[str, ...]:
        """Give those of the names that are there."""
        return tuple(name for name in names if self.has(name))

    def dirs(self, *names: str) -> tuple[str, ...]:
        """Give those of the names that are directories."""
        return tuple(name for name in names if self.has(name, "dir"))

    def above(self, *names: str) -> list[str]:
        """Give what files of these names hold in the directories above it that the copy takes, too."""
        texts, path = [], self.path
        while path not in ("", self._top):
            path = posixpath.dirname(path)
            folder = Folder(self._plan, path)
            texts += [folder.text(name) for name in folder.those(*names)]
        return texts

    def named_in(self, *configurations: str) -> tuple[str, ...] | None:
        """Give the files that a configuration names; None where it names a directory, or is too long."""
        files: list[str] = []
        words = dict.fromkeys(word for name in configurations for word in _WORD.findall(self.text(name)))
        if len(words) > _MOST_WORDS:
            return None
        for word in words:
            if self.has(word):
                files.append(posixpath.normpath(word))
            elif "/" in word and self.has(word, "dir"):
                return None
        return tuple(files)


Row = Callable[[Command, Folder], Lines | None]


def lines_of(command: Command, folder: Folder) -> Lines | None:
    """Give what installs the same before the source is copied, None where that is not certain."""
    row = _ROWS.get(command.program)
    if row is None or any("$" in word or "`" in word for word in command.words) or command.wrappers:
        return None
    if len(command.words) < 2 and command.program != "yarn":
        return None
    others = _ELSEWHERE.get(_FAMILIES.get(command.program, command.program), ())
    if any(_is_option(word, other) for word in command.words[1:] for other in others):
        return None
    if any(folder.has(value) or folder.has(value, "dir") for value in _set(command)):
        return None
    lines = row(command, folder)
    return None if lines is None or folder.is_cut else lines._replace(files=tuple(dict.fromkeys(lines.files)))


def _is_option(word: str, option: str) -> bool:
    """Whether a word is an option, with its value in it or without."""
    return word == option or word.startswith(f"{option}=") or (len(option) == 2 and word.startswith(option))


def _set(command: Command) -> Iterator[str]:
    """Give the values by which the environment may lead a program to another file."""
    for name, value in command.env.items():
        if name.startswith(_SETTINGS) and value not in ("", "."):
            yield value


def _operands(words: Sequence[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")]


def _javascript(command: Command, folder: Folder) -> Lines | None:
    program = command.program
    row = _JAVASCRIPT[program]
    operands = _operands(command.words[1:])
    if operands[1:] or (operands or ["install"])[0] not in row.commands or (program != "yarn" and not operands):
        return None
    manifest, locks, named = folder.json("package.json"), folder.those(*row.locks), folder.named_in(*row.settings)
    if manifest is None or not locks or named is None or not _is_self_contained(manifest, command):
        return None
    if any('"workspaces"' in text for text in folder.above("package.json")) or folder.above("pnpm-workspace.yaml"):
        return None
    globs = _pnpm_globs(folder.text("pnpm-workspace.yaml")) if program == "pnpm" else _globs(manifest)
    if globs is None:
        return None
    members = [member for glob in globs for member in _matched(glob, folder)]
    if len(members) > _MOST:
        return None
    manifests = [folder.json(f"{member}/package.json") for member in members]
    if any(manifest is None or not _is_self_contained(manifest, command) for manifest in manifests):
        return None
    if any(folder.has(f"{package}/binding.gyp") for package in (".", *members)):  # which npm compiles
        return None
    if any(name.startswith(_READ_BY_PACKAGES) for name in folder.names()):
        return None
    directories = folder.dirs(".yarn") if program == "yarn" else ()
    own = ("package.json", *locks[:1], *folder.those(*row.settings))
    apart = (name for name in named if not name.startswith(tuple(f"{directory}/" for directory in directories)))
    return Lines(
        (*own, *apart, *(f"{glob}/package.json" for glob in globs if glob != ".")),
        shlex.join(command.words),
        directories,
        parents=any(glob != "." for glob in globs),
    )


def _is_self_contained(manifest: dict[str, object], command: Command) -> bool:
    """Whether an installation runs no script of the package, and takes nothing out of the source."""
    scripts = manifest.get("scripts")
    if isinstance(scripts, dict) and _LIFECYCLE & set(scripts) and "--ignore-scripts" not in command.words:
        return False
    if manifest.get("bin") or manifest.get("pnpm"):
        return False
    tables = [manifest.get(key) for key in _DEPENDENCIES]
    if any(isinstance(table, dict) and _READING & set(table) for table in tables):
        return False
    return not any(_LOCAL.fullmatch(value) for table in tables for value in _values(table))


def _values(table: object) -> Iterator[str]:
    """Give the strings of a table, and of the tables in it."""
    pending = [table]
    for entry in pending:  # grows meanwhile
        if isinstance(entry, dict):
            pending += entry.values()
        elif isinstance(entry, str):
            yield entry


def _pnpm_globs(text: str) -> list[str] | None:
    """Give the globs of a pnpm workspace's members, [] for no workspace; None where that is not certain."""
    globs: list[str] = []
    key = ""
    for line in filter(str.strip, _COMMENT.sub("", text).splitlines()):
        if match := _PNPM_KEY.fullmatch(line.rstrip()):
            key = match[1]
            if key in _PNPM_OTHER or (key == "packages" and match[2]):
                return None
        elif key == "packages":
            member = _PNPM_MEMBER.fullmatch(line.rstrip())
            if member is None:
                return None
            globs.append(member[1])
    return _plain_globs(globs)


def _globs(manifest: dict[str, object]) -> list[str] | None:
    workspaces = manifest.get("workspaces")
    workspaces = workspaces.get("packages") if isinstance(workspaces, dict) else workspaces
    return _plain_globs(workspaces) if isinstance(workspaces, list) else None if workspaces else []


def _plain_globs(globs: list[object] | list[str]) -> list[str] | None:
    """Give the globs as a COPY takes them, None where one is of another form, or there are too many."""
    plain_globs = dict.fromkeys(
        glob.removeprefix("./").removesuffix("/") if isinstance(glob, str) else "" for glob in globs
    )
    return list(plain_globs) if len(plain_globs) <= _MOST and all(map(_GLOB.fullmatch, plain_globs)) else None


def _matched(glob: str, folder: Folder) -> list[str]:
    """Give the members that a glob stands for; each name of a directory that has too many to look at."""
    if not glob.endswith("/*"):
        return [glob]
    members = [f"{glob[:-1]}{name}" for name in folder.names(glob[:-2])]
    return members if len(members) > _MOST else [member for member in members if folder.has(f"{member}/package.json")]


def _pip(command: Command, folder: Folder) -> Lines | None:
    words = command.words
    begin = (words[0], *_PIP_BEGINS.get(command.program, ()), "install")
    if words[: len(begin)] != begin:
        return None
    rest = iter(words[len(begin) :])
    named: list[str] = []
    for word in rest:
        option = next((prefix for prefix in _PIP_FILES if word.startswith(prefix)), "")
        if option:
            named.append(word.removeprefix(option).removeprefix("=") or next(rest, ""))
        elif word in _PIP_VALUED:
            next(rest, "")
        elif not word.startswith("-") or _PIP_OTHER.fullmatch(word):
            return None
    files = _requirements(folder, [posixpath.normpath(name) for name in named])
    return Lines(files, shlex.join(words)) if files else None


def _requirements(folder: Folder, named: list[str]) -> tuple[str, ...]:
    """Give files of requirements and those that they name; () where one names more than packages of an index."""
    for name in named:  # grows meanwhile
        if len(named) > _MOST_NAMED or not folder.has(name):
            return ()
        for line in re.sub(r"\\\r?\n", " ", folder.text(name)).splitlines():
            requirement = line.partition(" #")[0].strip()
            nested = _NESTED.fullmatch(requirement) if len(named) <= _MOST_NAMED else None
            if nested:
                named += {posixpath.normpath(posixpath.join(posixpath.dirname(name), nested[1]))}.difference(named)
            elif requirement and not requirement.startswith("#") and not _is_of_an_index(requirement):
                return ()
    return tuple(named)


def _is_of_an_index(requirement: str) -> bool:
    """Whether a line of requirements is about a package of an index, and of no file."""
    name = requirement.partition(" --hash")[0].strip()
    if _HASH_LINE.fullmatch(name):
        return True
    return bool(_PLAIN_REQUIREMENT.fullmatch(name)) and "file:" not in name and not _ARCHIVE.fullmatch(name.split()[0])


def _uv(command: Command, folder: Folder) -> Lines | None:
    if command.words[1:3] == ("pip", "install"):
        return _pip(command, folder)
    files: tuple[str, ...] = ("pyproject.toml", "uv.lock")
    named = folder.named_in("uv.toml")
    if command.words[1] != "sync" or folder.those(*files) != files or _UV_LOCAL.search(folder.text("uv.lock")):
        return None
    project = Manifest("pyproject.toml", folder.text("pyproject.toml").encode()).toml
    # What a build backend computes takes the source, unless the lock file is taken as it is.
    is_computed = any(string.endswith("dependencies") for string in strings(project, "project.dynamic"))
    if project is None or named is None or (is_computed and "--frozen" not in command.words):
        return None
    if any("tool.uv.workspace" in text for text in folder.above("pyproject.toml")):
        return None
    files = (*files, *folder.those("uv.toml", ".python-version"), *named)
    return _with(command, files, "--no-install-project")


def _poetry(command: Command, folder: Folder) -> Lines | None:
    files = ("pyproject.toml", "poetry.lock")
    if command.words[1] != "install" or folder.those(*files) != files:
        return None
    if _POETRY_LOCAL.search(folder.text("poetry.lock")):
        return None
    return _with(command, (*files, *folder.those("poetry.toml")), "--no-root")


def _with(command: Command, files: tuple[str, ...], *options: str) -> Lines:
    """Give an installation with further options, so that it omits the project itself; the command stays as it is."""
    more = [option for option in options if option not in command.words]
    return Lines(files, shlex.join([*command.words, *more]), part=_PACKAGES if more else "")


def _go(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("go.mod")
    subcommand = command.words[1]
    is_download = command.words[1:3] == ("mod", "download")
    if not (is_download or subcommand in ("build", "install", "test")) or any("@" in word for word in command.words):
        return None
    if "require" not in text or _GO_LOCAL.search(text) or not folder.has("go.sum"):
        return None
    if folder.has("vendor", "dir") or folder.has("go.work") or folder.above("go.work"):
        return None
    if is_download:
        return Lines(("go.mod", "go.sum"), shlex.join(command.words))
    return Lines(("go.mod", "go.sum"), "go mod download", part=_DOWNLOADS)


def _cargo(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("Cargo.toml")
    if command.words[1] not in ("build", "fetch", "b") or "dependencies" not in text or not folder.has("Cargo.lock"):
        return None
    settings = ".cargo/config.toml", ".cargo/config"
    if _CARGO_OTHER.search(text) or folder.has("build.rs"):
        return None
    if any("[workspace" in text for text in folder.above("Cargo.toml")):
        return None
    if any(_CARGO_LOCAL.search(folder.text(name)) for name in settings):
        return None
    return Lines(
        ("Cargo.toml", "Cargo.lock", *folder.those("rust-toolchain.toml", "rust-toolchain")),
        "cargo fetch --locked",
        (".cargo",) if folder.those(*settings) else (),
        part=_DOWNLOADS,
        within="mkdir src && touch src/lib.rs && {} && rm -r src",
    )


def _bundle(command: Command, folder: Folder) -> Lines | None:
    text, named = folder.text("Gemfile"), folder.named_in("Gemfile")
    lock = folder.text("Gemfile.lock")
    if command.words[1] != "install" or not text or not folder.has("Gemfile.lock") or _GEM_SOURCE.search(text):
        return None
    if named is None or re.search(r"^PATH\b", lock, re.MULTILINE) or folder.has("vendor/cache", "dir"):
        return None
    directories = (".bundle",) if folder.has(".bundle/config") else ()
    files = ("Gemfile", "Gemfile.lock", *folder.those(".ruby-version"), *named)
    return Lines(files, shlex.join(command.words), directories)


def _composer(command: Command, folder: Folder) -> Lines | None:
    files = ("composer.json", "composer.lock")
    if command.words[1] not in ("install", "i") or folder.those(*files) != files:
        return None
    if _COMPOSER_OTHER.search(folder.text("composer.json")) or _operands(command.words[1:])[1:]:
        return None
    if folder.those("patches.json", "patches.lock.json"):
        return None
    return _with(command, (*files, *folder.those("symfony.lock", "auth.json")), "--no-scripts", "--no-autoloader")


_MAVEN_GOALS = frozenset(("compile", "test", "package", "verify", "install", "dependency:go-offline"))


def _maven(command: Command, folder: Folder) -> Lines | None:
    text, named = folder.text("pom.xml"), folder.named_in(".mvn/maven.config")
    if not text or _MAVEN_OTHER.search(text) or not _MAVEN_GOALS & set(command.words) or named is None:
        return None
    # Maven looks for a parent in the directory above, unless an empty path forbids it.
    if "<parent>" in text and not _NO_PATH.search(text) and folder.above("pom.xml"):
        return None
    program = _wrapped(command, folder, ".mvn/wrapper")
    if program is None or {"-P", "-D"} & set(command.words):
        return None
    files = ("pom.xml", *(("mvnw",) if program == "./mvnw" else ()), *(file for file in named if file[:5] != ".mvn/"))
    kept = [word for word in command.words if word.startswith(("-P", "-D"))]
    is_whole = "dependency:go-offline" in command.words
    words = command.words if is_whole else (program, "-B", *kept, "dependency:go-offline")
    return Lines(files, shlex.join(words), folder.dirs(".mvn"), part="" if is_whole else _DOWNLOADS)


def _wrapped(command: Command, folder: Folder, wrapper: str) -> str | None:
    """Give the program as it is started, None where its wrapper is not there."""
    if not command.program.endswith("w"):
        return command.program
    return f"./{command.program}" if folder.has(wrapper, "dir") and folder.has(command.program) else None


_GRADLE_TASKS = frozenset(("build", "assemble", "bootJar", "jar", "shadowJar", "installDist", "bootWar", "war"))


def _gradle(command: Command, folder: Folder) -> Lines | None:
    files = folder.those(
        *("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties"),
        "gradle.lockfile",
    )
    if not files[:1] or not files[0].startswith("build") or not _GRADLE_TASKS & set(command.words):
        return None
    if any(_GRADLE_OTHER.search(folder.text(name)) for name in files) or folder.has("buildSrc", "dir"):
        return None
    program = _wrapped(command, folder, "gradle/wrapper")
    if program is None:
        return None
    files = (*files, *(("gradlew",) if program == "./gradlew" else ()))
    part = "the plugins and metadata of"  # whose task does not resolve the files themselves
    return Lines(files, f"{program} dependencies", folder.dirs("gradle"), part=part)


_DOTNET = (
    *("global.json", "nuget.config", "NuGet.config", "NuGet.Config", "Directory.Build.props"),
    *("Directory.Build.targets", "Directory.Packages.props", "Directory.Build.rsp"),
)


def _dotnet(command: Command, folder: Folder) -> Lines | None:
    if command.words[1] not in ("restore", "build", "publish") or folder.above(*_DOTNET):
        return None
    projects = [name for name in folder.names() if name.endswith((".csproj", ".fsproj", ".vbproj"))]
    named = [word for word in command.words[2:] if word.endswith((".sln", ".slnx", "proj"))]
    if len(projects) != 1 or (named and named != projects):
        return None
    if any(name.endswith((".sln", ".slnx", ".slnf")) for name in folder.names()):
        return None
    files = (projects[0], *folder.those(*_DOTNET, "packages.lock.json"))
    texts = [folder.text(name) for name in files]
    feeds = (text.partition("<packageSources>")[2].partition("</packageSources>")[0] for text in texts)
    if any("ProjectReference" in text or "<Import" in text for text in texts) or any(map(_LOCAL_FEED.search, feeds)):
        return None
    if command.words[1] == "restore":
        return Lines(files, shlex.join(command.words))
    runtime = [part for pair in pairwise(command.words) if pair[0] in ("-r", "--runtime") for part in pair]
    return Lines(files, shlex.join(["dotnet", "restore", *runtime]), part=_PACKAGES)


def _mix(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("mix.exs")
    if command.words[1] != "deps.get" or not text or not folder.has("mix.lock") or _MIX_OTHER.search(text):
        return None
    return Lines(("mix.exs", "mix.lock"), shlex.join(command.words))


@frozen
class _JavaScript:
    """A package manager. commands: that install. settings: what it reads beside its lock, and may name other files."""

    commands: frozenset[str]
    locks: tuple[str, ...]
    settings: tuple[str, ...]


_JAVASCRIPT = {
    "npm": _JavaScript(
        frozenset(("ci", "install", "i", "clean-install")), ("npm-shrinkwrap.json", "package-lock.json"), (".npmrc",)
    ),
    "pnpm": _JavaScript(
        frozenset(("install", "i")),
        ("pnpm-lock.yaml",),
        ("pnpm-workspace.yaml", ".npmrc", ".pnpmfile.cjs", ".pnpmfile.mjs"),
    ),
    "yarn": _JavaScript(frozenset(("install",)), ("yarn.lock",), (".yarnrc.yml", ".yarnrc", ".npmrc")),
}
_FAMILIES = {"bundler": "bundle", "mvnw": "mvn", "gradlew": "gradle"}
_ROWS: dict[str, Row] = {
    **dict.fromkeys(("npm", "pnpm", "yarn"), _javascript),
    **dict.fromkeys(("pip", "pip3", "python", "python3"), _pip),
    "uv": _uv,
    "poetry": _poetry,
    "go": _go,
    "cargo": _cargo,
    **dict.fromkeys(("bundle", "bundler"), _bundle),
    "composer": _composer,
    **dict.fromkeys(("mvn", "mvnw"), _maven),
    **dict.fromkeys(("gradle", "gradlew"), _gradle),
    "dotnet": _dotnet,
    "mix": _mix,
}


_NAME = expression(r"[\w@%+=:,./~-]+")  # that a COPY takes as it stands


def written(lines: Lines, source: str, target: str, flags: str) -> list[str]:
    """Give the COPY lines for a Dockerfile, [] where a name would have to be quoted.

    source: the directory of the context. target: as a COPY has it, with a slash. flags: of the copy, with a space.
    """
    prefix = f"{source}/" if source else ""
    if not all(_NAME.fullmatch(f"{prefix}{name}{target}".replace("/*/", "/-/")) for name in lines.files):
        return []
    if lines.parents:
        # With --parents a source keeps its directories from the "/./" on.
        shown = [f"{source}/./{name}" if source else name for name in lines.files]
        copies = [f"COPY --parents {flags}{' '.join(shown)} {target}"]
    else:
        folders: dict[str, list[str]] = {}
        for name in lines.files:
            above = posixpath.dirname(name)
            folders.setdefault(f"{above}/" if above else "", []).append(f"{prefix}{name}")
        copies = [f"COPY {flags}{' '.join(names)} {target}{above}" for above, names in folders.items()]
    return [*copies, *(f"COPY {flags}{prefix}{name} {target}{name}" for name in lines.directories)]
