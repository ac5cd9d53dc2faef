"""The document roots that source puts together of variables: what it serves, as far as its own file says it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from ctxaudit.needed.names.places import ANYWHERE, Written
from ctxaudit.values import expression, word_set

_SERVING = (
    r"(?:(?:(?<=\w)\.static(?:FS)?|\b(?:serve_?static|koa_?static|fastify_?static|sirv|http\.Dir|os\.DirFS"
    r"|StaticFiles|ServeDir::new|send_from_directory|add_?static|useStaticAssets|PhysicalFileProvider|Rack::Files?\.new"
    r"|addResourceLocations|staticDirectory))[ \t]*\(|\b(?:static_folder|template_folder|static_dir)[ \t]*=(?!=)"
    r"|:public_folder[ \t]*,|\bpublic_folder[ \t]*[:=](?!=))"
)
_SENDING = (
    r"\b(?:sendFile|send_file|FileResponse|readFileSync|readFile|createReadStream|readfile|file_get_contents"
    r"|ServeFile|NamedFile::open)[ \t]*\("
)
_SITE = expression(rf"(?i)(?P<serving>{_SERVING})|(?P<sending>{_SENDING})")
_WITH_ROOT = r"fastify[/-]static|serve-static|koa-static|koa-send|serve-handler"
_PLUGINS = rf"@?(?:{_WITH_ROOT})|sirv"
_ALIAS = expression(
    rf"\b(?P<name>\w{{1,60}})[ \t]*(?:=[ \t]*require\(|from)[ \t]*[\"'](?:{_PLUGINS})[\"']"
    rf"|\brequire\([ \t]*[\"'](?:{_PLUGINS})[\"'][ \t]*\)[ \t]*\((?P<begin>)"
)
_ANY_SITE = expression(rf"(?i){_SERVING}|{_SENDING}|{_PLUGINS}")
# One of these stands in each line in which the expressions match, and in few others: it takes a twentieth of their time
# to see.
_STEMS = (
    *("static", "sirv", "http.dir", "os.dirfs", "servedir", "send_from_directory", "physicalfileprovider"),
    *("rack::file", "addresourcelocations", "template_folder", "public_folder", "sendfile", "send_file"),
    *("fileresponse", "readfile", "createreadstream", "file_get_contents", "servefile", "namedfile::open"),
    *("koa-send", "serve-handler", "hapi/inert"),
)
_ROOT = expression(r"\b(?:root|prefixPath)[ \t]*:(?!:)")  # of a plugin, among its options
_PLUGIN = expression(rf"{_WITH_ROOT}|hapi/inert")
_MOST_SITES = 40
_MOST_STEPS = 60  # names looked up for one site
_LONGEST = 400  # characters of a value
_STRING = r"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`"
_TOKEN = expression(
    rf"(?:\b[rfbuRF]{{1,2}})?(?P<string>{_STRING})"
    r"|(?P<name>[A-Za-z_$][\w$]*(?:(?:\.|::|->|\?\.)[A-Za-z_]\w*)*)(?P<key>[ \t]*:(?!:))?"
)
_INSIDE = expression(r"[$#]?\{(?P<code>[^{}]{1,200})\}|\$(?P<name>[A-Za-z_]\w*)")
_NAMED_ARGUMENT = expression(r"[ \t\n]*(?:directory|dir|root|path|root_path)[ \t]*(?:=(?!=)|:(?!:))(?P<value>[\s\S]*)")
_KEY_IN_OPTIONS = expression(r"\b(?:root|directory|dir|path)[ \t]*:(?!:)")
_URL = expression(r"[ \t\n]*[\"'`]/[^\"'`]*[\"'`][ \t\n]*")
# Where the project itself stands, how parts of a path are joined, and words of the languages: no directory in it.
_PLAIN = word_set(
    "__dirname __filename __file__ __dir__ path join resolve joinpath normalize cwd getwd url fileurltopath import",
    "parent parents os file path_buf pathbuf new from str to_string as_path as_ref sub expand_path abspath realpath",
    "filepath combine true false none null undefined nil const let var await return if else or and not in fspath async",
    "fn self this string dirname filename currentdirectory getcurrentdirectory getcwd concat format toabsolutepath",
    "http express process flag meta",
)
# They mostly are where the project stands, where their file does not say it.
_ROOTS = word_set(
    "root base basedir base_dir root_dir rootdir project_root app_root basepath approot rails settings",
    "contentrootpath environment",
)
_SUBSCRIPT = expression(r"[\w.$]{1,60}(?:\[|\.get\()[ \t]*[\"'](\w+)[\"'][ \t]*[\])]")


class _Value(NamedTuple):
    """What an expression is made of. literals: in order. is_known: no part of it comes from elsewhere."""

    literals: tuple[str, ...]
    is_known: bool
    is_traced: bool


def may_serve(head: bytes) -> bool:
    """Whether source may serve a directory, or send a file, whose name it puts together."""
    text = head.decode("latin-1")
    return any(_ANY_SITE.search(text, *line) for line in _lines_with_stem(text))


def served_in_source(code: str) -> Iterator[Written]:
    """Give the names of which a document root is put together; ANYWHERE where one of its parts is not known.

    A literal in the place itself is what `named_in_source` gives.
    """
    lines = _lines_with_stem(code)
    for offset, argument, is_root in islice(_sites(code, lines), _MOST_SITES) if lines else ():
        value = _Trace(code).of(argument)
        if not value.is_known and (is_root or value.literals[-1:] == ("index.html",)):
            yield Written(ANYWHERE, offset, "serves what it puts together of variables")
        if value.is_traced:
            *others, last = value.literals or ("",)
            yield from (Written(other, offset, "serves it", "anywhere", is_read=False) for other in others if other)
            if last:
                yield Written(last.lstrip("/"), offset, "serves it", "anywhere")


def _sites(code: str, lines: Iterable[tuple[int, int]]) -> Iterator[tuple[int, str, bool]]:
    """Give where each place is, the expression of its directory or file, and whether it is a directory."""
    for match in chain.from_iterable(_SITE.finditer(code, *line) for line in lines):
        is_root = match["serving"] is not None
        if match[0].endswith("("):
            yield match.start(), _directory(_arguments(code, match.end())), is_root
        else:
            yield match.start(), _arguments(code, match.end())[0], is_root
    if any("sirv" in code[slice(*line)] or _PLUGIN.search(code, *line) for line in lines):
        yield from _sites_of_plugins(code)


def _sites_of_plugins(code: str) -> Iterator[tuple[int, str, bool]]:
    for alias in _ALIAS.finditer(code):
        calls = re.finditer(rf"(?<![\w.]){alias['name']}[ \t]*\(", code) if alias["name"] else (alias,)
        for match in calls:
            yield match.start(), _directory(_arguments(code, match.end())), True
    if _PLUGIN.search(code):
        for match in _ROOT.finditer(code):
            yield match.start(), _arguments(code, match.end())[0], True


def _lines_with_stem(code: str) -> list[tuple[int, int]]:
    """Give where the lines begin and end that hold one of the stems, in order."""
    lower = code.lower()
    if len(lower) != len(code):  # as one letter is two in lower case: "İ"
        return [(0, len(code))]
    lines = set[tuple[int, int]]()
    for stem in _STEMS:
        at = lower.find(stem)
        while at >= 0:
            end = lower.find("\n", at)
            end = end if end >= 0 else len(code)
            lines.add((lower.rfind("\n", 0, at) + 1, end))
            at = lower.find(stem, end)
    return sorted(lines)


def _arguments(code: str, begin: int) -> list[str]:
    """Cut the code from here at the commas, up to the bracket that closes or the end of the line."""
    arguments, depth, at = [""], 0, begin
    while at < min(len(code), begin + _LONGEST):
        string = re.compile(_STRING).match(code, at)
        text = string[0] if string else code[at]
        at += len(text)
        if not string:
            depth += (text in "([{") - (text in ")]}")
            if depth < 0 or (not depth and text == ";") or (not depth and text == "\n" and arguments[-1].strip()):
                break
            if not depth and text == ",":
                arguments.append("")
                continue
        arguments[-1] += text
    return arguments


def _directory(arguments: list[str]) -> str:
    """Give the argument that is the directory: the one of that name, or the first that is not an address."""
    named = next(filter(None, map(_NAMED_ARGUMENT.fullmatch, arguments)), None)
    if named:
        return named["value"]
    first = next((argument for argument in arguments if not _URL.fullmatch(argument)), "")
    if first.lstrip()[:1] == "{":
        key = _KEY_IN_OPTIONS.search(first)
        return _arguments(first, key.end())[0] if key else ""
    return first


class _Trace:
    """Follows the names of one expression through the assignments of its file."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._seen: set[str] = set()

    def of(self, text: str) -> _Value:
        literals: list[str] = []
        is_known, is_traced = True, False
        for part in self._parts(text):
            literals += part.literals
            is_known, is_traced = is_known and part.is_known, is_traced or part.is_traced
        return _Value(tuple(literals), is_known, is_traced)

    def _parts(self, text: str) -> Iterator[_Value]:
        for match in _TOKEN.finditer(text := _SUBSCRIPT.sub(r"\1", text)):
            if match["string"]:
                yield from self._string(match["string"])
            elif not match["key"]:
                yield self._name(match["name"], text[match.end() : match.end() + 80])

    def _string(self, quoted: str) -> Iterator[_Value]:
        inner, at = quoted[1:-1], 0
        for match in _INSIDE.finditer(inner):
            yield _Value(_names(inner[at : match.start()]), is_known=True, is_traced=False)
            yield self.of(match["code"] or match["name"])
            at = match.end()
        yield _Value(_names(inner[at:]), is_known=True, is_traced=False)

    def _name(self, written: str, after: str) -> _Value:
        """Follow a name; one that is not assigned here is not known, unless a default stands beside it."""
        parts = re.split(r"\.|::|->|\?\.", written.lstrip("$"))
        name = parts[-1]
        if name.lower() in _PLAIN or name in self._seen:
            return _Value((), is_known=True, is_traced=False)
        self._seen.add(name)
        values = self._assigned(name) if len(self._seen) <= _MOST_STEPS else []
        if not values and name.lower() in _ROOTS:
            return _Value((), is_known=True, is_traced=False)
        if not values:
            has_default = re.match(r"[\s\]\w\"'().]*(?:\|\||\?\?|\bor\b|,)[ \t]*[\"'`]", after) is not None
            return _Value((), is_known=has_default, is_traced=has_default)
        return self.of("\n".join(values))._replace(is_traced=True)

    def _assigned(self, name: str) -> list[str]:
        assigned = re.compile(
            rf"(?<![\w.]){re.escape(name)}[\"']?\]?[ \t]*(?::[ \t]*&?[\w'<>\[\]]{{1,40}}[ \t]*(?==))?"
            r"(?::=|=(?![=>])|:(?!:))"
        )
        matches = assigned.finditer(self._code)
        values = (_arguments(self._code, match.end())[0] for _, match in zip(range(5), matches, strict=False))
        return [value for value in values if value.strip()]


def _names(text: str) -> tuple[str, ...]:
    word = text.strip("/")
    return (word,) if re.fullmatch(r"[\w.@/-]{1,100}", word) and any(map(str.isalnum, word)) else ()
