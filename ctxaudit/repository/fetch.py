"""Commits of other machines' repositories, fetched into a cache: no credentials asked, nothing checked out.

Source of what is fetched: buildkit 73ed682, source/git/source.go.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ctxaudit.errors import CtxauditError
from ctxaudit.files import lock
from ctxaudit.repository.program import SAFE, Git, program
from ctxaudit.repository.snapshot import FILE_MODE, Homes, Snapshot, Submodule, TreeEntry, with_submodules
from ctxaudit.values import frozen

# The `.git` directory that BuildKit keeps in a git context where it is asked to.
#
# Source: buildkit 73ed682, source/git/source.go, `checkout`.

_LOCAL_ONLY = {"GIT_ALLOW_PROTOCOL": "file", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@frozen
class _Disk:
    """Files of the cache; the key is a path."""

    def read(self, key: str, limit: int = -1) -> bytes:
        with open(key, "rb") as file:
            return file.read(limit)


def _make_kept(git: Git, commit: str, ref: str, url: str) -> Path:
    """Give a directory whose `.git` is as a shallow fetch of one commit leaves it, beside the repository that holds it.

    It is made whole or not at all; the caller lets no other process make it meanwhile.
    ref: what names the commit in *git*. url: what `origin` says.
    """
    directory = git.git_dir / "kept" / commit
    if not directory.exists():
        _write_kept(git, commit, ref, url, directory)
    return directory


def kept(directory: Path) -> Iterator[tuple[str, TreeEntry]]:
    """Give the files of `.git` in a directory that `_make_kept` has made."""
    for folder, _, names in os.walk(directory / ".git"):
        for name in names:
            full = os.path.join(folder, name)
            status = os.lstat(full)
            if stat.S_ISREG(status.st_mode):
                mode = stat.S_IFREG | 0o755 if status.st_mode & 0o100 else FILE_MODE
                yield os.path.relpath(full, directory), TreeEntry(mode, status.st_size, full, _Disk())


def _write_kept(git: Git, commit: str, ref: str, url: str, directory: Path) -> None:
    made = directory.with_suffix(".new")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    home = made / ".git"
    own = Git(made, (program(), f"--git-dir={home}", f"--work-tree={made}", *SAFE), home, made)
    for arguments in (
        ("-c", "init.defaultBranch=master", "init", "--quiet"),
        ("remote", "add", "origin", f"file://{git.git_dir}"),
        ("fetch", "--quiet", "-u", "--depth=1", "--no-write-fetch-head", "--", "origin", f"{ref}:refs/heads/fetched"),
        ("read-tree", commit),
        ("update-ref", "--no-deref", "HEAD", commit),
        ("remote", "set-url", "origin", url),
        ("reflog", "expire", "--all", "--expire=now"),
    ):
        own.run(*arguments, environment=_LOCAL_ONLY)
    os.rename(made, directory)


_TIME_LIMIT = 300.0  # seconds for each question to the other machine
_FETCHED = re.compile(r"(https?|ssh|git)://[^/]|\w[\w-]*@[\w.-]+:(?!:)")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ALONE = {
    "GIT_ALLOW_PROTOCOL": "http:https:ssh:git",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=30",
}
_NO_DEPTH = re.compile(r"shallow|--depth")
_REDIRECTED = re.compile(r"returned error: 30[12378]")
_NOT_OFFERED = re.compile(r"not our ref|unadvertised object|remote ref")
_OURS = "refs/ctxaudit/"
_DEFAULT = re.compile(r"ref: (\S+)\tHEAD")
_BUSY = b"in use, or left by a run that was killed\n"


@frozen
class Remote:
    """A repository on another machine.

    url: without credentials. shown: for messages. secret: "user:password", percent-encoded, "" for none; it is handed
    to git by its environment, so that it stands in no argument, no message and no file. limit: seconds.
    largest: bytes from which on a file is not fetched with its commit, None for all; not every server can omit one.
    """

    url: str
    shown: str
    secret: str = ""
    limit: float = _TIME_LIMIT
    largest: int | None = None

    def snapshot(self, ref: str, checksum: str = "", *, submodules: bool = True, keeps_git: bool = False) -> Snapshot:
        """Give a commit's files, its submodules in place; its top is a path below the cache where nothing is.

        ref: a branch, a tag, a full commit, "" for the default branch. checksum: how the commit has to start.
        keeps_git: with a `.git` directory, as git makes it here.
        Raises CtxauditError, in one line, where it cannot be had.
        """
        git, commit = self.fetched(ref, checksum)
        snapshot = Snapshot.of(git, commit, lfs=False)
        if submodules:
            snapshot = with_submodules(snapshot, git, _RemoteHomes(self), lfs=False)
        if keeps_git:
            with _cached(self.url):
                made = _make_kept(git, commit, f"{_OURS}{commit}", self.url)
            snapshot = snapshot.with_entries(kept(made))
        return snapshot.at(git.git_dir / commit)

    def secret_for(self, url: str) -> str:
        """Give the credentials for a URL of a submodule: none for another host or port, none in the clear."""
        return self.secret if _origin(url) == _origin(self.url) else ""

    def fetched(self, ref: str, checksum: str = "") -> tuple[Git, str]:
        """Give a repository that holds the commit, and the commit."""
        with _cached(self._kept_as) as git:
            try:
                if _COMMIT.fullmatch(ref):
                    _check(checksum, [ref])
                    return git, self._commit(git, ref)
                name, commit, tag = self._resolved(git, ref)
                _check(checksum, [commit, tag] if tag else [commit])
                return git, self._named(git, name, commit)
            except CtxauditError as error:
                raise CtxauditError(f"failed to fetch {self.shown}: {error.what}", fix=_fix(error.what)) from error

    def bring(self, git: Git, objects: Iterable[str]) -> None:
        """Fetch files that were larger than `largest`; raises CtxauditError where they cannot be had."""
        options = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--filter=blob:none", "--stdin")
        with _cached(self._kept_as):
            names = "".join(f"{name}\n" for name in sorted(objects)).encode()
            # Without the setting git offers what it has of the commit, and the server takes that for all of it.
            self._ask(git, "-c", "fetch.negotiationAlgorithm=noop", "fetch", *options, "--", self.url, stdin=names)

    @property
    def _kept_as(self) -> str:
        """What its repository in the cache is named by: one that lacks files is nobody else's."""
        return self.url if self.largest is None else f"{self.url} {self.largest}"

    def head(self) -> str:
        """Give the commit of the default branch, without fetching it; "" for a repository without commits."""
        with _cached(self.url) as git:
            listed = os.fsdecode(self._ask(git, "ls-remote", "--", self.url, "HEAD"))
        return next(
            (key for key, _, name in (line.partition("\t") for line in listed.splitlines()) if name == "HEAD"), ""
        )

    def _resolved(self, git: Git, ref: str) -> tuple[str, str, str]:
        """Give the full name of a ref, its commit, and for an annotated tag the tag's own object."""
        name = ref or self._default(git)
        listed = os.fsdecode(self._ask(git, "ls-remote", "--", self.url, name, f"{name}^{{}}"))
        refs = {full: key for key, _, full in (line.partition("\t") for line in listed.splitlines())}
        starts = ("refs/", "refs/heads/", "refs/tags/")
        for full in (start + name.removeprefix(start) for start in starts):
            if full in refs:
                peeled = refs.get(f"{full}^{{}}", "")
                return full, peeled or refs[full], refs[full] if peeled else ""
        raise CtxauditError(f"repository does not contain ref {name}")

    def _default(self, git: Git) -> str:
        answer = os.fsdecode(self._ask(git, "ls-remote", "--symref", "--", self.url, "HEAD"))
        match = _DEFAULT.search(answer)
        if match is None or match[1].startswith("-"):
            raise CtxauditError("could not find its default branch")
        return match[1]

    def _named(self, git: Git, name: str, commit: str) -> str:
        if not _has(git, commit):
            commit = self._take(git, name)
        return commit

    def _commit(self, git: Git, commit: str) -> str:
        """Take one commit; from a server that does not offer it, all there is."""
        if _has(git, commit):
            return commit
        try:
            return self._take(git, commit)
        except CtxauditError as error:
            if not _NOT_OFFERED.search(error.what):
                raise
        whole = ("--unshallow",) if (git.git_dir / "shallow").exists() else ()
        self._ask(git, "fetch", *whole, "--tags", "--no-write-fetch-head", "--", self.url, "+refs/heads/*:refs/heads/*")
        return _keep(git, commit)

    def _take(self, git: Git, name: str) -> str:
        partial = [] if self.largest is None else [f"--filter=blob:limit={self.largest}"]
        options = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", *partial, "--", self.url]
        refs = f"+{name}:{_OURS}new"
        try:
            self._ask(git, "fetch", "--depth=1", *options, refs)
        except CtxauditError as error:
            if not _NO_DEPTH.search(error.what):
                raise
            self._ask(git, "fetch", *options, refs)
        return _keep(git, f"{_OURS}new")

    def _ask(self, git: Git, *arguments: str, stdin: bytes | None = None) -> bytes:
        environment = {**_ALONE, **self._authorization()}
        return git.run(*arguments, stdin=stdin, environment=environment, limit=self.limit)

    def _authorization(self) -> dict[str, str]:
        if not self.secret:
            return {"GIT_CONFIG_COUNT": "0"}
        user, _, password = self.secret.partition(":")
        token = base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode(errors="surrogateescape")).decode()
        # Git sends the header to wherever a redirect leads it for the URLs after the first: it may follow none.
        return {
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": f"http.{_origin(self.url)}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {token}",
            "GIT_CONFIG_KEY_1": "http.followRedirects",
            "GIT_CONFIG_VALUE_1": "false",
        }


@frozen
class _RemoteHomes:
    """The submodules that a remote repository names."""

    above: Remote

    def open(self, submodule: Submodule) -> tuple[Git, Homes]:
        if not submodule.url:
            raise CtxauditError("no url found for it in .gitmodules")
        url = absolute(self.above.url, submodule.url)
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise CtxauditError(f"its URL is not valid: {error}") from error
        user, _, host = parts.netloc.rpartition("@")
        is_secret = bool(user) and parts.scheme in ("http", "https")
        bare = parts._replace(netloc=host).geturl() if is_secret else url
        remote = Remote(bare, bare, user if is_secret else self.above.secret_for(bare), self.above.limit)
        git, _ = remote.fetched(submodule.commit)
        return git, _RemoteHomes(remote)

    def link(self, submodule: Submodule, path: str) -> str | None:
        return None  # it tells where the builder's git keeps the submodule


def absolute(above: str, url: str) -> str:
    """Resolve a submodule's URL as git does, and refuse what a build may not fetch."""
    base, separator = above.rstrip("/"), "/"
    if url.startswith(("./", "../")):
        while url.startswith(("./", "../")):
            step, _, url = url.partition("/")
            if step == "..":
                separator = "/" if "/" in base else ":"
                base = base.rpartition(separator)[0]
        url = f"{base}{separator}{url}"
    if not _FETCHED.match(url):
        raise CtxauditError("its URL is not one that a builder fetches")
    return url


def _origin(url: str) -> str:
    """Scheme, host and port of a URL, to which its credentials go, and nowhere else."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _check(checksum: str, commits: list[str]) -> None:
    if not any(commit.startswith(checksum) for commit in commits):
        raise CtxauditError(f"expected checksum to match {checksum}, got {' or '.join(commits)}")


def _has(git: Git, commit: str) -> bool:
    """Whether a fetch has brought the whole commit."""
    try:
        git.run("rev-parse", "--verify", "--quiet", f"{_OURS}{commit}^{{commit}}")
    except CtxauditError:
        return False
    return True


def _keep(git: Git, name: str) -> str:
    """Note that a commit is whole."""
    commit = git.commit(name)
    git.run("update-ref", f"{_OURS}{commit}", commit)
    return commit


def _fix(message: str) -> str | None:
    if re.search("could not read|Authentication|denied|terminal prompts", message):
        return "ctxaudit asks for no credentials: clone it, and audit the clone with --at"
    if _REDIRECTED.search(message):
        return "write the URL that the server redirects to: credentials are for the URL's own host alone"
    return None


def _cache_home() -> Path:
    """The directory of what was fetched, below the user's cache directory."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if home.startswith("/") else Path.home() / ".cache") / "ctxaudit" / "git"


@contextlib.contextmanager
def _cached(url: str) -> Iterator[Git]:
    """Give the bare repository of a URL to one process at a time; it is made whole or not at all."""
    name = hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()[:40]
    directory = _cache_home() / f"{name}.git"
    try:
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(directory.with_suffix(".lock"), "a+b") as held:
            lock(held.fileno(), waits=True)
            if os.fstat(held.fileno()).st_size:
                _clear(directory)
            held.write(_BUSY)
            held.flush()
            if not (directory / "HEAD").exists():
                _make(directory)
            yield Git.bare(directory, "-c", "gc.auto=0")
            held.truncate(0)
    except OSError as error:
        raise CtxauditError(
            f"cannot keep what is fetched: {error.strerror or error}",
            where=os.fspath(directory.parent),
            fix="set XDG_CACHE_HOME to a directory that may be written",
        ) from error


def _make(directory: Path) -> None:
    made = _unfinished(directory)
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    Git.bare(made).run("init", "--bare", "--quiet", "--template=")
    shutil.rmtree(directory, ignore_errors=True)
    os.rename(made, directory)


def _unfinished(directory: Path) -> Path:
    return directory.with_suffix(".new")


def _clear(directory: Path) -> None:
    """Remove what git leaves where it is killed: locks, which stop the next git, and files that are not whole."""
    shutil.rmtree(_unfinished(directory), ignore_errors=True)
    for made in (directory / "kept").glob("*.new"):
        shutil.rmtree(made)
    for file in [*directory.rglob("*")]:
        if file.is_dir():
            if file.name.startswith("tmp_"):
                shutil.rmtree(file)
            continue
        is_rest = file.suffix in (".lock", ".keep") or file.name.startswith("tmp_")
        if is_rest or (file.suffix in (".pack", ".rev") and not file.with_suffix(".idx").exists()):
            file.unlink(missing_ok=True)
