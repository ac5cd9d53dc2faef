"""What operating systems and their tools drop beside the files."""

from __future__ import annotations

from ctxaudit.rules.evidence import BY_NAME, GIT_IGNORED, UNTRACKED, beside_original, inside, magic, named
from ctxaudit.rules.kind import Kind

CATEGORY = "operating system junk"

_COPIES = (".bak", ".old", ".backup", ".orig", ".rej")

KINDS = (
    Kind(
        "os-macos",
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
        ("**/Thumbs.db", "**/ehthumbs.db", "**/[Dd]esktop.ini", "**/$RECYCLE.BIN", "**/*.lnk"),
        ~named("*.lnk") | magic("4c000000", words="a shortcut of Windows"),
        "note",
        ("noise",),
        "Thumbnails, folder settings and shortcuts of the Windows Explorer.",
        "github/gitignore Global/Windows",
        types=("file", "dir"),
    ),
    Kind(
        "os-linux",
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
