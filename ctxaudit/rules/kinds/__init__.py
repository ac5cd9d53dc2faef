"""The rows, a file for each category. A new kind is one more row in the file of its category.

Where several kinds match a path, the first of ALL wins: the secrets first, what needs no name last.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ctxaudit.model import Place
from ctxaudit.rules.evidence import (
    BY_NAME,
    CACHE_TAG,
    GIT_IGNORED,
    NEW,
    SELF_IGNORED,
    SPECIAL,
    UNTRACKED,
    Kind,
    beside_original,
    inside,
    larger_than,
    magic,
    named,
    read_whole,
    seen,
    text,
)
from ctxaudit.rules.kinds import build_output, data, secrets, tools
from ctxaudit.values import any_glob, word_set

# Files of editors and coding agents.

_EDITOR_CATEGORY = "editors and agents"

# A directory with one of these is not called noise as a whole: what is below is asked on its own.
# An error below a note is found all the same.
_WORSE_INSIDE = inside("worktrees")

_EDITOR_KINDS = (
    Kind(
        "ide-jetbrains",
        _EDITOR_CATEGORY,
        ("**/.idea", "**/*.iml", "**/*.ipr", "**/*.iws"),
        BY_NAME,
        "note",
        ("cache", "noise", "secret"),
        "Settings of JetBrains' editors; workspace.xml changes with each click, and data sources or HTTP requests may "
        "hold credentials.",
        "github/gitignore Global/JetBrains; docker init",
        types=("dir", "file"),
    ),
    Kind(
        "ide-vscode",
        _EDITOR_CATEGORY,
        ("**/.vscode", "**/*.code-workspace"),
        ~_WORSE_INSIDE,
        "note",
        ("cache", "noise"),
        "Settings of Visual Studio Code: no build reads them, but each change misses the layer cache.",
        "github/gitignore Global/VisualStudioCode; docker init",
        types=("dir", "file"),
    ),
    Kind(
        "ide-downloads",
        _EDITOR_CATEGORY,
        ("**/.vscode-test", "**/.vscode-test-web", "**/.history", "**/.lh"),
        UNTRACKED,
        "note",
        ("size", "secret"),
        "A whole editor downloaded to test an extension, or the local history of each file that was ever saved, "
        "deleted secrets included.",
        "github/gitignore Global/VisualStudioCode",
        types=("dir",),
    ),
    Kind(
        "ide-visual-studio",
        _EDITOR_CATEGORY,
        ("**/.vs", "**/*.*proj.user", "**/*.suo", "**/*.rsuser", "**/*.userprefs"),
        BY_NAME,
        "warning",
        ("size", "noise"),
        "Visual Studio's index and one user's options; the index alone can be hundreds of megabytes.",
        "github/gitignore VisualStudio; docker init; npkill",
        types=("dir", "file"),
    ),
    Kind(
        "ide-eclipse",
        _EDITOR_CATEGORY,
        ("**/.classpath", "**/.project", "**/.factorypath", "**/.settings"),
        text(r"<(?:projectDescription|classpath|factorypath)>", "an Eclipse project") | inside("*.prefs"),
        "note",
        ("noise",),
        "Eclipse's description of the project.",
        "github/gitignore Global/Eclipse; docker init",
        types=("dir", "file"),
    ),
    Kind(
        "ide-other",
        _EDITOR_CATEGORY,
        ("**/.fleet", "**/.zed", "**/nbproject/private", "**/*.sublime-workspace"),
        ~_WORSE_INSIDE,
        "note",
        ("noise",),
        "Settings of one developer's editor.",
        "github/gitignore Global/NetBeans, Global/Zed, Global/SublimeText",
        types=("dir", "file"),
    ),
    Kind(
        "agent-settings",
        _EDITOR_CATEGORY,
        (
            "**/.claude",
            "**/.codex",
            "**/.continue",
            "**/.cursor",
            "**/.windsurf",
            "**/.gemini",
            "**/.opencode",
            "**/.roo",
            "**/.specstory",
            "**/.serena",
            "**/.kiro",
            "**/.trae",
            "**/.augment",
            "**/.junie",
        ),
        ~_WORSE_INSIDE,
        "note",
        ("cache", "secret", "noise"),
        "A coding agent's rules, local settings and memory: a build reads none of it. Documents for agents at the "
        "root, such as AGENTS.md, are not meant.",
        "github/gitignore Global/Agents, Global/Cursor",
        types=("dir",),
    ),
    Kind(
        "agent-local",
        _EDITOR_CATEGORY,
        ("**/.claude/settings.local.json", "**/.claude/*.local.*", "**/CLAUDE.local.md", "**/AGENTS.local.md"),
        UNTRACKED,
        "note",
        ("cache", "secret", "noise"),
        "The permissions and instructions that one developer gave a coding agent: they change from day to day, and "
        "a permission may hold a token.",
        "Claude Code documentation",
        types=("file",),
    ),
    Kind(
        "agent-history",
        _EDITOR_CATEGORY,
        ("**/.aider*",),
        BY_NAME,
        "warning",
        ("secret", "cache", "size"),
        "What was said to a coding agent, pasted code and keys included. The configuration .aider.conf.yml is not "
        "meant.",
        "aider documentation; github/gitignore Global/Agents",
        unless=(".aider.conf.y*ml", ".aider.model.*"),
        types=("dir", "file"),
    ),
    Kind(
        "editor-swap",
        _EDITOR_CATEGORY,
        ("**/*.swp", "**/*.swo", "**/*~", "**/.*.un~", "**/#*#", "**/.#*"),
        UNTRACKED,
        "note",
        ("noise", "cache"),
        "Swap, backup and lock files of Vim and Emacs, written while a file is open.",
        "github/gitignore Global/Vim, Global/Emacs",
        types=("file", "symlink"),
    ),
    Kind(
        "tags-index",
        _EDITOR_CATEGORY,
        ("**/tags", "**/TAGS", "**/.tags", "**/GTAGS", "**/GRTAGS", "**/GPATH", "**/cscope.*"),
        (
            (text(r"\A!_TAG_", "an index of ctags") | magic("0c0a", words="an index of etags"))
            | (named("GTAGS", "GRTAGS", "GPATH", "cscope.*") & GIT_IGNORED)
        ).saying("an index of symbols"),
        "note",
        ("noise",),
        "An index of symbols for the editor. A source directory called tags is not meant.",
        "github/gitignore Global/Tags",
        types=("file",),
    ),
)


# What operating systems and their tools drop beside the files.

_OS_JUNK_CATEGORY = "operating system junk"

_COPIES = (".bak", ".old", ".backup", ".orig", ".rej")

_OS_JUNK_KINDS = (
    Kind(
        "os-macos",
        _OS_JUNK_CATEGORY,
        ("**/.DS_Store", "**/.AppleDouble", "**/.Spotlight-V100", "**/.Trashes", "**/.fseventsd"),
        BY_NAME,
        "note",
        ("cache", "noise"),
        "The Finder and Spotlight write these whenever a directory is looked at, and each time the layer cache is "
        "missed.",
        "github/gitignore Global/macOS; npkill; docker init",
    ),
    Kind(
        "os-macos-resource-fork",
        _OS_JUNK_CATEGORY,
        ("**/._*",),
        magic("00051607", words="an AppleDouble file by its first bytes"),
        "note",
        ("correctness", "noise"),
        "The half of a file that another file system cannot hold. Frameworks that load all files of a directory, such "
        "as migrations, stumble over it.",
        "github/gitignore Global/macOS",
        types=("file",),
    ),
    Kind(
        "os-windows",
        _OS_JUNK_CATEGORY,
        ("**/Thumbs.db", "**/ehthumbs.db", "**/[Dd]esktop.ini", "**/$RECYCLE.BIN", "**/*.lnk"),
        ~named("*.lnk") | magic("4c000000", words="a Windows shortcut"),
        "note",
        ("noise",),
        "Thumbnails, folder settings and shortcuts of the Windows Explorer.",
        "github/gitignore Global/Windows",
        types=("file", "dir"),
    ),
    Kind(
        "os-linux",
        _OS_JUNK_CATEGORY,
        ("**/.directory", "**/.Trash-*", "**/.fuse_hidden*", "**/.nfs[0-9a-f]*"),
        BY_NAME,
        "note",
        ("noise", "correctness"),
        "A desktop's folder settings and trash, or a deleted file that is still open: the last may vanish while the "
        "context is read.",
        "github/gitignore Global/Linux",
        types=("file", "dir"),
    ),
    Kind(
        "sync-conflicts",
        _OS_JUNK_CATEGORY,
        (
            "**/*.sync-conflict-*",
            "**/.stfolder",
            "**/.stversions",
            "**/.dropbox",
            "**/.dropbox.*",
            "**/*conflicted copy*",
        ),
        UNTRACKED,
        "note",
        ("noise",),
        "Second versions and markers of Syncthing or Dropbox.",
        "github/gitignore Global/Syncthing, Global/Dropbox",
        types=("file", "dir"),
    ),
    Kind(
        "stray-home",
        _OS_JUNK_CATEGORY,
        ("**/~",),
        UNTRACKED & inside("*"),
        "warning",
        ("size", "secret"),
        'A directory whose name is "~": a tool did not expand the home directory, and wrote its cache and settings '
        "here.",
        "a quoted ~ in a setting, as in npm's and pip's cache paths",
        types=("dir",),
    ),
    Kind(
        "backup-files",
        _OS_JUNK_CATEGORY,
        (
            "**/*.bak",
            "**/*.tmp",
            "**/*.temp",
            "**/*.old",
            "**/*.backup",
            "**/*.orig",
            "**/*.rej",
            "**/*.rs.bk",
            "tmp",
            "temp",
            ".tmp",
            ".temp",
        ),
        (GIT_IGNORED | (UNTRACKED & beside_original(*_COPIES))).saying("git-ignored, or beside what it is a copy of"),
        "note",
        ("noise", "cache"),
        "Backups, leftovers of a merge and scratch directories . An application that needs an empty "
        "tmp/ keeps a file in it, and is not meant.",
        "github/gitignore Global/Backup, Global/Diff",
        use="name",
    ),
)


# What people read and test with, as the project means it: asked where the cache counts (`--for-cache`), and never else.

_TEST_CATEGORY = "tests"

_MOST_DIRECTORIES = 200  # of one place that are looked into

_PROSE = word_set("md mdx rst adoc asciidoc txt png jpg jpeg gif svg webp ico drawio puml mmd pdf")
# What turns prose into pages, beside it.
_RENDERS = frozenset(
    ("conf.py", "Makefile", "make.bat", "requirements.txt", "mkdocs.yml", ".pages", "CNAME", "custom.css")
)
# A directory that has one of these is built, or listed by a solution: its neighbours need it.
_MANIFESTS = (
    *("package.json", "pyproject.toml", "setup.py", "Cargo.toml", "go.mod", "pom.xml", "build.gradle*", "*.*proj"),
    *("CMakeLists.txt", "meson.build", "BUILD", "BUILD.bazel", "mix.exs", "*.gemspec", "composer.json", "*.cabal"),
)
_TESTS = (
    *("test_*.py", "*_test.py", "conftest.py", "*_test.go", "*.test.*", "*.spec.*", "*Test.java", "*Tests.java"),
    *("*Test.kt", "*Test.php", "*_test.rb", "*_spec.rb", "*_test.exs", "*_test.dart", "*.bats", "*Spec.scala"),
)


def _names_below(place: Place) -> Iterator[tuple[str, bool]]:
    """Give the names of a directory and of those below it, and whether each is a directory; few of very many."""
    pending = [""]
    for where in pending:  # grows meanwhile
        for name in sorted(place.names(where)):
            path = f"{where}/{name}".lstrip("/")
            is_directory = bool(place.names(path))
            if is_directory and len(pending) < _MOST_DIRECTORIES:
                pending.append(path)
            yield name, is_directory


def _is_prose(place: Place) -> bool:
    """Whether a directory holds what people read and nothing else, so that no program can mean a file of it."""
    names = [name for name, is_directory in _names_below(place) if not is_directory]
    if "CMakeLists.txt" in names:
        return False
    return bool(names) and all(name.rpartition(".")[2].lower() in _PROSE or name in _RENDERS for name in names)


def _is_of_tests(place: Place) -> bool:
    """Whether a directory holds tests, none of which others import or a manifest lists."""
    if "__init__.py" in place.names("..") or b"[[test]]" in place.head("../Cargo.toml"):
        return False
    names = [name for name, _ in _names_below(place)]
    is_built = any(fnmatchcase(name, glob) for name in names for glob in _MANIFESTS)
    # What Go imports is the whole directory.
    is_built = is_built or any(name.endswith(".go") and not name.endswith("_test.go") for name in names)
    return not is_built and any(fnmatchcase(name, glob) for name in names for glob in _TESTS)


_FOR_CACHE_KINDS = (
    Kind(
        "docs-text",
        data.DOCUMENT_CATEGORY,
        (
            *("docs", "doc", "documentation"),
            *("**/README", "**/README.md", "**/README.rst", "**/README.adoc", "**/README.txt"),
            *("**/CHANGELOG", "**/CHANGELOG.md", "**/CHANGELOG.rst", "**/CHANGES.md", "**/CHANGES.rst"),
            *("**/HISTORY.md", "**/HISTORY.rst", "**/CONTRIBUTING.md", "**/CONTRIBUTING.rst", "**/UPGRADING.md"),
            *("**/CODE_OF_CONDUCT.md", "**/SECURITY.md", "**/SUPPORT.md", "**/GOVERNANCE.md", "**/ROADMAP.md"),
            *("**/AUTHORS", "**/AUTHORS.md", "**/MAINTAINERS", "**/MAINTAINERS.md", "mkdocs.yml"),
        ),
        (~named("docs", "doc", "documentation") | seen(_is_prose)).saying("read by people"),
        "note",
        ("cache",),
        "Documentation changes often, and no step reads it: an edit of it makes COPY . . miss the layer cache. Found "
        "with --for-cache alone, as an image that copies all of the context then lacks it.",
        "measured on public repositories: a fifth of the misses are of documentation, CI, tests and Docker's files",
        types=("file", "dir"),
        use="name",
        readers=("mkdocs", "sphinx-build", "mdbook", "antora", "docusaurus", "vitepress", "jekyll", "hugo", "quarto"),
    ),
    Kind(
        "test-files",
        _TEST_CATEGORY,
        (
            *("**/test", "**/tests", "**/spec", "**/__tests__", "**/e2e", "**/*_test.go"),
            *("**/*.test.[jt]s", "**/*.test.[jt]sx", "**/*.spec.[jt]s", "**/*.spec.[jt]sx"),
        ),
        (named("*_test.go", "*.test.*", "*.spec.*") | seen(_is_of_tests)).saying("tests"),
        "note",
        ("cache",),
        "Tests change often, and an image runs none of them: an edit of one makes COPY . . miss the layer cache. Found "
        "with --for-cache alone, and never where a RUN or the container runs tests or linters.",
        "measured on public repositories: a fifth of the misses are of documentation, CI, tests and Docker's files",
        keep=("copy", "tested"),
        types=("file", "dir"),
        use="name",
    ),
)


# What needs no name: asked last, of every entry.

_GENERIC_CATEGORY = "recognized by content"

_HUGE = 50 * 1024 * 1024
_PROGRAM, _LARGE_PROGRAM = 8 * 1024, 1024 * 1024  # bytes; smaller ones are not looked into
# NOTE: a directory is asked before what is below it: one of these inside has to be told on its own.
_SECRET_INSIDE = inside(
    ".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "id_*", "*.json", "*.tfstate"
)


# What a build may read without naming it: source, settings, locks, certificates, packages.
_CODE = word_set(
    "bash c cc cjs clj cljs cmake cpp cs css cts cu cxx dart edn ejs erb erl ex exs fs gql go graphql groovy h hbs hh",
    "hpp hrl hs htm html java jl js jsx kt kts less lua m mjs mk ml mli mm mts nim php pl pm proto pug py pyi r R rb",
    "rs sass scala scss sh sol sql svelte swift thrift ts tsx twig vb vue zig",
    "lock mod sum work cer crt p7b pem apk deb gem nupkg rpm tgz whl",
)
_SETTINGS = word_set("cfg conf env gradle ini json properties toml xml yaml yml")
_BUILD_FILES = ("Makefile", "Gemfile*", "Procfile", "Rakefile", "Dockerfile*", "package.json", "pom.xml", "*.*proj")
# Files that keep a directory in git, and are no input.
_KEEPERS = ("/.gitkeep", "/.keep", "/.gitignore")
_OTHERS_OWN = frozenset((".git", "node_modules", "bower_components", "__pycache__", "site-packages", "target"))


def _may_be_read(place: Place) -> bool:
    """Whether a build may read it, or something in it, without naming it; what is too much to look at may be."""
    if place.type != "dir":
        name = place.path.rpartition("/")[2]
        return name.startswith(".") or _is_read(name, settings=True)
    settings = place.path.rpartition("/")[2].startswith(".")
    pending = [""]
    for where in pending:  # grows meanwhile
        for name in place.names(where):
            if _is_read(name, settings=settings):
                return True
            path = f"{where}/{name}".lstrip("/")
            if name not in _OTHERS_OWN and "." not in name[1:] and place.names(path):
                pending.append(path)
        if len(pending) > _MOST_DIRECTORIES:
            return True
    return False


def _is_read(name: str, *, settings: bool) -> bool:
    ending = name.rpartition(".")[2]
    endings = _CODE | _SETTINGS if settings else _CODE
    return ending in endings or any_glob(_BUILD_FILES, name)


def _is_beside_inputs(place: Place) -> bool:
    """Whether a tool that reads a whole directory may read it: one with tracked files in it, or one of a known name.

    Next.js serves all of `public/`, so that `public/pdfs` needs no name anywhere. In the context root itself, where
    every project keeps its leftovers, a neighbour says nothing.
    """
    top, slash, _ = place.path.partition("/")
    if read_whole(place.path, is_dir=place.type == "dir"):
        return True
    return bool(slash) and any(not path.endswith(_KEEPERS) for path in place.tracked_below(top))


# Asked late, as a name says little: any other row says more.
_NEW_KINDS = (
    Kind(
        "new-output",
        _GENERIC_CATEGORY,
        ("**/dist", "**/build", "**/out"),
        NEW,
        "note",
        ("size", "cache"),
        "A directory with the name of build output that git neither tracks nor ignores. It goes only where the image "
        "makes it again; else it may be source that nobody has added to git yet.",
        "docker init; github/gitignore",
        types=("dir",),
        use="name",
    ),
    Kind(
        "new-program",
        _GENERIC_CATEGORY,
        ("*",),
        larger_than(_PROGRAM, "") & NEW & build_output.PROGRAM,
        "note",
        ("size", "cache"),
        "A program at the context root that git neither tracks nor ignores, as `go build` or `make` leaves it there. "
        "It goes only where the image makes it again, or does not get it.",
        "github/gitignore Go, C++",
        types=("file",),
        use="name",
    ),
    Kind(
        "new-large-program",
        _GENERIC_CATEGORY,
        ("**",),
        larger_than(_LARGE_PROGRAM, "") & NEW & build_output.PROGRAM,
        "note",
        ("size", "cache"),
        "A program below the context root that git neither tracks nor ignores. It goes only where the image makes it "
        "again, or does not get it.",
        "github/gitignore Go, C++",
        types=("file",),
        use="name",
    ),
)

# What git neither tracks nor ignores may be about to be added: only proof that no image needs it lets it go.
UNDECIDED = frozenset(kind.name for kind in _NEW_KINDS)
_GIT_IGNORED_ENTRY = Kind(
    "git-ignored",
    _GENERIC_CATEGORY,
    ("**",),
    (GIT_IGNORED & ~seen(_is_beside_inputs) & ~seen(_may_be_read)).saying("git-ignored, and no instruction names it"),
    "note",
    ("size", "cache"),
    "A file or a directory that git ignores and no other row is about: a clean checkout does not have it, so that an "
    "image from CI is built without it. What may be source or settings is not meant, nor what lies in a directory that "
    "holds tracked files, or that tools read whole, such as public.",
    "the .gitignore of the project itself",
    keep=(
        *("copy", "directory", "scm", "meta", "embed", "tests", "workspace"),
        *("go-vendor", "zero-install", "wrapper", "env-named"),
    ),
    use="name",
)
_GENERIC_KINDS = (
    Kind(
        "cachedir-tag",
        _GENERIC_CATEGORY,
        ("**",),
        CACHE_TAG,
        "warning",
        ("size", "cache"),
        "A tool marked the directory as its cache, which it can make again. It is fine where the build is meant to "
        "start with a warm cache.",
        "bford.info/cachedir",
        types=("dir",),
        use="name",
    ),
    Kind(
        "self-ignored-dir",
        _GENERIC_CATEGORY,
        ("**",),
        SELF_IGNORED & UNTRACKED & ~_SECRET_INSIDE,
        "note",
        ("size",),
        "A tool made the directory with a .gitignore that ignores all of it: a clean clone does not have it.",
        "virtualenv, pytest, mypy, ruff, tox write such a .gitignore",
        types=("dir",),
        use="name",
    ),
    Kind(
        "special-file",
        _GENERIC_CATEGORY,
        ("**",),
        SPECIAL,
        "warning",
        ("correctness",),
        "No file that can be copied: a socket arrives as an empty file or not at all, and a FIFO or a device has no "
        "place in an image's sources.",
        "moby/buildkit; moby's archive code",
        types=("fifo", "socket", "device"),
    ),
    Kind(
        "huge-file",
        _GENERIC_CATEGORY,
        ("**",),
        larger_than(_HUGE, "larger than 50 MiB"),
        "warning",
        ("size",),
        "One file that makes most of the transfer. It is fine where the image needs it; then a COPY that names it is "
        "cached apart from the code.",
        "the limit that code hosts warn at",
        keep=("copy", "embed", "directory"),
        types=("file",),
        use="name",
    ),
    _GIT_IGNORED_ENTRY,
)


ALL: tuple[Kind, ...] = (
    *secrets.KINDS,
    *tools.VERSION_CONTROL_KINDS,
    *tools.DEPENDENCY_KINDS,
    *tools.ENVIRONMENT_KINDS,
    *data.DATABASE_KINDS,
    *data.DOCKER_KINDS,
    *build_output.KINDS,
    *tools.COVERAGE_KINDS,
    *tools.CACHE_KINDS,
    *data.INFRASTRUCTURE_KINDS,
    *_EDITOR_KINDS,
    *_OS_JUNK_KINDS,
    *tools.LOG_KINDS,
    *data.CI_KINDS,
    *data.DOCUMENT_KINDS,
    *_FOR_CACHE_KINDS,
    *data.BIG_FILE_KINDS,
    *_NEW_KINDS,
    *_GENERIC_KINDS,
)
KINDS = {kind.name: kind for kind in ALL}
# Asked where no other row holds, of what git lists as ignored alone.
LAST = _GIT_IGNORED_ENTRY
# Kinds that hide nothing: what another row finds in such a directory is a finding of its own.
OPEN = frozenset((LAST.name, *UNDECIDED))
# What is small, and read by the builder itself or by people: never worth a line.
NOT_PROPOSED = frozenset((data.DOCKER_CATEGORY, data.CI_CATEGORY, data.DOCUMENT_CATEGORY, _TEST_CATEGORY))
# Kinds that are found for the cache's sake alone.
FOR_CACHE = frozenset(kind.name for kind in _FOR_CACHE_KINDS)
# Kinds of what the project has on purpose.
OF_PROJECT = frozenset(kind.name for kind in ALL if kind.category in NOT_PROPOSED)
# Kinds that may hold a secret.
SECRETS = frozenset(kind.name for kind in ALL if "secret" in kind.harm)
# Kinds of secrets that a file's name tells.
BY_SECRET_NAME = frozenset(kind.name for kind in secrets.KINDS)
# Kinds that a line may be proposed for.
_PROPOSED = frozenset(kind.name for kind in ALL if kind.category not in NOT_PROPOSED)
# The categories as they are printed, and with hyphens for their spaces; each with the names of its kinds.
CATEGORIES = {
    spelled: frozenset(kind.name for kind in ALL if kind.category == category)
    for category in sorted({kind.category for kind in ALL})
    for spelled in (category, category.replace(" ", "-"))
}
