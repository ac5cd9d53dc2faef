"""What a kind of the catalogue is called where people read it: "Go binary" for `go-binary`."""

from __future__ import annotations

from ctxaudit.model import Finding

# Names that say it in other words, or in another order.
_TITLES = {
    "node-modules": "node_modules",
    "js-dist": "JavaScript build output",
    "js-dist-untracked": "JavaScript build output",
    "js-build": "JavaScript build output",
    "python-site": "Python packages",
    "python-venv-other-name": "Python virtual environment",
    "python-venv": "Python virtual environment",
    "python-bytecode": "Python bytecode",
    "vcs-git-file": "link to a git repository",
    "vcs-git-nested": "nested git repository",
    "vcs-other": "repository of another program",
    "os-macos-resource-fork": "macOS resource fork",
    "stray-home": "files of a home directory",
    "huge-file": "large file",
    "git-ignored": "git-ignored file",
    "cachedir-tag": "cache directory",
    "self-ignored-dir": "directory that ignores itself",
    "ci-config": "CI configuration",
    "ml-weights": "model weights",
    "dotnet-bin-obj": ".NET build output",
    "rust-target": "Rust build output",
    "maven-target": "Maven build output",
    "sbt-target": "sbt build output",
}
_PREFIXES = {
    "vcs": "{} repository",
    "secret": "secret: {}",
    "os": "{} junk",
    "ide": "{} settings",
    "docker": "Docker {}",
}
# How a part of a name is spelt.
_NAMES = (
    *("Go", "Python", "Java", "Rust", "Next", "Nuxt", "Laravel", "Elm", "Dart", "Zig", "OCaml", "Haskell", "Swift"),
    *("Flutter", "Gradle", "Maven", "Bazel", "Terraform", "JetBrains", "Eclipse", "Windows", "Linux", "Redis"),
    *("SQLite", "Erlang", "Yarn", "PHP", "JVM", "macOS", "SSH", "AWS", "NuGet"),
)
_WORDS = {
    **{name.lower(): name for name in _NAMES},
    **{"js": "JavaScript", "gcp": "Google Cloud", "vscode": "VS Code", "npmrc": ".npmrc", "dotenv": ".env file"},
    **{"envrc": ".envrc", "dotnet": ".NET", "db": "database"},
}
_STATES = ("git-ignored", "not tracked by git", "tracked by git")


def title(kind: str) -> str:
    """Give what the kind is called; made of its name, where that says it."""
    if kind in _TITLES:
        return _TITLES[kind]
    first, _, rest = kind.partition("-")
    if first in _PREFIXES and rest:
        return _PREFIXES[first].format(_spelt(rest))
    return _spelt(kind)


def what(finding: Finding) -> str:
    """Give what a finding is, and what git says of it: "Go binary, git-ignored"."""
    said = finding.evidence.split(", ")
    state = next((state for state in _STATES if state in said), "")
    return f"{title(finding.kind)}, {state}" if state and finding.kind != state else title(finding.kind)


def _spelt(name: str) -> str:
    return " ".join(_WORDS.get(word, word) for word in name.split("-"))
