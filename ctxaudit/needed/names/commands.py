"""The paths that the words of a command name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Protocol

from ctxaudit.needed.names.places import UNKNOWN, alone, alternatives, holds, named_by_env, place, values_of
from ctxaudit.needed.wrappers import FOUND_BY_FIND
from ctxaudit.values import expression, frozen, word_set


class Command(Protocol):
    """A command: its words, the program first, the directory it runs in, what it reads from files and is given."""

    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def cwd(self) -> str | None: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def stdin(self) -> str | None: ...


@frozen
class Use:
    """A word that names a path; `whole` where what lies in it is used, too.

    cwd: the directory that the word is relative to.
    """

    word: str
    cwd: str | None
    whole: bool = True


Reader = Callable[[Sequence[str], str | None], Iterator[Use]]


# Their words name nothing that has to be there.
_SILENT = word_set(
    ": echo printf true false unset alias useradd adduser groupadd addgroup usermod userdel deluser passwd chpasswd",
    "mkdir touch sleep exit return kill pkill umask ulimit trap wait shift which whoami id date uname hostname",
    "locale-gen",
    "git hg svn docker podman kubectl helm systemctl service update-rc.d rc-update nvm n corepack rbenv pyenv rustup",
    "apt-key add-apt-repository update-ca-certificates ldconfig locale dpkg-reconfigure debconf-set-selections a2enmod",
    "a2dismod a2ensite a2dissite docker-php-ext-install docker-php-ext-enable docker-php-ext-configure pecl sysctl",
)
# They need their operands to be there, and read nothing that lies in them.
_TOUCHING = word_set(
    "chown chmod chgrp chattr setfacl setcap ls du stat test [ [[ cd pushd popd rmdir readlink realpath basename",
    "dirname tree df mount umount mountpoint",
)
# Build tools and package managers: a bare word is a subcommand, a target or a package, and a directory is a project,
# of which they read the sources and not the output that lies there.
_TOOLS = word_set(
    "npm pnpm yarn bun corepack lerna turbo nx rush next nuxt nuxi ng vite webpack rollup parcel esbuild tsc tsup",
    "swc babel gatsby astro svelte-kit remix vue-cli-service react-scripts gulp grunt jest vitest mocha eslint",
    "prettier mvn mvnw gradle gradlew sbt lein ant bazel bazelisk make gmake cmake ctest ninja meson just task",
    "cargo go swift dotnet msbuild nuget bundle bundler rake rails gem mix rebar3 composer artisan console",
    "manage.py pip pip3 pipx uv poetry pdm pipenv hatch conda mamba micromamba virtualenv pytest tox nox flake8",
    "ruff black mypy pylint isort apt apt-get apk aptitude dpkg yum dnf microdnf tdnf zypper pacman rpm brew",
    "flutter dart stack cabal dune opam zig hugo jekyll mkdocs sphinx-build prisma sequelize knex typeorm",
    "drizzle-kit curl wget easy_install phpunit phpstan golangci-lint buf protoc sqlc templ air wasm-pack trunk",
    "expo ionic cap",
)
_COPYING = word_set("cp mv install rsync scp ln")
_SHELLS = word_set("sh bash ash dash zsh ksh source .")
# They serve a directory, by default the one in the second column.
_SERVERS = {
    "serve": ".",
    "http-server": "public .",
    "live-server": ".",
    "static-web-server": "public",
    "miniserve": ".",
    "sirv": ".",
    "sirv-cli": ".",
    "superstatic": ".",
    "local-web-server": ".",
    "ws": ".",
    "darkhttpd": ".",
    "webfsd": ".",
    "spa-http-server": ".",
}
_SYSTEM = ("/bin/", "/sbin/", "/usr/")
# What the value of an option is not read: it is written, or is no path.
_WRITTEN = word_set(
    "-o -O --output --out --out-dir --outdir --outDir --outfile --out-file --output-dir --output-path --outputPath",
    "--output-document --dest --destination --dist-dir --distDir --target-dir --build-dir --log-file --logfile",
    "--access-logfile --error-logfile --access-log --error-log --pid --pidfile --pid-file --cache-dir --cache-location",
    "--wheel-dir --basetemp --junitxml --cov-report --metadata-file --iidfile",
    "-coverprofile --coverprofile --tsBuildInfoFile",
)
_LEAVES_OUT = ("--exclude",)  # of tar and rsync: what the value names is not read
# Directories to run in, not to read; those of the second set also decide what the other words are relative to.
_CHDIR = word_set("--chdir --cwd --prefix --working-dir --working-directory --workdir --app-dir --directory -C --dir")
_PROJECTS = word_set(
    "--project --project-directory --root-dir --rootdir --rootDir --reload-dir --watch --ext-dir --user-dir --home-dir",
    "--base-dir --basedir",
)
_VERSION = expression(r"v?\d+(?:\.\d+)*(?:[-+_.][\w.]*)?|[<>=~^!]+[\w.*]+")
_ADDRESS = expression(r"[\w.\[\]*-]*(?::[\w.*-]*){0,8}:\d+(?:-\d+)?(?:/(?:tcp|udp))?")
# Directories that a package manager installs from, perhaps without a network.
_STORES = ("--find-links", "--store-dir")
_OF_MODULES = ("--app", "-A")
# With whom a server talks: their `*` is in quotes, and means no file.
_OF_PEERS = expression(
    r"--[\w.-]*(?:hosts?|origins?|ips?|cors|address|allow\w*|bind|domains?|methods?|headers?|prox(?:y|ies))"
)
_SCHEME = expression(r"[A-Za-z][A-Za-z0-9+.-]{0,40}:(?=//)|git@")
_MODULE = expression(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?::[\w.()]*)?")
_APPLICATION = expression(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.()]*")
_NO_MODULES = word_set(
    "py js mjs cjs ts json yml yaml toml ini conf cfg cnf xml txt md html css sh rb php jar war zip tar tgz gz xz bz2",
    "zst so db sqlite sqlite3 sql csv log pem crt key whl deb apk rpm env lock bin properties exe dll com org net io",
    "local",
)
_ASSIGNED = expression(r"-{0,2}[A-Za-z_][\w.-]*=")
_ENDING = expression(r"\.[A-Za-z]\w{0,11}(?:[?*]|$)")
_QUOTED = expression(r"\"([^\"\n]{1,400})\"|'([^'\n]{1,400})'")
_GLUED = expression(r"-[A-Za-z](?=[./~$])")


def named_by(command: Command) -> Iterator[str]:
    """Give the absolute image paths that the words of a command name, each once.

    A segment may hold `*`, and a segment `**` is any depth. A directory stands for all that lies in it; a path that
    ends in `/.` means the path alone, as a command needs it that only enters it or changes its owner. What is
    relative to a directory that is not known lies anywhere: `/**/x`. What may be a path is one.
    """
    words, cwd = _without_assignments(command.words), command.cwd
    paths = list(_assigned(command.words[: len(command.words) - len(words)], cwd))
    if words:
        paths += _program(words[0], cwd)
        for use in chain(_uses(words, cwd), _given(words[0], command)):
            paths += _placed(use)
    yield from dict.fromkeys(paths)


def _without_assignments(words: tuple[str, ...]) -> tuple[str, ...]:
    begins = next((at for at, word in enumerate(words) if word[:1] == "-" or not _ASSIGNED.match(word)), len(words))
    return words[begins:]


def _assigned(words: Sequence[str], cwd: str | None) -> Iterator[str]:
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            yield from named_by_env(name, value, cwd)


def _program(written: str, cwd: str | None) -> Iterator[str]:
    path = place(written, cwd) if "/" in written and not _SCHEME.match(written) else None
    if path is not None:
        yield path


def _placed(use: Use) -> Iterator[str]:
    for word in alternatives(use.word) if use.word != FOUND_BY_FIND else ():
        path = place(word, use.cwd)
        if path is not None:
            yield path if use.whole else alone(path)


def _given(program: str, command: Command) -> Iterator[Use]:
    """Give the files whose content a command is given, and what a literal of a given script names.

    A program that a variable alone decides about may be any: compose sets it, or the one who starts the container.
    """
    yield from (Use(path, command.cwd) for path in command.inputs)
    plain = [word for word in command.words[1:] if not word.startswith("-")]
    if _INTERPRETERS.fullmatch(program.rpartition("/")[2]) and len(plain) == 1 and UNKNOWN.fullmatch(plain[0]):
        yield Use(plain[0], command.cwd)
    if command.stdin is not None and _INTERPRETERS.fullmatch(program.rpartition("/")[2]):
        yield from _python_code(command.stdin, command.cwd)


def _uses(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    folder, slash, program = words[0].rpartition("/")
    if slash and not f"{folder}/".startswith(_SYSTEM) and program in _SILENT | _TOUCHING:
        program = words[0]  # the project's own program has the name of a known one
    if program in ("export", "declare", "readonly", "local", "setenv"):
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if equals:
                yield from (Use(path, cwd) for path in values_of(name, value))
    elif program in _TOOLS and len(words) > 1 and (inner := _served_by_tool(words)):
        yield from _uses(inner, cwd)
    elif program not in _SILENT:
        yield from _reader(program)(words[1:], cwd)


def _served_by_tool(words: Sequence[str]) -> Sequence[str]:
    """Give the words from a server on that a package manager starts: `yarn serve -s build`."""
    for at, word in enumerate(words[1:3], 1):
        if word in _SERVERS:
            return words[at:]
        if word not in ("run", "exec", "x", "dlx", "--"):
            return ()
    return ()


def _reader(program: str) -> Reader:
    if program in _TOUCHING:
        return _touching
    if program in ("make", "gmake"):
        return _make
    if program in _TOOLS:
        return _tool
    if program in _COPYING:
        return _copying
    if program in _SERVERS:
        return lambda words, cwd: _server(words, cwd, _SERVERS[program].split())
    if _PYTHON.fullmatch(program):
        return _python
    return _READERS.get(program, _any)


def _options(words: Sequence[str], cwd: str | None) -> tuple[list[str], list[Use]]:
    """Take the options out whose value is known to be written, or a directory to run in.

    Returns the other words, and what the options name. The words are then also relative to such a directory.
    """
    rest: list[str] = []
    uses: list[Use] = []
    pending = iter(words)
    for word in pending:
        option, equals, value = word.partition("=")
        if option in _WRITTEN or option in _CHDIR or option in _PROJECTS:
            value = value if equals else next(pending, "")
            if option not in _WRITTEN and value:
                uses.append(Use(value, cwd, whole=False))
        else:
            rest.append(word)
    return rest, uses


def _candidates(word: str) -> Iterator[str]:
    """Give what of a word may be a path: the word, an option's value, the items of a list, a local URL's path."""
    if any(mark in word for mark in "\"'(") and not word.startswith("$("):
        for match in _QUOTED.finditer(word):
            inner = match[1] or match[2]
            if "/" in inner or _ENDING.search(inner):
                yield inner
        return
    if word.startswith(("-javaagent:", "-agentpath:")):
        yield word.partition(":")[2].partition("=")[0]
    elif word.startswith("-") or _ASSIGNED.match(word):
        head, equals, value = word.partition("=")
        if equals and head not in _WRITTEN and value != "*":
            yield from _candidates(value)
        elif _GLUED.match(word):
            yield word[2:]
    else:
        yield from _plain(word)


def _plain(word: str) -> Iterator[str]:
    local = re.match(r"(?:jdbc:)?(file|sqlite|h2|duckdb|unix)[\w+]*:", word)
    if local:
        yield from values_of("X_URL", word)
    elif word and not (_SCHEME.match(word) or _VERSION.fullmatch(word) or _ADDRESS.fullmatch(word)):
        if not UNKNOWN.fullmatch(word):
            yield word.lstrip("@")
        if "$(" in word or "`" in word:
            yield from (piece.strip("\"'()`$") for piece in word.split() if "/" in piece)
        if ":" in word and ("/" in word or "." in word) and not _APPLICATION.fullmatch(word):
            yield from (part for part in word.split(":") if part and ("/" in part or _ENDING.search(part)))
        if "," in word:
            yield from (part for part in word.split(",") if "/" in part)


def _any(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of a program that nobody knows: each that may be a path is one."""
    rest, uses = _options(words, cwd)
    yield from uses
    for base in dict.fromkeys((cwd, *(place(use.word, cwd) for use in uses))):
        for before, word in pairwise(("", *rest)):
            if before in _OF_MODULES and (match := _MODULE.fullmatch(word)):
                yield from _module_files(match[1], base)
                continue
            for candidate in _candidates(word) if word != "*" or not _OF_PEERS.fullmatch(before) else ():
                yield from _module(candidate, base)
                if not _APPLICATION.fullmatch(candidate):
                    yield Use(candidate, base)


def _module(written: str, cwd: str | None) -> Iterator[Use]:
    """Give the files of a module of Python as gunicorn and uvicorn are given it: `pkg.main:app`."""
    match = _MODULE.fullmatch(written)
    if match and (":" in written or ("." in written and written.rpartition(".")[2] not in _NO_MODULES)):
        yield from _module_files(match[1], cwd)


def _module_files(dotted: str, cwd: str | None) -> Iterator[Use]:
    path = dotted.replace(".", "/")
    yield from (Use(f"{path}{end}", cwd) for end in (".*", "/__init__.*", "/__main__.*"))


def _touching(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    return (
        Use(candidate, cwd, whole=False)
        for word in words
        for candidate in _candidates(word)
        if "/" in candidate or "." in candidate or candidate.isidentifier() or "*" in candidate
    )


def _tool(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of a build tool: what looks like a path must be there, and a directory is only a project."""
    rest, uses = _options(words, cwd)
    yield from uses
    base = place(uses[-1].word, cwd) if uses else cwd
    before = ""
    for word in rest:
        is_found_in = before in (*_STORES, "-f", "--build") or word.partition("=")[0] in _STORES
        for candidate in _candidates(word):
            if is_found_in or "/" in candidate or _ENDING.search(candidate):
                is_file = "*" in candidate and _ENDING.search(candidate) is not None
                is_read = is_found_in and before != "--build" and not _holds(candidate, base)
                yield Use(candidate, base, whole=is_file or is_read)
        before = word


def _make(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of make: a goal is what it makes."""
    valued = ("-C", "--directory", "-f", "--file", "--makefile", "-I")
    values = (at > 0 and words[at - 1] in valued for at in range(len(words)))
    rest = [word for word, is_value in zip(words, values, strict=True) if is_value or word[:1] == "-" or "=" in word]
    return _tool(rest, cwd)


def _holds(written: str, cwd: str | None) -> bool:
    path = place(written, cwd)
    return path is not None and holds(path, cwd)


# The output of these is what they name, and they are commands of their own.
_LISTING = expression(r"(?:\$\(|`)\s*(?:find|ls|echo|printf|realpath|readlink|dirname|basename|pwd)\b")


def _copying(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of cp: the last operand is where to, unless an option says it."""
    given = [word for before, word in zip(("", *words), words, strict=False) if before not in _LEAVES_OUT]
    operands = [word for word in given if not word.startswith("-")]
    options = [word for word in given if word.startswith("-")]
    if "-d" in options:
        return
    if any(option.startswith(("-t", "--target-directory")) for option in options):
        yield from (Use(operand, cwd) for operand in operands)
        return
    *sources, target = operands or [""]
    for source in sources if sources else operands:
        if not (_SCHEME.match(source) or _LISTING.match(source)):
            yield Use(source, cwd)
            if "-s" in options or any(option.startswith("-s") for option in options):
                yield from _of_link(source, target, cwd)


def _of_link(written: str, link: str, cwd: str | None) -> Iterator[Use]:
    """Give what a symlink's text means: it is relative to the link."""
    at = place(link, cwd)
    if at is not None and not written.startswith("/"):
        yield Use(written, at.rpartition("/")[0] or "/")


def _remove(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of rm: without -f a path has to be there."""
    flags = "".join(word for word in words if word.startswith("-"))
    if "f" not in flags.replace("--preserve", ""):
        yield from (Use(word, cwd, whole=False) for word in words if not word.startswith("-"))


_HARMLESS_ACTIONS = ("-delete", *sorted(_TOUCHING | {"rm"}))


def _names_found(tests: Sequence[str]) -> Iterator[str]:
    """Give the names of which all that find finds has one, and its paths, with a slash; "" where it finds more."""
    alternatives: list[list[str]] = [[]]
    for word in tests:
        if word in ("-o", "-or", ","):
            alternatives.append([])
        else:
            alternatives[-1].append(word)
    for words in alternatives:
        if "-prune" in words and len(alternatives) > 1 and _ACTIONS.isdisjoint(words):
            continue  # it keeps find out of there
        rows = zip(("", *words), words, words[1:], strict=False)
        named = [
            _of_path(value) if option in _OF_PATHS else value
            for before, option, value in rows
            if option in _NAMING and before not in _NOT
        ]
        is_group_denied = any(before in _NOT and word == "(" for before, word in pairwise(words))
        yield from named if named and not is_group_denied else ("",)


_NOT = ("!", "-not")
_ACTIONS = frozenset(("-exec", "-execdir", "-ok", "-okdir", "-print", "-print0", "-printf", "-ls", "-fprint"))
_OF_PATHS = ("-path", "-ipath", "-wholename", "-iwholename")
_NAMING = ("-name", "-iname", *_OF_PATHS)


def _of_path(pattern: str) -> str:
    """Write the pattern of a whole path, whose `*` matches slashes, as one of segments that matches no less."""
    *above, last = pattern.split("/")
    end = f"/*{last.rpartition('*')[2]}" if "*" in last else f"/{last}"
    return "/".join("**" if "*" in segment else segment for segment in above) + (f"/**{end}" if "*" in last else end)


def _find(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of find: what it finds is used, unless it is deleted or only looked at."""
    begins = next((at for at, word in enumerate(words) if word[:1] in "-(!"), len(words))
    roots, tests = [*words[:begins]] or ["."], words[begins:]
    runs = [after for word, after in pairwise(tests) if word in ("-exec", "-execdir", "-ok")]
    names = list(_names_found(tests))
    if "-delete" in tests or (runs and all(run.rpartition("/")[2] in _HARMLESS_ACTIONS for run in runs)):
        yield from (Use(root, cwd, whole=False) for root in roots)
    elif "" in names:
        yield from (Use(root, cwd, whole=bool(runs)) for root in roots)
    else:
        places = (name if "/" in name else f"{root}/**/{name}" for root in roots for name in names)
        yield from (Use(place, cwd) for place in dict.fromkeys(places))


def _server(words: Sequence[str], cwd: str | None, default: Sequence[str]) -> Iterator[Use]:
    values = ("-l", "-p", "--listen", "--port", "-a", "--host", "--cors", "-H", "-P", "--proxy")
    operands = []
    pending = iter(words)
    for word in pending:
        if word in values:
            next(pending, "")
        else:
            operands += list(_candidates(word))
    yield from (Use(operand, cwd) for operand in operands or default)


_INTERPRETERS = expression(r"(?:python|pypy|ruby|perl|node|php|deno|bun)[\d.]*")
_PYTHON = expression(r"(?:python|pypy|py)[\d.]*")
# Modules of Python itself or of tools, whose words are no files of the project.
_TOOL_MODULES = word_set(
    "pip venv build ensurepip virtualenv pytest unittest compileall tox nox mypy flake8 black isort coverage wheel",
    "site poetry pdm uv pipenv playwright spacy nltk nltk.downloader json.tool zipfile",
)
_HTTP = ("http.server", "SimpleHTTPServer")


def _python(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    pending = list(words)
    while pending and pending[0].startswith("-"):
        option = pending.pop(0)
        if option in ("-m", "-c") or (option.startswith("-m") and len(option) > 2):
            value = option[2:] or (pending.pop(0) if pending else "")
            yield from _python_code(value, cwd) if option == "-c" else _python_module(value, pending, cwd)
            return
        if option in ("-W", "-X") and pending:
            pending.pop(0)
    yield from _script(pending, cwd)


def _python_code(code: str, cwd: str | None) -> Iterator[Use]:
    yield from (Use(candidate, cwd) for candidate in _candidates(f"({code})"))
    for match in re.finditer(r"\b(?:import|from)[ \t]+([\w.]+)", code):
        yield from _module_files(match[1], cwd)


def _python_module(name: str, rest: Sequence[str], cwd: str | None) -> Iterator[Use]:
    if name in _HTTP:
        directories = [rest[at + 1] for at, word in enumerate(rest[:-1]) if word in ("-d", "--directory")]
        directories += [word.partition("=")[2] for word in rest if word.startswith("--directory=")]
        yield from (Use(directory, cwd) for directory in directories or ["."])
    elif name in _TOOL_MODULES:
        yield from _tool(rest, cwd)
    else:
        yield from _module_files(name, cwd)
        yield from _any(rest, cwd)


def _script(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Give a script, and of its arguments those that look like a path."""
    for at, word in enumerate(words):
        for candidate in _candidates(word):
            if at == 0 or "/" in candidate or _ENDING.search(candidate):
                yield Use(candidate, cwd, whole=not _holds(candidate, cwd))


def _node(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of node: files to load first, the script, its arguments."""
    pending = list(words)
    while pending and pending[0].startswith("-"):
        option = pending.pop(0)
        yield from (Use(candidate, cwd) for candidate in _candidates(option))
        if (
            option in ("-r", "--require", "--import", "--loader", "--experimental-loader", "--env-file", "-c")
            and pending
        ):
            yield Use(pending.pop(0), cwd)
        elif option in ("-e", "--eval", "-p", "--print", "-pe") and pending:
            yield from (Use(candidate, cwd) for candidate in _candidates(f"({pending.pop(0)})"))
    if pending[:1] == ["run"] or pending[:1] == ["inspect"]:
        pending.pop(0)
    yield from _script(pending, cwd)


def _tar(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of tar: the archive that it extracts, or the files that it archives."""
    base, flags = cwd, "".join(word for word in words[:1] if not word.startswith("-"))
    operands: list[str] = []
    pending = iter(words[1:] if flags else words)
    for word in pending:
        if word in ("-C", "--directory"):
            base = place(next(pending, ""), base)
            yield Use("/" if base is None else base, None, whole=False)
        elif word in _LEAVES_OUT:
            next(pending, "")
        elif word.startswith("-"):
            flags += word.lstrip("-") if not word.startswith("--") else word[2:3] if word[2:] in _TAR_WORDS else ""
        else:
            operands.append(word)
    is_made = "c" in flags
    for at, word in enumerate(operands):
        if is_made != (at == 0 and "f" in flags):
            yield Use(word, base if is_made else cwd)


_TAR_WORDS = ("create", "extract", "file", "get", "list")
_CLASS_PATHS = word_set("-cp -classpath --class-path -p --module-path --processor-path -processorpath")


def _java(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of java: its archive, its class path, the settings that are paths; the rest is for the program."""
    pending = iter(words)
    is_class_path = False
    for word in pending:
        option, equals, value = word.partition("=")
        if option in _CLASS_PATHS:
            is_class_path = True
            yield from _class_path(value if equals else next(pending, ""), cwd)
        elif word == "-jar":
            is_class_path = True
            yield from (Use(archive, cwd) for archive in (next(pending, ""),) if archive)
        elif word.startswith("@"):
            yield Use(word[1:], cwd)
        elif word.startswith("-") or "/" in word or _ENDING.search(word):
            yield from (Use(candidate, cwd, whole=not _holds(candidate, cwd)) for candidate in _candidates(word))
    if not is_class_path:
        yield Use("**/*.class", cwd)


def _class_path(value: str, cwd: str | None) -> Iterator[Use]:
    for entry in re.split(r"[:;]", value):
        if entry and _holds(entry, cwd):
            yield Use(f"{entry}/**/*.class", cwd)
        elif entry:
            yield Use(entry, cwd)


def _php(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    pending = list(words)
    roots = [pending[at + 1] for at, word in enumerate(pending[:-1]) if word in ("-t", "--docroot")]
    files = [pending[at + 1] for at, word in enumerate(pending[:-1]) if word in ("-c", "-f", "-z")]
    is_server = any(word.startswith(("-S", "--server")) for word in pending)
    yield from (Use(path, cwd) for path in (*(roots or (["."] if is_server else [])), *files))
    operands = [
        word
        for at, word in enumerate(pending)
        if word[:1] != "-" and pending[at - 1][:2] not in ("-t", "-S", "-d", "-r")
    ]
    yield from _script(operands, cwd)


def _caddy(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    has_root = any(word in ("--root", "-root", "-r") or word.startswith("--root=") for word in words)
    if words[:1] == ["file-server"] and not has_root:
        yield Use(".", cwd)
    yield from _any([word for word in words if word not in ("run", "start", "file-server")], cwd)


def _patterned(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    """Read the words of sed or grep: the first that is not an option is not a path."""
    operands = [word for word in words if not word.startswith("-")]
    yield from (Use(candidate, cwd) for word in operands[1:] for candidate in _candidates(word))
    yield from (Use(candidate, cwd) for word in words if word.startswith("--") for candidate in _candidates(word))


def _filter(*valued: str) -> Reader:
    """Return a reader of the words of a filter, of whose short options some have a value that is not a path."""

    def read(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
        operands = [
            word
            for before, word in pairwise(("", *words))
            if before not in valued and (word[:1] != "-" or word[:2] == "--")
        ]
        yield from (Use(candidate, cwd) for word in operands for candidate in _candidates(word))

    return read


def _shell(words: Sequence[str], cwd: str | None) -> Iterator[Use]:
    operands = [word for word in words if not word.startswith("-")]
    if operands and operands[0].rpartition("/")[2] in _WRAPPERS:
        del operands[1:]  # tasks and goals
    yield from (Use(candidate, cwd) for word in operands for candidate in _candidates(word))


_WRAPPERS = ("gradlew", "mvnw", "sbt")
_READERS: dict[str, Reader] = {
    "rm": _remove,
    "unlink": _remove,
    "find": _find,
    "tar": _tar,
    "bsdtar": _tar,
    "node": _node,
    "nodejs": _node,
    "ts-node": _node,
    "tsx": _node,
    "nodemon": _node,
    "deno": _node,
    "java": _java,
    "javac": _java,
    "php": _php,
    "caddy": _caddy,
    "sed": _patterned,
    "grep": _patterned,
    "egrep": _patterned,
    "awk": _patterned,
    "tr": lambda words, cwd: iter(()),  # it reads its input alone
    "cut": _filter("-d", "-f", "-c", "-b"),
    "paste": _filter("-d"),
    "join": _filter("-t", "-1", "-2", "-o", "-e"),
    "column": _filter("-s", "-c", "-o"),
    "sort": _filter("-t", "-k"),
    "head": _filter("-n", "-c"),
    "tail": _filter("-n", "-c"),
    "ruby": _script,
    "perl": _script,
    "Rscript": _script,
    "lua": _script,
    **dict.fromkeys(_SHELLS, _shell),
}
