"""What any file of the project may name of what people read or test with, for `--for-cache` alone.

Documentation and tests go for the cache's sake only, so that a word which may be a path is enough to keep them: in the
source of a program what stands in quotes, in the files of a build tool a word. Of `README.md`, `docs` and `tests`

    fs.readFileSync(path.join(process.cwd(), "docs", "a.md"))    keeps docs
    install(FILES README.md DESTINATION share/doc)               keeps README.md
    throw new Error("see the README")                            keeps nothing
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from ctxaudit.needed.names.mentions import OTHER_DIRECTORIES, is_of_tool
from ctxaudit.values import expression, word_set

_Way = re.Pattern[bytes]


def _either(words: str) -> bytes:
    """Give an expression for words as they are or capitalized: one that ignores case is ten times as slow."""
    return "|".join(form for word in words.split() for form in (word, word.capitalize())).encode()


# A path in quotes, by a slash or an ending, as it is written from its own directory or the root.
_LITERAL = expression(
    rb"[\"'`](?:/?(?:\.{1,2}/){1,8})?((?:\.?[\w@-][\w.@+-]{0,99}/){1,20}[\w.*${}/-]{0,100}|[\w-]{1,99}\.\w{1,10})"
    rb"(?:[?#][^\"'`]{0,99})?[\"'`]"
)
# A directory and what is joined to it, by a call or by `/`, and what is written from its own directory.
_JOINED = expression(
    rb"(?:" + _either("join resolve combine path dir folder file from src root process") + rb")\w{0,20}!?[(=:][ \t]*+"
    rb"(?:[^()\"']|\([^()\"'\n]{0,40}\)){0,99}+(?:[\"']\.{1,2}/?[\"'],[ \t]*+){0,8}[\"'`]([\w-]{1,99})[\"'`]"
)
_DIVIDED = expression(rb"/(?<=[\w)\]} ]/)[ \t]*+[\"']([\w-]{1,99}(?:\.\w{1,10})?)[\"']")
_FROM_HERE = expression(rb"[\"'`](?:\.{1,2}/){1,8}([\w-]{1,99})[\"'`]")
# A file of the project's own that stands behind a directory's variable, and one that a list in quotes names.
_BEHIND = expression(
    rb"[\"'`=]/?((?:[\w-]{1,99}/){1,20}[\w-]{1,99}\.\w{1,10}|[\w-]{1,99}\.(?:md|rst|adoc|txt))[\"'`\s]"
)
# A command that source runs, in one string.
_COMMAND = expression(
    rb"(?:" + _either("exec system run popen spawn sh check call cmd") + rb")\w{0,20}[ \t]*+[(=:,][ \t]*+f?"
    rb"[\"'`]([^\"'`\n]{1,800})[\"'`]"
)
_IMPORT = expression(rb"^[ \t]*(?:from|import)[ \t]+\.{0,9}([\w.]{1,199})", re.MULTILINE)
# Files of build tools, in which a path needs no quotes: where a word alone may be one, and where it may be anything.
_PATH = rb"[\w@-][\w.@+-]{0,99}(?:/[\w@*-][\w.@+*-]{0,99})"
_WORD = expression(rb"(?<![\w@-])(" + _PATH + rb"{0,20})")
_SLASHED = expression(rb"(?<![\w@-])(" + _PATH + rb"{1,20}|[\w-]{1,99}\.(?:md|rst|adoc|txt))")
_RELATIVE = expression(rb"(?<![\w.])\.{1,2}/(" + _PATH + rb"{0,20})")

# How a file names a path, by its name; the first row that has it counts.
_QUOTED = (_LITERAL, _JOINED, _DIVIDED, _FROM_HERE, _BEHIND, _COMMAND)
_ROWS: tuple[tuple[re.Pattern[str], tuple[_Way, ...]], ...] = (
    (
        expression(
            r"CMakeLists\.txt|.+\.cmake|meson\.build|SConstruct|wscript|BUILD(?:\.bazel)?|configure\.ac|Makefile\.am"
            r"|dune(?:-project)?|docs|install|.+\.(?:docs|install|examples|manpages|spec)|PKGBUILD|APKBUILD|deno\.jsonc?"
        ),
        (_WORD,),
    ),
    (
        expression(
            r"pom\.xml|.+\.(?:gradle|gradle\.kts|sbt|\w*proj|props|targets|gemspec|cabal|podspec|rockspec|nimble|opam"
            r"|zon|nix|mk)|[Rr]akefile|(?:GNU)?[Mm]akefile|[Jj]ustfile|build\.(?:xml|zig)|DESCRIPTION|Package\.swift"
            r"|\.goreleaser\.ya?ml"
        ),
        (_SLASHED, _RELATIVE, *_QUOTED),
    ),
    (expression(r".+\.pyw?|.+\.pyx"), (*_QUOTED, _IMPORT)),
)
_SOURCES = word_set(
    "astro bash c cc cjs clj cljs cpp cr cs cts cxx dart erl ex exs fs fsx go groovy h hpp hs java jl js jsx kt kts",
    "lua m mjs ml mm mts nim php pl ps1 r R rb rs scala sh svelte swift tf ts tsx v vb vue zig zsh",
)
_SETTINGS = word_set("cfg conf ini json properties toml xml yaml yml")
# Their readers say what of them counts: see `meta` in `needed/detectors.py`, and the commands of their scripts.
_READ_OTHERWISE = frozenset(("package.json", "pyproject.toml", "Cargo.toml", "composer.json"))
# What runs or checks the project elsewhere, and no image.
_OF_CHECKS = expression(
    r"\.?(?:playwright|vitest|jest|karma|cypress|wdio|mocha|nyc|eslint|prettier|stylelint|commitlint|lint-?staged|typedoc)"
    r"(?:rc|[.-](?:config|conf|setup|workspace))(?:\.\w{1,10}){0,2}"
)
# They are about documentation, or it is built by what reads them, which the kinds name.
_OF_DOCUMENTATION = expression(r"mkdocs\.ya?ml|\.?readthedocs\.ya?ml|book\.toml|antora.*\.ya?ml|_config\.ya?ml")


@functools.lru_cache(maxsize=4096)
def _of_name(name: str) -> tuple[_Way, ...]:
    own = next((ways for names, ways in _ROWS if names.fullmatch(name)), ())
    if own:
        return own
    ending = name.rpartition(".")[2] if "." in name else ""
    return _QUOTED if ending in _SOURCES else (_SLASHED,) if ending in _SETTINGS else ()


def ways(path: str) -> Sequence[_Way]:
    """Give the expressions for what a file at this path may name, () where it is not one that does."""
    *folders, name = path.split("/")
    own = () if _OF_CHECKS.fullmatch(name) else _of_name(name)
    if own != (_SLASHED,):
        return own
    is_other = name in _READ_OTHERWISE or is_of_tool(name) or _OF_DOCUMENTATION.fullmatch(name) is not None
    return () if is_other or not OTHER_DIRECTORIES.isdisjoint(folders) else own


def named_in(head: bytes, ways: Sequence[_Way]) -> Iterator[str]:
    """Give the paths that the beginning of a file may name: `docs/a.md`, `tests`."""
    for way in ways:
        for match in way.finditer(head):
            text = match[match.lastindex or 0].decode("utf-8", "replace")
            yield from text.split() if way is _COMMAND else [text.replace(".", "/") if way is _IMPORT else text]
