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
from typing import NamedTuple

from ctxaudit.needed.shell import Command
from ctxaudit.survey.plan import Plan
from ctxaudit.values import expression

_MOST = 200  # members of a workspace
_HEAD = 1 << 18  # bytes of a manifest
_LIFECYCLE = frozenset(("preinstall", "install", "postinstall", "prepare", "prepublish", "preprepare", "postprepare"))
_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")
_LOCAL = ("file:", "link:", "portal:", "patch:", ".", "/")
_GLOB = expression(r"[\w@.-]+(?:/[\w@.-]+)*(?:/\*)?")
_PNPM_MEMBER = expression(r"^[ \t]+-[ \t]+[\"']?([^\s\"'#]+)", re.MULTILINE)
_PLAIN_REQUIREMENT = expression(r"[A-Za-z0-9][\w.\[\],-]*\s*(?:[;=<>!~@ ].*)?")
_HASH_LINE = expression(r"\s*--hash=\S+|\s*--(?:extra-)?index-url[ =]\S+|\s*--(?:only|no)-binary[ =]\S+")
_GO_LOCAL = expression(r"=>\s*\.{0,2}/", re.MULTILINE)
_PATH_SOURCE = expression(r"\bpath\s*[:=]")
_GEM_SOURCE = expression(
    r"\bpath:|:path\s*=>|^\s*gemspec\b|\beval_gemfile\b|\bFile\.|\brequire_relative\b", re.MULTILINE
)
_CARGO_OTHER = expression(r"^\s*\[(?:workspace|\[(?:bin|lib|bench|example|test)\]|lib)\b|^\s*build\s*=", re.MULTILINE)
_MIX_OTHER = expression(r"\bpath:|\bin_umbrella:|\bapps_path:|\bFile\.|\bCode\.")
_GRADLE_OTHER = expression(r"^\s*include|\bincludeBuild\b|\bapply\s+from", re.MULTILINE)


class Lines(NamedTuple):
    """What to write above the copy: a COPY of these files and directories, and a RUN of this command.

    parents: the files keep their directories. after: what has to run behind the copy of the source, "" for nothing.
    """

    files: tuple[str, ...]
    command: str
    directories: tuple[str, ...] = ()
    parents: bool = False
    after: str = ""


class Folder:
    """A directory of the context, as far as a builder is sent it."""

    def __init__(self, plan: Plan, path: str) -> None:
        self._plan = plan
        self.path = path

    def at(self, name: str) -> str:
        """The context path of a name in it."""
        return posixpath.normpath(posixpath.join(self.path, name)).removeprefix("./")

    def has(self, name: str, kind: str = "file") -> bool:
        """Whether a file of this name is there and permitted."""
        path = self.at(name)
        return not path.startswith("..") and self._plan.tree.type(path) == kind and self._plan.permits_path(path)

    def text(self, name: str) -> str:
        """What a file holds, "" for none."""
        return self._plan.tree.head(self.at(name), _HEAD).decode("utf-8", "replace") if self.has(name) else ""

    def names(self, name: str = "") -> list[str]:
        """The names in it, or in a directory of it."""
        return sorted(self._plan.tree.names(self.at(name) if name else self.path))

    def json(self, name: str) -> dict[str, object] | None:
        """A manifest, None for what is not one."""
        try:
            found = json.loads(self.text(name))
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    def those(self, *names: str) -> tuple[str, ...]:
        """Give those of the names that are there."""
        return tuple(name for name in names if self.has(name))


Row = Callable[[Command, Folder], Lines | None]


def lines_of(command: Command, folder: Folder) -> Lines | None:
    """Give what installs the same before the source is copied, None where that is not certain."""
    if any("$" in word or "`" in word for word in command.words) or command.wrappers:
        return None
    row = _ROWS.get(command.program)
    is_asked = len(command.words) > 1 or command.program == "yarn"
    return row(command, folder) if row is not None and is_asked else None


def _operands(words: Sequence[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")]


def _javascript(command: Command, folder: Folder) -> Lines | None:
    program = command.program
    lock, more = _JAVASCRIPT[program]
    operands = _operands(command.words[1:])
    if operands[1:] or (operands or ["install"])[0] not in _INSTALLS or (program != "yarn" and not operands):
        return None
    manifest = folder.json("package.json")
    locks = folder.those(*lock)
    if manifest is None or not locks or not _is_self_contained(manifest):
        return None
    members = _members(program, manifest, folder)
    if members is None:
        return None
    directories = (".yarn",) if program == "yarn" and folder.has(".yarn", "dir") else ()
    files = ("package.json", *locks[:1], *folder.those(*more), *members)
    return Lines(files, shlex.join(command.words), directories, parents=bool(members))


def _is_self_contained(manifest: dict[str, object]) -> bool:
    """Whether an installation runs no script of the package, and takes nothing out of the source."""
    scripts = manifest.get("scripts")
    if isinstance(scripts, dict) and _LIFECYCLE & set(scripts):
        return False
    if manifest.get("bin") or manifest.get("pnpm"):
        return False
    named = (found for key in _DEPENDENCIES if isinstance(found := manifest.get(key), dict))
    return not any(isinstance(value, str) and value.startswith(_LOCAL) for one in named for value in one.values())


def _members(program: str, manifest: dict[str, object], folder: Folder) -> tuple[str, ...] | None:
    """Give the manifests of a workspace's members as globs, () for no workspace; None where that is not certain."""
    if program == "pnpm":
        text = folder.text("pnpm-workspace.yaml")
        globs = _PNPM_MEMBER.findall(text.partition("packages:")[2]) if "packages:" in text else []
        if "patchedDependencies" in text or (text and len(set(re.findall(r"^\w+(?=:)", text, re.MULTILINE))) > 1):
            return None
    else:
        found = manifest.get("workspaces")
        found = found.get("packages") if isinstance(found, dict) else found
        globs = found if isinstance(found, list) else []
    if not all(isinstance(one, str) and _GLOB.fullmatch(one) for one in globs):
        return None
    members = [member for one in globs for member in _matched(one, folder)]
    manifests = [folder.json(f"{member}/package.json") for member in members]
    if len(members) > _MOST or any(one is None or not _is_self_contained(one) for one in manifests):
        return None
    return tuple(f"{one}/package.json" for one in globs)


def _matched(glob: str, folder: Folder) -> list[str]:
    if not glob.endswith("/*"):
        return [glob]
    above = glob.removesuffix("/*")
    return [f"{above}/{name}" for name in folder.names(above)[:_MOST] if folder.has(f"{above}/{name}/package.json")]


def _pip(command: Command, folder: Folder) -> Lines | None:
    words = list(command.words)
    start = words.index("install") if "install" in words else len(words)
    rest, files = iter(words[start + 1 :]), []
    for word in rest:
        if word in ("-r", "--requirement"):
            files.append(next(rest, ""))
        elif word.startswith("--requirement="):
            files.append(word.partition("=")[2])
        elif not word.startswith("-") or word in ("-e", "--editable", "-c", "--constraint") or word.startswith("-r"):
            return None
    if not files or not all(folder.has(one) and _is_plain(folder.text(one)) for one in files):
        return None
    return Lines(tuple(files), shlex.join(words))


def _is_plain(text: str) -> bool:
    """Whether requirements name packages of an index alone."""
    lines = (line.split(" #")[0].strip().rstrip("\\").strip() for line in text.splitlines())
    wanted = (line for line in lines if line and not line.startswith("#"))
    return all(
        _HASH_LINE.fullmatch(line) or (_PLAIN_REQUIREMENT.fullmatch(line) and "file:" not in line) for line in wanted
    )


def _uv(command: Command, folder: Folder) -> Lines | None:
    if command.words[1:3] == ("pip", "install"):
        return _pip(command, folder)
    text = folder.text("pyproject.toml")
    if command.words[1] != "sync" or not text or not folder.has("uv.lock") or "tool.uv.workspace" in text:
        return None
    if _PATH_SOURCE.search(text.partition("[tool.uv.sources")[2].partition("\n[")[0]):
        return None
    words = [*command.words, *(() if "--no-install-project" in command.words else ("--no-install-project",))]
    after = "" if "--no-install-project" in command.words else shlex.join(command.words)
    return Lines(("pyproject.toml", "uv.lock", *folder.those(".python-version")), shlex.join(words), after=after)


def _poetry(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("pyproject.toml")
    if command.words[1] != "install" or not text or not folder.has("poetry.lock") or _PATH_SOURCE.search(text):
        return None
    is_whole = "--no-root" not in command.words
    words = [*command.words, *(("--no-root",) if is_whole else ())]
    after = shlex.join(command.words) if is_whole else ""
    return Lines(("pyproject.toml", "poetry.lock"), shlex.join(words), after=after)


def _go(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("go.mod")
    subcommand = command.words[1]
    is_asked = subcommand in ("build", "install", "test") or command.words[1:3] == ("mod", "download")
    if not is_asked or "require" not in text or _GO_LOCAL.search(text) or not folder.has("go.sum"):
        return None
    if folder.has("vendor", "dir") or folder.has("go.work"):
        return None
    return Lines(("go.mod", "go.sum"), "go mod download")


def _cargo(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("Cargo.toml")
    if command.words[1] not in ("build", "fetch", "b") or not text or not folder.has("Cargo.lock"):
        return None
    if _CARGO_OTHER.search(text) or _PATH_SOURCE.search(text) or folder.has("build.rs"):
        return None
    return Lines(("Cargo.toml", "Cargo.lock"), "mkdir src && touch src/lib.rs && cargo fetch --locked && rm -r src")


def _bundle(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("Gemfile")
    if command.words[1] != "install" or not text or not folder.has("Gemfile.lock") or _GEM_SOURCE.search(text):
        return None
    return Lines(("Gemfile", "Gemfile.lock", *folder.those(".ruby-version")), shlex.join(command.words))


def _composer(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("composer.json")
    if command.words[1] not in ("install", "i") or not text or not folder.has("composer.lock"):
        return None
    if re.search(r"\"type\"\s*:\s*\"path\"", text) or _operands(command.words[1:])[1:]:
        return None
    more = [word for word in ("--no-scripts", "--no-autoloader") if word not in command.words]
    after = "composer dump-autoload" if "--no-autoloader" not in command.words else ""
    return Lines(("composer.json", "composer.lock"), shlex.join([*command.words, *more]), after=after)


_MAVEN_GOALS = frozenset(("compile", "test", "package", "verify", "install", "dependency:go-offline"))


def _maven(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("pom.xml")
    if not text or "<modules>" in text or "<relativePath>" in text or not _MAVEN_GOALS & set(command.words):
        return None
    is_wrapped = command.program == "mvnw"
    directories = (".mvn",) if folder.has(".mvn", "dir") else ()
    if is_wrapped and not (directories and folder.has("mvnw")):
        return None
    program = "./mvnw" if is_wrapped else "mvn"
    return Lines(("pom.xml", *(("mvnw",) if is_wrapped else ())), f"{program} -B dependency:go-offline", directories)


_GRADLE_TASKS = frozenset(("build", "assemble", "bootJar", "jar", "shadowJar", "installDist", "bootWar", "war"))


def _gradle(command: Command, folder: Folder) -> Lines | None:
    files = folder.those(
        *("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties"),
        "gradle.lockfile",
    )
    texts = [folder.text(name) for name in files]
    if not files[:1] or not files[0].startswith("build") or not _GRADLE_TASKS & set(command.words):
        return None
    if any(map(_GRADLE_OTHER.search, texts)) or folder.has("buildSrc", "dir"):
        return None
    is_wrapped = command.program == "gradlew"
    directories = ("gradle",) if folder.has("gradle", "dir") else ()
    if is_wrapped and not (directories and folder.has("gradlew")):
        return None
    program = "./gradlew" if is_wrapped else "gradle"
    return Lines((*files, *(("gradlew",) if is_wrapped else ())), f"{program} dependencies", directories)


_DOTNET = ("global.json", "nuget.config", "NuGet.Config", "Directory.Build.props", "Directory.Packages.props")


def _dotnet(command: Command, folder: Folder) -> Lines | None:
    if command.words[1] not in ("restore", "build", "publish"):
        return None
    projects = [name for name in folder.names() if name.endswith((".csproj", ".fsproj", ".vbproj"))]
    named = [word for word in command.words[2:] if word.endswith((".sln", "proj"))]
    if len(projects) != 1 or (named and named != projects) or any(name.endswith(".sln") for name in folder.names()):
        return None
    if "ProjectReference" in folder.text(projects[0]):
        return None
    more = folder.those(*_DOTNET, "packages.lock.json")
    return Lines((projects[0], *more), "dotnet restore")


def _mix(command: Command, folder: Folder) -> Lines | None:
    text = folder.text("mix.exs")
    if command.words[1] != "deps.get" or not text or not folder.has("mix.lock") or _MIX_OTHER.search(text):
        return None
    return Lines(("mix.exs", "mix.lock"), shlex.join(command.words))


_INSTALLS = frozenset(("ci", "install", "i", "clean-install"))
_JAVASCRIPT: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "npm": (("package-lock.json", "npm-shrinkwrap.json"), (".npmrc",)),
    "pnpm": (("pnpm-lock.yaml",), ("pnpm-workspace.yaml", ".npmrc", ".pnpmfile.cjs")),
    "yarn": (("yarn.lock",), (".yarnrc.yml", ".yarnrc", ".npmrc")),
}
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


def written(lines: Lines, source: str, target: str) -> Iterator[str]:
    """Give the lines for a Dockerfile. source: the directory of the context. target: as a COPY has it, with a slash."""
    prefix = f"{source}/" if source else ""
    names = [f"{prefix}{name}" for name in lines.files]
    flag = " --parents" if lines.parents else ""
    # With --parents a source keeps its directories from the "/./" on.
    shown = [f"{source}/./{name}" for name in lines.files] if lines.parents and source else names
    yield f"COPY{flag} {' '.join(shown)} {target}"
    yield from (f"COPY {prefix}{name} {target}{name}" for name in lines.directories)
    yield f"RUN {lines.command}"
