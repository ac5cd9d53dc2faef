"""GitHub workflows: the builds that docker's actions run, of a directory or of the repository as git has it.

A job that has a matrix is taken once for each of its turns. Source: docker/build-push-action and docker/bake-action,
`action.yml` and src/context.ts.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import field, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from ctxaudit.builds.declared import LARGEST_FILE, WORKFLOWS, Declared, GitStep, Workflows
from ctxaudit.builds.expressions import Names, Work
from ctxaudit.builds.jobs import apart, decide, fields_of, in_turn, placed_steps, steps_of, text_of, turns_of
from ctxaudit.builds.request import PLATFORM
from ctxaudit.dockerfile import is_remote
from ctxaudit.errors import CtxauditError, masked
from ctxaudit.files import read_regular
from ctxaudit.ignore import clean_path
from ctxaudit.model import Location, Unknown
from ctxaudit.values import expression, frozen, record

if TYPE_CHECKING:
    from ctxaudit.builds.compose.document import Value

# Builds that CI runs straight after a checkout: what git ignores is not there, and they need nothing of it.
#
# Between the checkout and the build stand only steps that are known to put nothing into the tree. A step that runs
# anything else may make what is ignored. Source: actions/checkout README (`clean`), the actions' own README files.

CHECKOUT = expression(r"actions/checkout@\S+", re.IGNORECASE)
_KNOWN_ACTIONS = expression(
    r"(?:docker/(?:setup-qemu|setup-buildx|setup-docker|login|metadata)-action|aws-actions/configure-aws-credentials"
    r"|aws-actions/amazon-ecr-login|google-github-actions/auth|azure/login|azure/docker-login"
    r"|sigstore/cosign-installer|step-security/harden-runner|crazy-max/ghaction-[\w-]+)@\S+",
    re.IGNORECASE,
)
# What they print goes to no file of the tree.
_REDIRECT = expression(r"[12&]?>>?\s*(?:&[12]|/dev/null|\"?\$\{?GITHUB_(?:OUTPUT|ENV|STEP_SUMMARY)\}?\"?)")
_SUBSTITUTION = expression(r"\$\((?:git|date|echo)\b[^()]*\)")
_WORDS = ("echo", "true", "set", "export")
_DOCKER = frozenset(
    ("login", "logout", "build", "buildx", "tag", "push", "pull", "version", "info", "images", "image", "manifest")
)
_WRITES = expression(r"\s(?:-o|--output|--iidfile|--metadata-file|--sbom-output)[\s=]|\bcp\b|\bsave\b")
_VALUED = frozenset(
    ("-t", "--tag", "-f", "--file", "--build-arg", "--target", "--label", "--platform", "--cache-from", "--cache-to")
)


@frozen
class Checked:
    """A build of a checkout. at: the step. context and dockerfile: relative to the working directory."""

    at: Location
    context: str
    dockerfile: str | None
    target: str | None


@record
class Steps:
    """Follows the steps of a job. is_clean: the tree holds what a checkout gave, and nothing else."""

    is_clean: bool = False
    is_closed: bool = False

    def check_out(self, is_own: bool) -> None:
        """Take a checkout: what was there before it is removed, unless steps have run in it since another."""
        self.is_clean = is_own and not self.is_closed

    def pass_action(self, uses: str) -> None:
        if not _KNOWN_ACTIONS.fullmatch(uses):
            self.spoil()

    def pass_text(self, text: str) -> None:
        if not is_harmless(text):
            self.spoil()

    def spoil(self) -> None:
        """Take a step that may put something into the tree."""
        self.is_closed = self.is_closed or self.is_clean
        self.is_clean = False


def is_harmless(text: str) -> bool:
    """Whether a script prints and calls docker only, and writes no file."""
    return all(map(_is_harmless_part, _parts(text)))


def _is_harmless_part(part: str) -> bool:
    words = part.split()
    if "docker" in words[:1]:
        return words[1:2] != [] and words[1] in _DOCKER and not _WRITES.search(part)
    return not words or words[0] in _WORDS


def _parts(text: str) -> Iterator[str]:
    """Split a script into its simple commands; what cannot be split stays as a part that is not known."""
    shown = _SUBSTITUTION.sub("x", _REDIRECT.sub("", text.replace("\\\n", " ")))
    for line in shown.split("\n"):
        if line.lstrip().startswith("#"):
            continue
        is_plain = not any(mark in line for mark in (">", "<", "$(", "`"))
        yield from (part.strip() for part in re.split(r"&&|\|\|?|;", line)) if is_plain else ("?",)


def docker_builds(text: str) -> Iterator[tuple[str, str | None, str | None]]:
    """Give context, Dockerfile and target of each `docker build` of a directory, as they are written."""
    for part in _parts(text):
        if not part.startswith("docker"):
            continue
        try:
            words = shlex.split(part)
        except ValueError:
            continue
        start = next((at for at in (2, 3) if words[:1] == ["docker"] and words[at - 1 : at] == ["build"]), None)
        if start is not None and (build := _built(words[start:])):
            yield build


def _built(words: list[str]) -> tuple[str, str | None, str | None] | None:
    options: dict[str, str] = {}
    plain: list[str] = []
    rest = iter(words)
    for word in rest:
        name, given, value = word.partition("=")
        if word.startswith("-"):
            options[name] = value if given else next(rest, "") if name in _VALUED else ""
        else:
            plain.append(word)
    file, target = options.get("-f") or options.get("--file"), options.get("--target")
    named = (*plain, file or "", target or "")
    if len(plain) != 1 or any("$" in text for text in named) or "://" in plain[0] or plain[0] == "-" or file == "-":
        return None
    return plain[0], file, target


def _of_gitlab(root: str) -> Iterator[Checked]:
    """Give the builds of `.gitlab-ci.yml`, where no job hands files on to another."""
    path = os.path.normpath(os.path.join(root, ".gitlab-ci.yml"))
    if not os.path.isfile(path):
        return
    from ctxaudit.builds.compose.document import read

    for document in read(path):
        jobs = fields_of(document)
        handed = ("artifacts", "cache", "include", "extends")
        if (
            "include" in jobs
            or "cache" in jobs
            or any(key in fields_of(job) for job in jobs.values() for key in handed)
        ):
            return
        before = _lines(jobs.get("before_script")) or _lines(fields_of(jobs.get("default")).get("before_script"))
        for name, job in jobs.items():
            fields = fields_of(job)
            lines = (_lines(fields["before_script"]) if "before_script" in fields else before) + _lines(
                fields.get("script")
            )
            text = "\n".join(lines)
            if not name.startswith(".") and "script" in fields and is_harmless(text):
                at = fields["script"].at
                yield from (checked(root, at, *built) for built in docker_builds(text))


def checked(root: str, at: Location, context: str, file: str | None, target: str | None) -> Checked:
    """Give a build that names its paths relative to the repository."""

    def inside(path: str) -> str:
        return os.path.normpath(os.path.join(root, path))

    return Checked(at, inside(context), inside(file) if file else None, target)


def _lines(value: Value | None) -> list[str]:
    if value is None:
        return []
    if isinstance(value.content, list):
        return [line for child in value.content for line in _lines(child)]
    return [value.content] if isinstance(value.content, str) else []


DIRECTORY = WORKFLOWS
BUILD = "docker/build-push-action"
BAKE = "docker/bake-action"
_MOST = 200  # files that are looked at
_MOST_STEPS = 20_000  # of the workflows that are called, over all calls
_OF_STEP = 200  # letters of a script that take as long as a step
_LONGEST_SAID = 300  # letters of an expression that a report repeats
_ACTION = expression(rf"({BUILD}|{BAKE})@(?:v(\d+))?\S*", re.IGNORECASE)
_GIT_SINCE = 6  # the version of bake-action whose source is git unless it is told otherwise
_NAMES = expression(rb"docker/b(uild-push|ake)-action@|/\.github/workflows/[\w.-]{1,100}\.ya?ml@", re.I)
_WORKSPACE = expression(r"\$\{\{\s*github\.workspace\s*\}\}")
_OWN = expression(r"\$\{\{\s*github\.repository\s*\}\}")
_SETTLE = "evaluate the expression"
# A workflow that another one calls: of this repository, and of another one, whose file is not here.
#
# Source: docs.github.com, "Reuse workflows".
_CALLED = "workflow_call"
_CALLS_HERE = expression(rb"\./\.github/workflows/")
_ELSEWHERE = expression(r"[\w.-]+/[\w.-]+/\.github/workflows/([\w.-]+)\.ya?ml@\S+")
_OF_IMAGES = expression(
    r"(?!.*(?:lint|scan|clean|prune|test|check))(?:.*[._-])?(?:docker|buildx|container|image)", re.I
)
_OF_BUILD = expression(
    r"(?:.*[_-])?(?:(?:docker|container)[_-]?file|context)(?:[_-]?(?:path|dir|directory|name))?", re.IGNORECASE
)
_DEFAULT = expression(r"\{\{\s*defaultContext\s*\}\}(?::(?P<subdir>.*))?")


def declared(root: str) -> tuple[Declared, ...]:
    """Give the builds of directories that the workflows of a repository declare.

    root: its top, as the user would name it.
    """
    return workflows(root).declared


def declared_in(path: str, calls: Calls | None = None) -> tuple[Declared, ...]:
    """Give those of one workflow; raises CtxauditError where it is not YAML. calls: those of the other files, too."""
    root = os.path.normpath(os.path.join(os.path.dirname(path), "..", ".."))
    found_builds = _FoundBuilds(root, calls or Calls())
    found_builds.add_file(path)
    return tuple(found_builds.declared)


def workflows(root: str) -> Workflows:
    """Read all workflows of a repository; one that is not YAML is an unknown."""
    found_builds = _FoundBuilds(root)
    for path in _files(root):
        try:
            found_builds.add_file(path)
        except CtxauditError as error:
            what = f"what the workflow builds: {error.said}"
            found_builds.unknowns.append(Unknown(what, error.where or path, "fix the workflow"))
    return Workflows(tuple(found_builds.declared), tuple(found_builds.from_git), tuple(found_builds.unknowns))


def from_checkout(root: str) -> list[Checked]:
    """Give the builds that CI runs straight after a checkout; a file that cannot be read says nothing."""
    found_builds = _FoundBuilds(root)
    for path in _files(root, re.compile(rb"\bactions/checkout@", re.I)):
        with suppress(CtxauditError):
            found_builds.add_file(path)
    with suppress(CtxauditError):
        found_builds.checked += _of_gitlab(root)
    return found_builds.checked


def _together(builds: Sequence[tuple[Declared, Names]]) -> Iterator[Declared]:
    """Give the builds of the turns of a job: one for those whose steps differ in nothing but platforms and arguments.

    Where the Dockerfile names sources or stages by an argument, each of its values is a build of its own. Another one
    that the turns give several values is not known.
    """
    by_name = dict[str, dict[Hashable, list[tuple[Declared, Names]]]]()
    deciding = functools.cache(_deciding)
    for build, names in builds:
        decided = tuple((name, build.build_args.get(name)) for name in sorted(deciding(build.dockerfile)))
        key = build.context, build.dockerfile, build.target, (*build.build_contexts.items(), decided), build.unknowns
        by_name.setdefault(build.name, {}).setdefault(key, []).append((build, names))
    for name, by_key in by_name.items():
        more = apart([(key, names) for key, same in by_key.items() for _, names in same])
        for held, ((first, _), *others) in by_key.items():
            given = [first.build_args, *(build.build_args for build, _ in others)]
            arguments = {
                argument: first.build_args.get(argument) if len({each.get(argument) for each in given}) == 1 else None
                for argument in dict.fromkeys(chain.from_iterable(given))
            }
            yield replace(first, name=f"{name}{more[held]}", build_args=arguments)


# What an instruction copies, and the name of an image without its tag: a tag changes nothing that is sent.
_DECIDES = expression(
    rb"^[ \t]*(?:(?:COPY|ADD)[ \t]((?:[^\\\n]|\\[\s\S])*)|FROM[ \t]+(?:--\S+[ \t]+)?([^\s:@]*))",
    re.IGNORECASE | re.MULTILINE,
)
_VARIABLE = expression(rb"\$\{?(\w+)")


def _deciding(dockerfile: str | None) -> frozenset[str]:
    """Give the variables by which a Dockerfile names what it copies and the stages that it builds on."""
    data = read_regular(dockerfile, LARGEST_FILE) if dockerfile else None
    named = (b" ".join(filter(None, match.groups())) for match in _DECIDES.finditer(data or b""))
    return frozenset(name.decode("latin-1") for text in named for name in _VARIABLE.findall(text))


def _checked(build: Declared) -> Checked:
    return Checked(build.declared, build.context, build.dockerfile, build.target)


def _files(root: str, naming: re.Pattern[bytes] = _NAMES) -> Iterator[str]:
    """The workflows that name one of the actions, by name."""
    directory = os.path.normpath(os.path.join(root, DIRECTORY))
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return
    for name in islice((name for name in names if name.endswith((".yml", ".yaml"))), _MOST):
        path = os.path.join(directory, name)
        if naming.search(read_regular(path, LARGEST_FILE) or b""):
            yield path


def is_building(path: str) -> bool:
    """Whether a file is a workflow that names one of the actions."""
    if not path.endswith((".yml", ".yaml")):
        return False
    return _NAMES.search(read_regular(path, LARGEST_FILE) or b"") is not None


def _jobs(document: Value) -> Iterator[tuple[str, dict[str, Value]]]:
    for name, job in fields_of(fields_of(document).get("jobs")).items():
        yield name, fields_of(job)


def _events(document: Value) -> dict[str, Value | None]:
    """Give what starts a workflow."""
    on = fields_of(document).get("on")
    if on is None or isinstance(on.content, dict):
        return {**fields_of(on)}
    return dict.fromkeys(map(text_of, on.content) if isinstance(on.content, list) else (text_of(on),))


_FIRST = {"boolean": "false", "number": "0"}  # of an input that has neither a value nor a default


def _inputs(called: Value | None, given: dict[str, Value]) -> dict[str, Value]:
    """Give the inputs of a call by their types, with the defaults of those that it does not give."""
    inputs = dict(given)
    for name, declared in fields_of(fields_of(called).get("inputs")).items():
        fields = fields_of(declared)
        kind = text_of(fields.get("type"))
        value = given.get(name.lower(), fields.get("default"))
        if value is None and kind in _FIRST:
            value = replace(declared, content=_FIRST[kind])
        if value is not None:
            inputs[name.lower()] = replace(value, plain=kind in _FIRST) if kind else value
    return inputs


class _Call(NamedTuple):
    """A job that calls a workflow. name: of its file and its own. inputs: what it gives."""

    name: str
    inputs: dict[str, Value]


def _calls_of(name: str, document: Value, job: dict[str, Value], work: Work) -> Iterator[_Call]:
    """Give the calls of a job that calls a workflow: one for all turns of its matrix that give the same inputs."""
    given = {key.lower(): value for key, value in fields_of(job.get("with")).items()}
    by_texts: dict[Hashable, dict[str, Value]] = {}
    turns_by_texts: list[tuple[Hashable, Names]] = []
    for names in turns_of(document, job, work):
        inputs = {key: decide(value, names) for key, value in given.items()}
        texts = tuple(map(text_of, inputs.values()))
        by_texts[texts] = inputs
        turns_by_texts.append((texts, names))
    for same, more in apart(turns_by_texts).items():
        yield _Call(f"{name}{more}", by_texts[same])


@record
class Calls:
    """The jobs of a repository that call its own workflows: their files are parsed once for all that they call.

    taken: how many steps of called workflows are taken, as each call takes all of them again.
    """

    taken: int = 0
    _by_root: dict[str, dict[str, list[_Call]]] = field(default_factory=dict)

    def of(self, root: str, file: str) -> Sequence[_Call]:
        """Give the calls of a workflow."""
        if root not in self._by_root:
            calls = self._by_root[root] = {}
            for called, call in _local_calls(root):
                calls.setdefault(called, []).append(call)
        return self._by_root[root].get(f"./{DIRECTORY}/{file}", ())

    def take(self, steps: Sequence[Value]) -> bool:
        """Count the steps of one call or turn; False where that is more than may be taken."""
        letters = sum(len(text_of(fields_of(step).get("run"))) for step in steps)
        self.taken += max(len(steps), 1) + letters // _OF_STEP
        return self.taken <= _MOST_STEPS


def _local_calls(root: str) -> Iterator[tuple[str, _Call]]:
    from ctxaudit.builds.compose.document import read

    for path in _files(root, _CALLS_HERE):
        work = Work()
        with suppress(CtxauditError):  # who reads that file says so
            for document, job, fields in ((each, *pair) for each in read(path, is_core=True) for pair in _jobs(each)):
                for call in _calls_of(f"{os.path.basename(path)}:{job}", document, fields, work):
                    yield text_of(fields.get("uses")), call


@record
class _FoundBuilds:
    root: str
    calls: Calls = field(default_factory=Calls)
    declared: list[Declared] = field(default_factory=list)
    from_git: list[GitStep] = field(default_factory=list)
    unknowns: list[Unknown] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)
    unchecked: list[Checked] = field(default_factory=list)  # builds of a tree into which a step may have put something
    work: Work = field(default_factory=Work)

    def add_file(self, path: str) -> None:
        from ctxaudit.builds.compose.document import read

        file, self.work = os.path.basename(path), Work()
        for document in read(path, is_core=True):
            events = _events(document)
            calls = self.calls.of(self.root, file) if _CALLED in events else ()
            for job, fields in _jobs(document):
                self._add_elsewhere(f"{file}:{job}", document, fields)
                if not calls or len(events) > 1:
                    self._add_job(f"{file}:{job}", document, fields)
            if calls:
                self._add_calls(document, events[_CALLED], calls)

    def _add_calls(self, document: Value, event: Value | None, calls: Sequence[_Call]) -> None:
        """Take the jobs of a workflow once for each job that calls it, with the inputs that they then have.

        event: what it says of being called.
        """
        for call in calls:
            inputs = _inputs(event, call.inputs)
            for job, fields in _jobs(document):
                if not self.calls.take(steps_of(fields)):
                    self._add_rest(
                        f"what more calls of this workflow build: more than {_MOST_STEPS:,} steps are called", document
                    )
                    return
                self._add_job(f"{call.name}/{job}", document, fields, inputs)

    def _add_rest(self, what: str, document: Value) -> None:
        doubt = Unknown(what, str(document.at), "audit the directories that they build")
        self.unknowns.append(doubt)
        self._add_unknown(os.path.basename(document.at.file), BUILD, doubt, document.at)

    def _add_elsewhere(self, name: str, document: Value, job: dict[str, Value]) -> None:
        """Take a job that calls a workflow of another repository: what that builds is not known."""
        uses = text_of(job.get("uses"))
        match = _ELSEWHERE.fullmatch(uses)
        if match is None:
            return
        is_of_images = _OF_IMAGES.match(match[1]) is not None
        for call in _calls_of(name, document, job, self.work):
            if is_of_images or any(map(_OF_BUILD.fullmatch, call.inputs)):
                self._add_call_elsewhere(call, job["uses"])

    def _add_call_elsewhere(self, call: _Call, uses: Value) -> None:
        inputs = {key: text_of(value) for key, value in call.inputs.items() if _OF_BUILD.fullmatch(key)}
        given = " and ".join(_said(f"{key}={value}") for key, value in inputs.items())
        what = f"what {text_of(uses)} builds{given and ' with '}{given}, as its file is not here"
        doubt = Unknown(masked(what), str(uses.at), "audit the directory that it builds, with its Dockerfile by -f")
        path = _in_workspace(next((value for key, value in inputs.items() if "context" in key), ""))
        is_known = bool(path) and "${{" not in path
        directory = os.path.normpath(os.path.join(self.root, _inside(path))) if is_known else ""
        if not is_known or not _inside(path):
            self.unknowns.append(doubt)
        file = _in_workspace(next((value for key, value in inputs.items() if "file" in key), ""))
        self.declared.append(Declared(call.name, uses.at, "", unknowns=(doubt,), may_build=(directory, file)))

    def _add_job(
        self, name: str, document: Value, job: dict[str, Value], inputs: dict[str, Value] | None = None
    ) -> None:
        """Take a job in each turn of its matrix. inputs: of the call that runs it, None for one that is not called."""
        steps = placed_steps(document, job)
        builds = [at for at, step in enumerate(steps) if _ACTION.fullmatch(_uses(step))]
        names_of = {at: f"{name}#{number}" if len(builds) > 1 else name for number, at in enumerate(builds, 1)}
        seen, of_turns = _FoundBuilds(self.root, self.calls), list[tuple[Declared, Names]]()
        for number, names in enumerate(turns_of(document, job, self.work, inputs)):
            if number and not self.calls.take(steps):
                self._add_rest(
                    f"what more combinations of the matrix of {name} build: more than {_MOST_STEPS:,} steps are taken",
                    document,
                )
                break
            known = len(seen.declared)
            seen._add_steps(names_of, (in_turn(step, names, inputs) for step in steps))
            of_turns += ((build, names) for build in seen.declared[known:])
        self.declared += _together(of_turns)
        self.from_git += dict.fromkeys(seen.from_git)
        self.unknowns += dict.fromkeys(seen.unknowns)
        # What a step builds straight after the checkout in one turn may need in another what is made there.
        self.checked += dict.fromkeys(build for build in seen.checked if build not in seen.unchecked)

    def _add_steps(self, names: dict[int, str], steps: Iterable[Value | None]) -> None:
        """Take the steps that run in their order: a build finds what was checked out before it."""
        workspace, so_far = _Workspace(), Steps()
        for at, step in enumerate(steps):
            if step is None:
                continue
            if CHECKOUT.fullmatch(_uses(step)):
                workspace.add(fields_of(fields_of(step).get("with")))
                so_far.check_out(all(workspace.checkouts.values()))
            elif _ACTION.fullmatch(_uses(step)):
                known = len(self.declared)
                self._add(names[at], fields_of(step), workspace)
                built = self.checked if so_far.is_clean else self.unchecked
                built += map(_checked, self.declared[known:])
                if text_of(fields_of(fields_of(step).get("with")).get("outputs")):
                    so_far.spoil()
            elif "run" in fields_of(step):
                self._add_run(fields_of(step), workspace, so_far)
            else:
                so_far.pass_action(_uses(step))

    def _add_run(self, step: dict[str, Value], workspace: _Workspace, so_far: Steps) -> None:
        """Take a script: it builds, or it puts something into the tree."""
        text = text_of(step["run"])
        so_far.pass_text(text)
        built = self.checked if so_far.is_clean else self.unchecked
        if "working-directory" not in step:
            for context, file, target in docker_builds(text):
                paths = [None if path is None else workspace.path(path) for path in (context, file)]
                if paths[0] is not None and (file is None or paths[1] is not None):
                    built.append(checked(self.root, step["run"].at, paths[0], paths[1], target))

    def _add(self, name: str, step: dict[str, Value], workspace: _Workspace) -> None:
        match = _ACTION.fullmatch(text_of(step["uses"]))
        assert match is not None
        action, inputs = match[1].lower(), fields_of(step.get("with"))
        key = "context" if action == BUILD else "source"
        given, at = _in_workspace(text_of(inputs.get(key))), inputs[key].at if key in inputs else step["uses"].at
        default = _DEFAULT.fullmatch(given)
        if "${{" in given:
            doubt = Unknown(f"what {action} builds: {_said(given)}", str(at), _SETTLE)
            self.unknowns.append(doubt)
            self._add_unknown(name, action, doubt, step["uses"].at)
        elif not given or default or is_remote(given):
            if action == BAKE and not given and match[2] is None:
                what = f"whether {action} builds from git, as it does since version {_GIT_SINCE}"
                self.unknowns.append(Unknown(what, str(at), "name its version"))
            elif action == BUILD or int(match[2] or 0) >= _GIT_SINCE or given:
                directory = (default["subdir"] or "") if default else ""
                self.from_git.append(GitStep(at, action, clean_path(f"/{directory}")[1:]))
        elif action == BUILD:
            build = _Build(name, step["uses"].at, inputs, self.root, workspace)
            undecided = build.undecided(given)
            if undecided:
                self._add_unknown(name, action, undecided, build.at)
            else:
                self.declared.append(build.declared(given))

    def _add_unknown(self, name: str, action: str, doubt: Unknown, at: Location) -> None:
        if action == BUILD:
            self.declared.append(Declared(name, at, "", unknowns=(doubt,)))


@record
class _Workspace:
    """The directories of a job's workspace that hold a checkout, and whether it is one of this repository."""

    checkouts: dict[str, bool] = field(default_factory=dict)

    def add(self, inputs: dict[str, Value]) -> None:
        repository = text_of(inputs.get("repository"))
        path = _in_workspace(text_of(inputs.get("path")))
        if "${{" not in path:
            self.checkouts[_inside(path)] = not repository or _OWN.fullmatch(repository) is not None

    def path(self, path: str) -> str | None:
        """Give a path of the workspace relative to the repository, None for one that is not in it."""
        if not self.checkouts:
            return path
        full = _inside(path)
        for place in sorted(self.checkouts, key=len, reverse=True):
            if not place or full == place or full.startswith(f"{place}/"):
                return full[len(place) :].lstrip("/") or "." if self.checkouts[place] else None
        return None


def _in_workspace(text: str) -> str:
    """Give a path of the runner relative to the workspace."""
    return _WORKSPACE.sub(".", text) if "github.workspace" in text else text


def _inside(path: str) -> str:
    return clean_path(f"/{path}")[1:]


@frozen
class _Build:
    """A step that builds a directory. at: its line. root: the top of the repository."""

    name: str
    at: Location
    inputs: dict[str, Value]
    root: str
    workspace: _Workspace

    def undecided(self, context: str) -> Unknown | None:
        """Give why neither the context nor the Dockerfile can be found, None where they can."""
        file = self._input("file")
        if "${{" in file:
            return Unknown(f"which Dockerfile {BUILD} builds: {_said(file)}", str(self.inputs["file"].at), _SETTLE)
        for key, path in (("context", context), ("file", file)):
            if path and self._path(path) is None:
                what = f"what {BUILD} builds: {key} {_said(path)} is not in the checkout of this repository"
                return Unknown(what, str(self.inputs[key].at), "audit the directory that the step builds")
        return None

    def declared(self, given: str) -> Declared:
        context, file, target = self._path(given) or ".", self._input("file"), self._input("target")
        platforms = re.split(r"[\s,]+", self._input("platforms").strip())
        contexts = {key: self._context(value) for key, value in self._pairs("build-contexts")}
        written = self.inputs["context"].at if given else self.at
        return Declared(
            self.name,
            self.at,
            context,
            self._path(file) if file else _default_dockerfile(context),
            target=target if target and "${{" not in target else None,
            build_args={key: None if "${{" in value else value for key, value in self._pairs("build-args")},
            build_contexts={key: value for key, value in contexts.items() if value is not None},
            platform=platforms[0] if platforms[0] and "${{" not in platforms[0] else PLATFORM,
            unknowns=tuple(self._unevaluated()),
            given=written if written.file != self.at.file else None,
        )

    def _input(self, key: str) -> str:
        return _in_workspace(text_of(self.inputs.get(key)))

    def _path(self, path: str) -> str | None:
        """Give a path of the workspace relative to the working directory."""
        relative = self.workspace.path(path)
        return None if relative is None else os.path.normpath(os.path.join(self.root, relative))

    def _context(self, value: str) -> str | None:
        return None if "${{" in value else value if "://" in value else self._path(value)

    def _pairs(self, key: str) -> Iterator[tuple[str, str]]:
        """The lines NAME=VALUE of an input; a value may be an expression, a name may not."""
        for line in self._input(key).splitlines():
            name, given, text = line.strip().partition("=")
            if given and name and "${{" not in name:
                yield name, text

    def _unevaluated(self) -> Iterator[Unknown]:
        """What an expression decides; that of a build argument concerns those who use it alone."""
        for key in ("target", "build-args", "build-contexts", "platforms"):
            value = self.inputs.get(key)
            lines = self._input(key).splitlines()
            if value is not None and any("${{" in line for line in lines if key != "build-args" or not _is_pair(line)):
                yield Unknown(f"the input {key}, an expression", str(value.at), _SETTLE)


def _is_pair(line: str) -> bool:
    name, given, _ = line.strip().partition("=")
    return bool(given and name) and "${{" not in name


def _default_dockerfile(context: str) -> str:
    names = [os.path.normpath(os.path.join(context, name)) for name in ("Dockerfile", "dockerfile")]
    return next(filter(os.path.isfile, names), names[0])


def _said(text: str) -> str:
    """Give a value of a step as a report shows it."""
    return masked(text) if len(text) <= _LONGEST_SAID else f"one of {len(text):,} letters"


def _uses(step: Value) -> str:
    return text_of(fields_of(step).get("uses"))
