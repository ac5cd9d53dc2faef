"""Files of editors and coding agents."""

from __future__ import annotations

from ctxaudit.rules.evidence import BY_NAME, GIT_IGNORED, UNTRACKED, inside, magic, named, text
from ctxaudit.rules.kind import Kind

CATEGORY = "editors and agents"

# A directory with one of these is not called noise as a whole: what is below is asked on its own.
# An error below a note is found all the same.
_WORSE_INSIDE = inside("worktrees")

KINDS = (
    Kind(
        "ide-jetbrains",
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
        ("**/.classpath", "**/.project", "**/.factorypath", "**/.settings"),
        text(r"<(?:projectDescription|classpath|factorypath)>", "a project of Eclipse") | inside("*.prefs"),
        "note",
        ("noise",),
        "Eclipse's description of the project.",
        "github/gitignore Global/Eclipse; docker init",
        types=("dir", "file"),
    ),
    Kind(
        "ide-other",
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
        CATEGORY,
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
