"""What the order and the form of a Dockerfile's instructions cost: what runs again for nothing, and what would not."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from ctxaudit.dockerfile import Instruction, is_http_url
from ctxaudit.dockerfile.stages import EVERYTHING, MAIN, Step
from ctxaudit.errors import masked
from ctxaudit.needed.image import Image
from ctxaudit.needed.project import OnDisk
from ctxaudit.needed.shell import Command, commands, in_one_line
from ctxaudit.rules import (
    ArgumentFact,
    BindFact,
    BusterFact,
    CacheMountFact,
    DownloadFact,
    InstallFact,
    LayerFacts,
    ToolchainFact,
)
from ctxaudit.survey import moves
from ctxaudit.survey.installs import Folder, lines_of, written
from ctxaudit.survey.plan import Plan
from ctxaudit.values import expression

_MOST_NAMES = 2000  # in the context root
# What a builder, a CI server or compose reads of the context root, and no program of the image.
_OWN = expression(
    r"(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml|docker-bake(?:\.override)?\.(?:hcl|json)|\.github|\.gitlab-ci\.yml|\.gitlab"
    r"|\.circleci|\.travis\.yml|\.buildkite|Jenkinsfile|azure-pipelines\.yml|\.drone\.yml|\.woodpecker(?:\.ya?ml)?"
    r"|\.?appveyor\.yml|bitbucket-pipelines\.yml|\.forgejo|\.gitea|\.dockerignore"
    r"|(?:[Dd]ocker|[Cc]ontainer)file(?:\.[\w-]+)?(?:\.dockerignore)?|[\w-]+\.[Dd]ockerfile"
)
# An ARG of such a name differs in each build.
_VOLATILE = expression(
    r"(?:GIT|VCS|CI|SOURCE|BUILD|APP|REPO)?_?(?:COMMIT|SHA|REV|REVISION|REF|SHA1|COMMIT_SHA|COMMIT_HASH|COMMIT_REF)"
    r"|(?:BUILD|CREATED|BUILT)_?(?:DATE|TIME|TIMESTAMP|AT|NUMBER|ID)|CACHE_?BUST(?:ER)?|CI_PIPELINE_ID|GITHUB_(?:SHA|RUN_ID)",
)
_GIT = ".git"  # whose index, refs and logs change with each commit and fetch
_STAR = expression(r"\*|\?|\[")
# Where a package manager keeps what it has downloaded, for root; what turns that off; as Docker's documentation has it.
_CACHES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "npm": (("ci", "install", "i"), ("/root/.npm",), ("--cache",)),
    "pnpm": (("install", "i"), ("/root/.local/share/pnpm/store",), ("--store-dir",)),
    "pip": (("install",), ("/root/.cache/pip",), ("--no-cache-dir", "--cache-dir")),
    "pip3": (("install",), ("/root/.cache/pip",), ("--no-cache-dir", "--cache-dir")),
    "uv": (("sync",), ("/root/.cache/uv",), ("--no-cache", "-n", "--cache-dir")),
    "poetry": (("install",), ("/root/.cache/pypoetry",), ("--no-cache",)),
    "go": (("build", "install", "mod"), ("/go/pkg/mod", "/root/.cache/go-build"), ()),
    "cargo": (("build", "fetch", "install"), ("/usr/local/cargo/registry",), ()),
    "mvn": (("package", "install", "verify", "dependency:go-offline"), ("/root/.m2",), ()),
    "dotnet": (("restore", "publish", "build"), ("/root/.nuget/packages",), ("--packages",)),
}
# Variables that turn a cache off, or put it elsewhere; and what empties it in the same RUN.
_NO_CACHE = frozenset(
    (
        *("PIP_NO_CACHE_DIR", "UV_NO_CACHE", "npm_config_cache", "NPM_CONFIG_CACHE", "GOMODCACHE", "CARGO_HOME"),
        *(
            "PIP_CACHE_DIR",
            "UV_CACHE_DIR",
            "POETRY_CACHE_DIR",
            "PNPM_HOME",
            "npm_config_store_dir",
            "GOPATH",
            "GOCACHE",
        ),
        *("NUGET_PACKAGES", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"),
    )
)
_EMPTIES = expression(
    r"\bcache (?:clean|clear|purge)\b|\brm -\w{1,9} [^&|;\n]{0,200}/\.(?:cache|npm|m2|nuget|cargo|local)\b"
)
# The images in which a program keeps it there; in any other one its directory is not known.
_IMAGES = {
    "go": expression(r"(?:docker\.io/)?(?:library/)?golang(?:[:@].*)?"),
    "cargo": expression(r"(?:docker\.io/)?(?:library/)?rust(?:[:@].*)?"),
}
_ROOT = expression(r"(?:root|0)(?::(?:root|0))?")
# Where an image keeps nothing that a program looks for.
_PASSING = ("/tmp/", "/var/tmp/")
# What reads the files that it is given, and writes none of them.
_READING = frozenset(
    [
        "pip",
        "pip2",
        "pip3",
        "uv",
        "python",
        "python3",
        "conda",
        "mamba",
        "micromamba",
        "tar",
        "unzip",
        "dpkg",
        "rpm",
        "apt",
        "apt-get",
        "apk",
        "dnf",
        "yum",
    ]
)
# What an image of a toolchain is called, and where its programs put what they build, below the working directory.
_TOOLCHAIN = expression(r"(?:docker\.io/)?(?:library/)?(golang|rust|maven|gradle)(?:[:@].*)?")
_BUILT = {"rust": "target/release/", "maven": "target/", "gradle": "build/libs/"}
_BUILDING = {"rust": ("cargo", "build"), "maven": ("mvn", "package"), "gradle": ("gradle", "build")}
_FLAGS = {"chown": "--chown={} ", "chmod": "--chmod={} ", "link": "--link={} "}  # of a copy, that its lines keep
# What sends more than an address, and what checks the answer in the same RUN.
_SENDING = (
    *("-H", "--header", "-X", "--request", "-d", "--data", "-u", "--user", "-b", "--cookie", "-F", "--form", "-n"),
    *("--netrc", "--post-", "--cert", "-E", "--password", "--oauth2-bearer"),
)
_CHECKING = expression(r"\b(?:\w*sha\d*sum|md5sum|gpgv?|openssl|cosign|minisign|signify)\b")
_FETCHERS = {"curl": ("-o", "--output"), "wget": ("-O", "--output-document")}


def layer_facts(plan: Plan) -> LayerFacts:
    """Give what is certain of the order of a build's instructions; nothing where another frontend reads the file."""
    needs = plan.needs
    if needs is None or needs.foreign or plan.build.key or not plan.build.builder.reads_apart or plan.is_fetched:
        return LayerFacts()
    return _Search(plan).facts()


class _Search:
    """Looks through the reachable stages of one build."""

    def __init__(self, plan: Plan) -> None:
        assert plan.needs is not None
        self._plan = plan
        self._image = Image(plan.needs, OnDisk(plan.tree, plan.permits_path))
        self._commands: dict[int, tuple[Command, ...]] = {}

    def facts(self) -> LayerFacts:
        stages = [(index, self._whole(index)) for index in self._image.steps]
        return LayerFacts(
            busters=tuple(buster_fact for _, steps in stages for buster_fact in self._busters(steps)),
            installs=tuple(install_fact for index, steps in stages for install_fact in self._installs(index, steps)),
            arguments=tuple(self._arguments()),
            caches=tuple(
                cache_mount_fact for index, steps in stages for cache_mount_fact in self._caches(index, steps)
            ),
            downloads=tuple(download_fact for _, steps in stages for download_fact in self._downloads(steps)),
            binds=tuple(bind_fact for index, steps in stages for bind_fact in self._binds(index, steps)),
            toolchains=tuple(self._toolchains()),
        )

    def _whole(self, index: int) -> list[Step]:
        return self._image.steps[index]

    def _ran(self, step: Step) -> tuple[Command, ...]:
        if id(step) not in self._commands:
            step_commands = commands(step.text, line=step.line, cwd=self._image.workdir(step), env=step.env)
            self._commands[id(step)] = step_commands
        return self._commands[id(step)]

    def _busters(self, steps: Sequence[Step]) -> Iterator[BusterFact]:
        """Give the copies of the whole context that carry what the builder or CI alone reads."""
        for number, step in enumerate(steps):
            is_broad = any(read.source == "context" and read.path == EVERYTHING for read in step.reads)
            if step.keyword not in ("COPY", "ADD", "RUN") or not is_broad or step.exclude:
                continue
            later = [step for step in steps[number + 1 :] if step.keyword == "RUN"]
            again = [step, *later] if step.keyword == "RUN" else later
            has_git = self._plan.tree.type(_GIT) == "dir" and self._plan.sends(_GIT) and self._is_filled(_GIT)
            own = self._own()
            if again and (own or has_git):
                runs = tuple((step.line, masked(step.written)) for step in again)
                yield BusterFact(step.line, masked(step.written), own, runs, has_git)

    def _own(self) -> tuple[str, ...]:
        """Give what of the context root is the builder's own or CI's, and is sent."""
        plan = self._plan
        source = plan.build.dockerfile
        names = sorted(plan.tree.names(""))[:_MOST_NAMES]
        paths = dict.fromkeys(name for name in names if _OWN.fullmatch(name))
        if source is not None and source.in_context and plan.tree.type(source.in_context):
            paths[source.in_context] = None
        return tuple(path for path in paths if plan.sends(path) and self._is_filled(path))

    def _is_filled(self, path: str) -> bool:
        names = self._plan.tree.names(path)
        is_directory = self._plan.tree.type(path) == "dir"
        return not is_directory or any(self._plan.sends(f"{path}/{name}") for name in sorted(names)[:_MOST_NAMES])

    def _installs(self, index: int, steps: Sequence[Step]) -> Iterator[InstallFact]:
        """Give what installs dependencies behind a copy of the source, and has not done so before it."""
        before = {command.program for parent in self._image.lineage(index)[:-1] for command in self._programs(parent)}
        done: set[int] = set()
        for number, step in enumerate(steps):
            if step.keyword == "RUN":
                # What a cache mount keeps is not downloaded again.
                has_cache = any("type=cache" in value for name, value in step.flags if name == "mount")
                for command in () if has_cache else self._ran(step):
                    copy = self._copy_before(steps[:number], command)
                    if copy is not None and command.program not in before and command.sure and not command.file:
                        for fact in self._install(steps, step, command, *copy, done):
                            yield fact
                            before.add(command.program)
                            done.add(id(command))
                before |= {command.program for command in self._ran(step) if not moves.is_apart(command)}

    def _programs(self, index: int) -> Iterator[Command]:
        for step in self._image.steps[index]:
            if step.keyword == "RUN":
                yield from (command for command in self._ran(step) if not moves.is_apart(command))

    def _copy_before(self, steps: Sequence[Step], command: Command) -> tuple[Step, str] | None:
        """Give the one copy of a directory that brings what a command works on, and the directory of the context.

        None where more than one copy brings anything there: who knows which file is of which.
        """
        copies: list[tuple[Step, str]] = []
        for step in steps:
            if step.keyword not in ("COPY", "ADD") or step.origin != MAIN or command.cwd is None:
                continue
            landing = self._image.landing(step)
            source = step.sources[0].strip("/") if len(step.sources) == 1 else ""
            is_directory = not source or self._plan.tree.type(source) == "dir"
            inside = _inside(landing, command.cwd)
            if inside is None:
                if _inside(command.cwd, landing) is not None:
                    return None
                continue
            if len(step.sources) != 1 or not is_directory or step.exclude or step.parents or step.unclear:
                return None
            copies.append((step, posixpath.join(source, inside).strip("/")))
        return copies[0] if len(copies) == 1 else None

    def _install(
        self, steps: Sequence[Step], step: Step, command: Command, copy: Step, source: str, done: set[int]
    ) -> Iterator[InstallFact]:
        cwd, workdir = command.cwd, self._image.workdir(copy)
        folder = Folder(self._plan, source, copy.sources[0].strip("/"))
        lines = lines_of(command, folder)
        if lines is None or cwd is None:
            return
        own = {posixpath.join(cwd, name) for name in (*lines.files, *lines.directories)}
        place = moves.Place(cwd, own, folder)
        instructions = [instruction for instruction in self._parsed if copy.line < instruction.line < step.line]
        along = moves.between(instructions, steps, copy, place, done, self._ran)
        same = moves.around([command for command in self._ran(step) if id(command) not in done], command, place)
        if along is None or same is None:
            return
        below = _inside(workdir, cwd) if workdir != "/" else None
        target = f"{cwd.rstrip('/')}/" if below is None else f"./{below}/".replace("//", "/")
        cd = (cwd if below is None else below) if cwd != workdir else ""
        flags = "".join(_FLAGS[name].format(value) for name, value in copy.flags if name in _FLAGS)
        copies = written(lines, source, target, flags)
        run = moves.installation(step, command, lines, cd, [*along.within, *same[0]], same[1])
        if not copies or run is None:
            return
        shown = tuple(map(masked, (*along.above, *copies, run)))
        prefix = f"{source}/" if source else ""
        files = tuple(f"{prefix}{name}" for name in (*lines.files, *lines.directories))
        title = in_one_line(command.words)
        yield InstallFact(step.line, masked(title), copy.line, masked(copy.written), shown, files, lines.part)

    @cached_property
    def _parsed(self) -> tuple[Instruction, ...]:
        source = self._plan.build.dockerfile
        assert source is not None
        return source.parsed.instructions

    def _arguments(self) -> Iterator[ArgumentFact]:
        """Give each ARG that differs from build to build and stands above a RUN that does not need it."""
        assert self._plan.needs is not None
        reachable = {(step.line, step.stage) for step in self._plan.needs.steps if step.keyword == "RUN"}
        stage = -1
        for number, instruction in enumerate(self._parsed):
            stage += instruction.keyword == "FROM"
            names = (
                [word.partition("=")[0] for word in instruction.args]
                if instruction.keyword == "ARG" and stage >= 0
                else []
            )
            for name in filter(_VOLATILE.fullmatch, names):
                runs = []
                for later in self._parsed[number + 1 :]:
                    bodies = "".join(heredoc.body for heredoc in later.heredocs)
                    if later.keyword == "FROM" or name in later.text or name in bodies or self._names(later, name):
                        break
                    if later.keyword == "RUN" and (later.line, stage) in reachable:
                        runs.append((later.line, masked(" ".join(later.text.split()))))
                if runs:
                    yield ArgumentFact(instruction.line, name, tuple(runs))

    def _names(self, instruction: Instruction, variable: str) -> bool:
        """Whether a script or a Makefile that a RUN runs names a variable."""
        words = instruction.text.split() if instruction.keyword == "RUN" else []
        paths = {posixpath.normpath(word) for word in words} | ({"Makefile"} if "make" in words else set())
        files = (
            path for path in paths if not path.startswith(("/", "-", "..")) and self._plan.tree.type(path) == "file"
        )
        return any(variable.encode() in self._plan.tree.head(path) for path in files)

    def _caches(self, index: int, steps: Sequence[Step]) -> Iterator[CacheMountFact]:
        """Give each RUN that downloads packages, as root, and mounts no cache."""
        above = [step for parent in self._image.lineage(index)[:-1] for step in self._image.steps[parent]]
        users = ["root", *(" ".join(step.args) for step in above if step.keyword == "USER")]
        for step in steps:
            users += [" ".join(step.args)] if step.keyword == "USER" else []
            mounts = [value for name, value in step.flags if name == "mount"]
            if (
                step.keyword != "RUN"
                or not _ROOT.fullmatch(users[-1])
                or any("type=cache" in mount for mount in mounts)
            ):
                continue
            for command in self._ran(step) if not _EMPTIES.search(step.text) else ():
                places = self._cache_of(command, self._image.base(index))
                if places and not moves.is_of_another(step):
                    places = places[:1] if command.words[1] == "mod" else places
                    flags = " ".join(f"--mount=type=cache,target={place}" for place in places)
                    yield CacheMountFact(step.line, masked(in_one_line(command.words)), f"RUN {flags} …")
                    break

    def _cache_of(self, command: Command, base: str) -> tuple[str, ...]:
        subcommands, places, off = _CACHES.get(command.program, ((), (), ()))
        is_asked = len(command.words) > 1 and command.words[1] in subcommands and command.sure and not command.file
        is_off = any(word == option or word.startswith(f"{option}=") for word in command.words for option in off)
        is_known = command.program not in _IMAGES or bool(_IMAGES[command.program].fullmatch(base))
        is_elsewhere = is_off or command.wrappers or not _NO_CACHE.isdisjoint(command.env)
        return places if is_asked and is_known and not is_elsewhere else ()

    def _downloads(self, steps: Sequence[Step]) -> Iterator[DownloadFact]:
        """Give each RUN that only downloads one file to a place that is known."""
        for step in steps:
            is_plain = (
                step.keyword == "RUN" and "type=secret" not in f"{step.flags}" and not _CHECKING.search(step.text)
            )
            for command in self._ran(step) if is_plain else ():
                options = _FETCHERS.get(command.program, ())
                words = command.words[1:]
                urls = [word for word in words if is_http_url(word)]
                places = [after for word, after in pairwise(words) if word in options]
                is_one = len(urls) == len(places) == 1 and not _STAR.search(urls[0]) and "$" not in f"{urls}{places}"
                is_one = is_one and "@" not in urls[0] and not any(word.startswith(_SENDING) for word in words)
                if is_one and places[0] != "-" and command.sure and command.cwd and not command.file:
                    target = posixpath.normpath(posixpath.join(command.cwd, places[0]))
                    yield DownloadFact(step.line, masked(urls[0]), target)

    def _binds(self, index: int, steps: Sequence[Step]) -> Iterator[BindFact]:
        """Give each COPY of a file to a directory of what passes that one RUN reads and nothing else names."""
        for number, step in enumerate(steps):
            source = step.sources[0].strip("/") if len(step.sources) == 1 else ""
            is_plain = (
                step.keyword == "COPY" and step.origin == MAIN and not (step.flags or step.exclude or step.unclear)
            )
            if not is_plain or not source or self._plan.tree.type(source) != "file":
                continue
            landing = self._image.landing(step)
            place = posixpath.join(landing, posixpath.basename(source)) if step.into else landing
            users = self._naming(index, number, posixpath.basename(place)) if place.startswith(_PASSING) else []
            user = users[0] if len(users) == 1 else None
            if user is None or user.keyword != "RUN" or user.stage != step.stage or self._takes_all(place):
                continue
            named = [
                command
                for command in self._ran(user)
                if any(posixpath.basename(place) in word for word in command.words)
            ]
            if len(named) == 1 and _reads(named[0], place):
                instead = f"RUN --mount=type=bind,source={source},target={place} …"
                command = in_one_line(named[0].words)
                yield BindFact(step.line, masked(step.written), user.line, masked(command), masked(instead))

    def _naming(self, index: int, number: int, name: str) -> list[Step]:
        """Give the steps of all reachable stages that name a file, but for the one that brings it."""
        own = self._image.steps[index][number]
        steps = (step for several in self._image.steps.values() for step in several)
        return [step for step in steps if step is not own and name in f"{step.text} {step.written} {step.args}"]

    def _takes_all(self, place: str) -> bool:
        """Whether a stage copies or mounts a directory above a place of another one."""
        steps = [step for several in self._image.steps.values() for step in several]
        if any(name == "mount" and "from=" in value for step in steps for name, value in step.flags):
            return True
        taken = (path.strip("/") for step in steps if step.origin != MAIN for path in step.sources)
        return any(not path or "*" in path or place.startswith(f"/{path}/") for path in taken)

    def _toolchains(self) -> Iterator[ToolchainFact]:
        """Give the toolchain that a target is built on, where all it starts is a file that the toolchain built."""
        image = self._image
        stage = image.stages[image.lineage(image.target)[0]]
        match = _TOOLCHAIN.fullmatch(stage.base)
        starts = image.starts() if match else []
        if match is None or len(starts) != 1 or self._plan.build.target or starts[0].keyword == "HEALTHCHECK":
            return
        words = _exec_form(starts[0].text)
        path = words[2] if words[:2] == ["java", "-jar"] and len(words) > 2 else words[0] if words else ""
        place = posixpath.normpath(posixpath.join(image.workdir(starts[0]), path)) if path else ""
        is_java = match[1] in ("maven", "gradle")
        if place and is_java == (words[0] == "java") and self._builds(match[1], place):
            yield ToolchainFact(stage.line, masked(stage.base), masked(place), masked(in_one_line(words)))

    def _builds(self, toolchain: str, place: str) -> bool:
        """Whether a RUN of the target's lineage builds a file at a place for certain."""
        image = self._image
        steps = [step for index in image.lineage(image.target) for step in image.steps[index] if step.keyword == "RUN"]
        for command in (command for step in steps for command in self._ran(step) if command.sure and not command.file):
            words, cwd = command.words, command.cwd
            if cwd is None:
                continue
            if toolchain == "golang":
                outputs = [after for word, after in pairwise(words) if word == "-o" and words[:2] == ("go", "build")]
                if any(posixpath.normpath(posixpath.join(cwd, output)) == place for output in outputs):
                    return True
            elif _is_building(toolchain, words) and place.startswith(posixpath.join(cwd, _BUILT[toolchain])):
                return True
        return False


def _reads(command: Command, place: str) -> bool:
    """Whether a command reads a file for certain, and leaves it as it is."""
    if command.program not in _READING or not command.sure or command.file or command.wrappers or command.cwd is None:
        return False
    given = (word.partition("=")[2] or word if word.startswith("--") else word for word in command.words[1:])
    return any(posixpath.normpath(posixpath.join(command.cwd, word.removeprefix("./"))) == place for word in given)


def _is_building(toolchain: str, words: Sequence[str]) -> bool:
    program, goal = _BUILDING[toolchain]
    is_release = toolchain != "rust" or "--release" in words
    return posixpath.basename(words[0]) in (program, f"{program}w") and goal in words and is_release


def _exec_form(text: str) -> list[str]:
    """Give the words of a CMD or ENTRYPOINT in JSON, [] for the form that a shell reads."""
    try:
        words = json.loads(text)
    except ValueError:
        return []
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else []


def _inside(directory: str, path: str) -> str | None:
    """Give a path relative to a directory, "" for itself; None outside of it."""
    directory = directory.rstrip("/")
    if path.rstrip("/") == directory:
        return ""
    return path.removeprefix(f"{directory}/") if path.startswith(f"{directory}/") else None
