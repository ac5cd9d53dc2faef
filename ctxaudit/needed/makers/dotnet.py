"""What `dotnet` makes, and what it takes as it is there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ctxaudit.needed.makers.call import ANY, Call, Maker, Options, Outcome
from ctxaudit.values import expression

_DOTNET = (
    "-c --configuration -o --output -f --framework -r --runtime -v --verbosity -p --property -a --arch --os -s"
    " --settings --version-suffix --configfile --packages --lock-file-path --artifacts-path -l --logger --filter"
    " --results-directory --collect --diag --test-adapter-path -e --environment -lp --launch-profile --project --source"
)
_DOTNET_BUILDS = ("build", "publish", "test", "run", "pack", "restore", "msbuild")
# A value of `--self-contained` and its like, or a switch of MSBuild as on Windows: neither is a project.
_NO_PROJECT = expression(r"true|false|/(?:\w+:.*|m|bl|graph|nologo|r|restore|maxcpucount)", re.IGNORECASE)
_SLN = expression(r"=\s*\"[^\"\n]*\",\s*\"([^\"\n]+\.\w+proj)\"|<Project\s+Path=\"([^\"\n]+\.\w+proj)\"")
_REFERENCE = expression(r"<ProjectReference\s+Include=\"([^\"\n]+)\"")
_MOVES = expression(r"UseArtifactsOutput|ArtifactsPath|BaseOutputPath|BaseIntermediateOutputPath|<OutputPath>")
_MOVING = frozenset((
    "useartifactsoutput", "artifactspath", "outdir", "outputpath", "baseoutputpath", "intermediateoutputpath",
    "baseintermediateoutputpath", "msbuildprojectextensionspath",
))  # fmt: skip
_SWITCH = expression(r"(?:--?|/)(\w[\w-]*)(?:[:=](.*))?", re.DOTALL)
_FALSE = frozenset(("false", "off", "no"))
# Any words may stand where a variable or a file has them, and any option where a variable has its name.
_ANY_WORDS = expression(r"@.+|\$(?:[\w@*]+|\{[^{}]*\}|\(.*\))|(?:-|/(?=[^/]*\Z))[^:=]*\$.*", re.DOTALL)
_TARGET = expression(r"(?:--?|/)(?:t|target)", re.IGNORECASE)
_RESPONSES = ("Directory.Build.rsp", "MSBuild.rsp")
# Each runs a script of the project.
_SCRIPTS = frozenset(("cake", "nuke", "script", "fsi"))
# Each builds the projects, as a command without a target does.
_TARGETS_THAT_BUILD = frozenset(("build", "rebuild", "publish", "pack", "run", "vstest", "publishcontainer"))
_TARGETS_APART = frozenset(("restore", "clean"))
_NO_BUILD, _NO_RESTORE = "--no-build", "--no-restore"
# What a restore writes, and a build without one begins with.
_ASSETS = "obj/project.assets.json"


def dotnet_options(call: Call) -> Options:
    """The options of dotnet, where `-o:out` is `-o=out`; the plain words are the subcommand and the projects."""
    words = _dotnet_words(call)
    words = [re.sub(r"\A(--?[\w-]+):", r"\1=", word) for word in words if not _NO_PROJECT.fullmatch(word)]
    return Options(words, "" if words[:1] == ["msbuild"] else _DOTNET)


def _dotnet_words(call: Call) -> list[str]:
    """The words of dotnet with those of `@FILE` where that is known, and a target as one word."""
    words: list[str] = []
    for word in call.words:
        text = call.text(word[1:]) if word.startswith("@") and "--" not in words else None
        given = [word] if text is None else _response(text)
        is_target = bool(words) and _TARGET.fullmatch(words[-1]) is not None and words[0] != "test"
        if is_target and "--" not in words and given[:1] and not given[0].startswith("-"):
            given[0] = f"{words.pop()}:{given[0]}"
        words += given
    return words


def _response(text: str) -> list[str]:
    """The words of a response file."""
    lines = (line for line in text.split("\n") if not line.lstrip().startswith("#"))
    return [word.replace('"', "") for line in lines for word in line.split()]


def _automatic(call: Call, project: str) -> list[str]:
    """The words of the response files that MSBuild reads by itself: in the project's directory, or above it."""
    start = call.place(project or ".")
    if start is None:
        return []
    folder = posixpath.dirname(start) if re.search(r"\.\w+\Z", start) else start
    texts = (call.text(name, base=at) for name in _RESPONSES for at in islice(call.above(name, folder), 1))
    return [word for text in texts for word in _response(text or "")]


class _Key(NamedTuple):
    """Which output of a project is meant. framework: "" for every one, or the only one."""

    configuration: str
    framework: str
    runtime: str

    def built(self, folder: str) -> str:
        """The setting that says that the project in a directory was built so."""
        return f"dotnet built {folder} {self.configuration} {self.runtime} {self.framework}"

    def is_built(self, folder: str, settings: Mapping[str, str]) -> bool:
        every = self._replace(framework="").built(folder)
        if not self.framework:
            return any(setting.startswith(every) for setting in settings)
        return every in settings or self.built(folder) in settings


class _Switches:
    """What the words and the variables of dotnet say to MSBuild. Names are in lower case, as none depends on it.

    properties: by name. targets: what is built in place of the default.
    """

    def __init__(self, call: Call, project: str) -> None:
        self._values: dict[str, str] = {}
        self.properties = {name.lower(): value for name, value in call.command.env.items() if value}
        self.targets: set[str] = set()
        words = _dotnet_words(call)
        words = words[: words.index("--")] if "--" in words else words
        if not any(re.fullmatch(r"[-/]+noauto(?:rsp|response)", word, re.IGNORECASE) for word in words):
            words = [*_automatic(call, project), *words]
        self.is_open = any(word[:1] in ("-", "/", "@") and _ANY_WORDS.fullmatch(word) for word in words)
        for word, following in zip(words, (*words[1:], ""), strict=True):
            if match := _SWITCH.fullmatch(word):
                self._read(match[1].lower(), match[2], following)

    def _read(self, name: str, value: str | None, following: str) -> None:
        self._values[name] = value or ""
        if name in ("p", "property"):
            parts = (part.partition("=") for part in re.split("[;,]", following if value is None else value))
            self.properties |= {key.strip().lower(): text.strip() for key, _, text in parts}
        elif name in ("t", "target"):
            self.targets |= {target.strip().lower() for target in re.split("[;,]", value or "")} - {""}

    def has(self, *names: str) -> bool:
        """Whether a switch is given, and not as false."""
        return any(self._values.get(name, "false").lower() not in _FALSE for name in names)

    def sets(self, name: str) -> bool:
        """Whether a property is given, and not as false."""
        return self.properties.get(name, "false").lower() not in _FALSE

    def taken(self, subcommand: str, *, is_open: bool) -> frozenset[str]:
        """What a build takes as it is there, as the options of dotnet that say so; is_open: words may mean anything."""
        if is_open or self.targets - _TARGETS_THAT_BUILD - _TARGETS_APART:
            return frozenset([ANY])
        is_evaluation = self.has("getproperty", "getitem") and not self.has("gettargetresult")
        if not self.targets & _TARGETS_THAT_BUILD and (self.targets or is_evaluation):
            return frozenset()
        if self.takes_build:
            return frozenset([_NO_BUILD])
        restores = self.has("restore", "r") if subcommand == "msbuild" else not self.has("no-restore")
        is_restored = restores or "restore" in self.targets
        return frozenset([*([] if is_restored else [_NO_RESTORE]), *([_NO_BUILD] if self.is_alone else [])])

    @property
    def takes_build(self) -> bool:
        """Whether the projects are taken as an earlier build has left them."""
        is_tested = self.targets == {"vstest"} and self.sets("vstestnobuild")
        return self.has("no-build") or self.sets("nobuild") or is_tested

    @property
    def builds(self) -> bool:
        """Whether the projects that are named are built."""
        is_kept = self.has("getproperty", "getitem", "gettargetresult")
        return not is_kept and not self.takes_build and (not self.targets or bool(self.targets & _TARGETS_THAT_BUILD))

    @property
    def moves(self) -> bool:
        """Whether a setting moves what is written."""
        return self.has("artifacts-path") or bool(_MOVING & self.properties.keys())

    def keys(self, subcommand: str, options: Options) -> list[_Key]:
        """Which output of the projects is meant, as far as it lies apart; what publishes has had two defaults."""
        given = options.get("-c", "--configuration") or self.properties.get("configuration", "")
        defaults = ("debug", "release") if subcommand in ("publish", "pack") else ("debug",)
        framework = options.get("-f", "--framework") or self.properties.get("targetframework", "")
        names = ("-r", "--runtime"), ("-a", "--arch"), ("--os",)
        runtime = (self.properties.get("runtimeidentifier", ""), *(options.get(*several) for several in names))
        return [
            _Key(configuration, framework, "-".join(filter(None, runtime)))
            for configuration in ([given.lower()] if given else defaults)
        ]

    @property
    def is_alone(self) -> bool:
        """Whether projects that others refer to are left as they are."""
        return self.has("no-dependencies") or self.properties.get("buildprojectreferences", "").lower() in _FALSE


def dotnet(call: Call) -> Outcome:
    """dotnet: `obj` and `bin` of each project that is built, and the directory of `-o`.

    A restore makes a few files of `obj`; without one, before or as a part of it, a build reads the `obj` that is there.
    """
    options = dotnet_options(call)
    words = (options.plain[1:] or ["run"]) if options.plain[:1] == ["watch"] else options.plain
    words = words[2:] if words[:2] == ["tool", "run"] else words
    subcommand = words[0] if words else ""
    if subcommand in _SCRIPTS:
        return Outcome(runs=(call.run(f"dotnet-{subcommand}", *words[1:]),))
    if subcommand not in _DOTNET_BUILDS:
        return Outcome(options=frozenset([ANY] if _ANY_WORDS.fullmatch(subcommand) else []))
    output = options.get("-o", "--output")
    project = words[1] if len(words) > 1 and subcommand != "run" else options.get("--project")
    switches = _Switches(call, project)
    is_open = (
        switches.is_open or any(map(_ANY_WORDS.fullmatch, words)) or any("$" in name for name in switches.properties)
    )
    folders = _dotnet_folders(call, project, is_alone=is_open or switches.is_alone) if not switches.moves else []
    if subcommand == "restore" or (switches.targets == {"restore"} and not is_open):
        makes = tuple(place for folder in folders for place in call.at(_ASSETS, base=folder))
        return Outcome(makes=makes, settings={_restored(folder): "yes" for folder in folders})
    taken = switches.taken(subcommand, is_open=is_open)
    places = list(call.at(output)) if output and subcommand not in ("test", "run") else []
    for folder in folders if switches.builds and ANY not in taken else []:
        names = [
            *(["obj"] if _restored(folder) in call.settings or _NO_RESTORE not in taken else []),
            *([] if output and subcommand == "build" else ["bin"]),
        ]
        places += call.at(*names, base=folder)
    keys = switches.keys(subcommand, options)
    builds = switches.builds and ANY not in taken and not (output and subcommand == "build")
    return Outcome(
        makes=tuple(dict.fromkeys(places)),
        options=taken,
        takes=tuple(_unbuilt(call, folders, keys)) if _NO_BUILD in taken and not switches.builds else (),
        settings={keys[0].built(folder): "yes" for folder in folders} if builds and len(keys) == 1 else {},
    )


def _unbuilt(call: Call, folders: Iterable[str], keys: Sequence[_Key]) -> Iterator[str]:
    """The output of the projects that no command before has built so."""
    for folder in folders:
        if not all(key.is_built(folder, call.settings) for key in keys):
            yield from call.at("bin", "obj", base=folder)


def _restored(folder: str) -> str:
    """The setting that says that the project in a directory was restored."""
    return f"dotnet restored {folder}"


def _dotnet_folders(call: Call, project: str, *, is_alone: bool) -> list[str]:
    """The directories of the projects that are built; none where a setting moves what they write.

    is_alone: without those to which a project refers.
    """
    start = call.place(project or ".")
    if start is None:
        return []
    files = [start] if re.search(r"\.\w+proj\Z|\.slnx?\Z", start) else _projects_in(call, start)
    folders: list[str] = []
    for file in files:  # grows meanwhile
        text = call.text(file) or ""
        folder = posixpath.dirname(file)
        references = [] if is_alone else _REFERENCE.findall(text)
        paths = [first or second for first, second in _SLN.findall(text)] if ".sln" in file else references
        files += [
            place
            for path in paths
            for place in call.at(path.replace("\\", "/"), base=folder)
            if place not in files and len(files) < 200
        ]
        if ".sln" not in file and not _MOVES.search(text):
            folders.append(folder)
    moved = any(
        _MOVES.search(call.text("Directory.Build.props", base=at) or "")
        for at in call.above("Directory.Build.props", start)
    )
    return [] if moved else folders or ([start] if not files else [])


def _projects_in(call: Call, folder: str) -> list[str]:
    names = sorted(call.files.names(folder))
    solutions = [name for name in names if name.endswith((".sln", ".slnx"))]
    return list(call.at(*(solutions or [name for name in names if re.search(r"\.\w+proj\Z", name)]), base=folder))


ROWS: dict[str, Maker] = {"dotnet": dotnet}
