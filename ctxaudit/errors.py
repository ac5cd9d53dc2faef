"""CtxauditError: what could not be answered, where, and how to fix it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import SupportsIndex, TypeAlias

from ctxaudit.values import expression

# What stands before a value that may be a secret: a name with its sign, a user in an address (not a host before its
# port), a scheme of a header.
_SECRET = expression(
    r"""((?i:(?<![\w-])[\w-]*(?:passw(?:or)?d|passphrase|secret|token|(?:api|private|access)_?key|credentials?))
            (?!:[ ](?:no[ ]such[ ]file|permission[ ]denied|it[ ](?:is|leads)|is[ ]a|not[ ]found)\b)
            ["']?[ ]*[=:][ ]*["']?
    |"default"[ ]*:[ ]*"|(?::/|\bhttps?:)/[^\s/@:]*:(?!\d{1,5}\b(?![^\s"']*@)|[^\s/@:]*@sha\d+:)
    |(?i:\b(?:bearer|basic)[ ]+))
     ((?<=")(?!\$)(?:[^"\\]|\\.)+|[^\s"'$@…][^\s"'@]*)""",
    re.VERBOSE,
)
_BEFORE_SECRETS = ("pass", "secret", "token", "key", "credential", '"default"', "://", "http", "bearer", "basic")
# An option that is named after a password, a login, a vendor's key that is not certain to be one. A report shows none
# of them, whereas a finding needs to be surer. What only its program tells is in `ctxaudit/secrets/commands.py`.
_VALUE = r"""["']?((?![$<-])(?:(?<=")[^"\\\n]{1,400}(?=")|(?<=')[^'\n]{1,400}(?=')|[^\s"';&|)]+))"""
# Each with words of which one stands wherever it matches: few texts have any, and few expressions are compiled.
_SAID = tuple(
    (words.split(), expression(form, re.IGNORECASE))
    for words, form in (
        ("pass:", r"(?<=[\s=\"'])(?:pass):" + _VALUE),
        (
            "pass secret token auth key login pwd",
            r"\s(?:-D|[-/]p(?:roperty)?:|--)[\w.:/@-]{0,80}?(?:passw(?:or)?d|pass|passphrase|secret|token|auth|key|login|pwd)="
            + _VALUE,
        ),
        ("authorization", r"authorization:\s{0,4}(?:(?:bearer|basic|token|bot|apikey)\s{1,4})?" + _VALUE),
        ("machine", r"\bmachine\s+\S{1,200}\s+login\s+\S{1,200}\s+password\s+" + _VALUE),
        (
            "pass secret token key credential",
            r"(?:passw(?:or)?d|passphrase|secret|token|key|credentials?)[\"']?\s?[=:]\s?[\"']?\$\{\w{1,80}:?[-+?]"
            r"((?!\$)[^}\n]+)",
        ),
        (
            "-u --user --proxy-user creds",
            r"\s(?:-u|--user|--proxy-user|--(?:src-|dest-)?creds)[ =]?[\"']?[\w.@%+-]{1,80}:(?!\d{1,10}\b)" + _VALUE,
        ),
        ("x-", r"\bx-[\w-]{0,40}(?:key|api|auth|token|secret|passw(?:or)?d)[\w-]{0,20}:\s{0,4}" + _VALUE),
        (
            "sig key cod auth token pass pwd secret cred",
            r"[?&][\w.%-]{0,60}?(?:sig|signature|key|code|auth|token|passw(?:or)?d|pass|pwd|secret|credential)="
            + _VALUE,
        ),
        (
            "password identified",
            r"\b(?:password|identified\s{1,4}(?:with\s{1,4}\S{1,40}\s{1,4})?by)(?:\s{1,4}|\s?\(\s?)(?=\\?[\"'])\\?"
            + _VALUE,
        ),
        ("pwd:", r"\bpwd:\s{0,4}(?=[\"'])" + _VALUE),  # of the shell of MongoDB
        ("sendline", r"\bsendline\(\s?b?(?=\\?[\"'])\\?" + _VALUE),  # of Python's pexpect
        ("define", r"\bdefine\(\s?[\"']\w{0,40}(?:passw(?:or)?d|secret|token|key|salt)[\"']\s?,\s?" + _VALUE),  # of PHP
        ("bundle_", r"\bBUNDLE_\w{1,80}=[\"']?[\w.%+-]{1,80}:" + _VALUE),
        ("passw", r"/\S{0,80}passw\S{0,40}\s{1,4}password\s{1,4}" + _VALUE),  # of debconf
        # A user alone, or with a word that only fills the password's place, as a token is.
        ("http", r"\bhttps?:/{1,2}((?!\$|<|(?:git|x{5})@)[^\s/@:\"'?#]{1,400})(?::(?:x-[a-z-]{1,20})?)?@"),
        # An image's name with a login, which has no scheme; a digest follows "@" as well.
        (
            "@",
            r"(?:(?<![/:])/|(?<![\w./:@$%+-]))[\w.%+-]{1,80}:((?!\d{1,5}@|[$<])[^\s/@:\"'{}]{1,200})@(?!sha\d)(?=[a-z][\w.-]{0,250}[/:])",
        ),
        (
            "ghp_ gho_ ghs_ ghu_ ghr_ github_pat_ glpat- k_live_ k_test_ sk- xox npm_ pypi- hf_ dckr_pat_ akia asia",
            r"\b((?:gh[opsur]_|github_pat_|glpat-|[rs]k_(?:live|test)_|sk-|xox[abeprs]-|npm_|pypi-|hf_|dckr_pat_|AKIA|ASIA)"
            r"(?=[a-z_-]{0,80}\d)[\w-]{16,})",
        ),
    )
)
# An instruction that gives names values, or that is no instruction, as ENVV is none.
_DECLARES = expression(
    r"\s*(?:ONBUILD\s+)?(?!(?:ADD|CMD|COPY|ENTRYPOINT|EXPOSE|FROM|HEALTHCHECK|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER"
    r"|VOLUME|WORKDIR)\s)[A-Z]{2,12}\s"
)
_AFTER_NAME = expression(
    r"\s*(?:ONBUILD\s+)?\S+\s+[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|key|credentials?)[\w.-]*\s+[\"']?"
    r"((?!\$)[^\s\"'=][^\"'=]*)(?=[\"']|\s*$)",
    re.IGNORECASE,
)
_ASSIGNMENT = expression(r"(?<![\w$.{-])([A-Za-z_][\w.-]{0,80}) ?= ?" + _VALUE)
_QUOTED_ASSIGNMENT = expression(
    r"(?<=([\"']))(?:-D)?([A-Za-z_][\w.-]{0,80})=(?!\$)((?:(?!\1)[^\n]){1,400})(?=\1)"  # 'NAME=a value', one word
)
_PLAIN = expression(r"(?:~|\.{0,2}/).*|(?:true|false|yes|no|on|off|none|null|\d{1,3})", re.IGNORECASE)
_AS_I = dict.fromkeys((0x130, 0x131), "i")  # Turkish letters, which IGNORECASE takes for an i and casefold does not
_WORD = expression(r"[^\s\"'=${}?]{16,200}")
_ALL_HEX = expression(r"(?:sha\d+:)?[0-9a-f]+")
# Words as JSON strings, as of `["curl", "-u", "user:value"]`; a quote in quotes, as a shell and JSON have it.
_QUOTES = (
    ('["', expression(r"\[\s{0,99}\"|\"\s{0,99},\s{0,99}\"|\"\s{0,99}\]"), " "),
    (r"'\''", expression(r"'\\''"), "'"),
    (r"\"", expression(r"\\\""), "'"),
)
_LONGEST = 50_000  # characters of a text that are searched for more than names with values

Pieces: TypeAlias = "tuple[tuple[str, str], ...]"  # of a string, in order: as it is, and as a report shows it
_MOST_PIECES = 1000  # of a string that is joined again and again
MASK = "****"  # of one width, so that nobody learns how long a value is


class Interpolated(str):
    """A string that variables are part of.

    names: the string as a report shows it, with `${NAME}` for each value, as a value may be a secret.
    pieces: the string in pieces, each as it is and as a report shows it; one piece where the parts are not known.
    """

    names: str
    pieces: Pieces

    def __new__(cls, text: str, names: str, pieces: Pieces = ()) -> Interpolated:
        made = super().__new__(cls, text)
        made.names = short_names(names)
        made.pieces = pieces if 0 < len(pieces) <= _MOST_PIECES else ((text, made.names),)
        return made

    def __getnewargs__(self) -> tuple[str, str, Pieces]:  # type: ignore[override]
        return str(self), self.names, self.pieces

    def __add__(self, other: str) -> Interpolated:
        pieces = (*self.pieces, *(interpolated_pieces(other) or ((other, other),)))
        return Interpolated(super().__add__(other), self.names + by_names(other), pieces)

    def __radd__(self, other: str) -> Interpolated:
        pieces = (*(interpolated_pieces(other) or ((other, other),)), *self.pieces)
        return Interpolated(f"{other}{self}", by_names(other) + self.names, pieces)

    def removeprefix(self, prefix: str, /) -> Interpolated:
        return Interpolated(super().removeprefix(prefix), self.names.removeprefix(prefix))

    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> Interpolated:
        return Interpolated(super().replace(old, new, count), self.names.replace(old, new, count))


def short_names(names: str, width: int = 4096) -> str:
    """Cut names that no reader needs whole: joined again and again they double, even where the values are empty."""
    return names if len(names) <= width else names[: width - 1] + "…"


def by_names(text: str) -> str:
    """Return the string as a report shows it."""
    return text.names if isinstance(text, Interpolated) else text


def interpolated_pieces(text: str) -> Pieces:
    """Return the pieces of a string that variables are part of; () for any other."""
    return text.pieces if isinstance(text, Interpolated) else ()


def joined(separator: str, parts: Iterable[str]) -> str:
    """Join strings; what variables are part of stays to be seen."""
    several = list(parts)
    whole = separator.join(several)
    if not any(isinstance(part, Interpolated) for part in several):
        return whole
    return Interpolated(whole, separator.join(map(by_names, several)))


class CtxauditError(Exception):
    """A question that could not be answered; the base of every error raised on purpose.

    what: one clause, lower case, without a full stop; Docker's own words stand inside where Docker has them.
    where: "file:line", a path, or None.
    source: the offending line as it stands in the file, printed below the message.
    column: 0-based place of the caret below `source`.
    fix: what the reader can do about it.
    argument: the build argument that has no value and needs one, "" for none.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        source: str | None = None,
        column: int = 0,
        fix: str | None = None,
        argument: str = "",
    ) -> None:
        super().__init__(what, where, source, column, fix)
        self.what = what
        self.where = where
        self.source = source
        self.column = column
        self.fix = fix
        self.argument = argument

    @property
    def said(self) -> str:
        """The clause as a report shows it, with stars for what looks like a secret."""
        return masked(self.what)

    @property
    def remedy(self) -> str:
        """What the reader can do, as a report shows it: a name in it may be a secret that stands in the wrong place."""
        return masked(self.fix or "")

    def __str__(self) -> str:
        what = self.said
        where = without_login(self.where or "")
        lines = [f"{where}: {what}" if where else what]
        if self.source is not None:
            line, column = excerpt(self.source, self.column)
            lines += [f"    {line}", f"    {' ' * column}^"]
        if self.fix is not None:
            lines.append(f"  fix: {self.remedy}")
        return "\n".join(lines)


class OutOfReach(CtxauditError):
    """A context that only the builder sees: nothing can be said of it, and nothing is wrong.

    what: why, in a clause. where: the context.
    """


class PatternError(CtxauditError):
    """A pattern that Docker refuses: `syntax error in pattern`, `illegal exclusion pattern: "!"`."""


class DockerfileError(CtxauditError):
    """A Dockerfile that BuildKit refuses, or a stage that it does not find."""


class ContentError(DockerfileError):
    """A Dockerfile whose content a partial clone lacks."""


class TreeError(CtxauditError):
    """A directory that is not there, is not a directory, or cannot be read where the builder has to read it."""


@lru_cache(maxsize=1024)  # the same commands are shown with each of many instructions
def masked(text: str) -> str:
    """Return the text with `****` for each secret and what looks like one's value, however long that is."""
    for start, end in reversed(_hidden(text)):
        text = text[:start] + MASK + text[end:]
    return text


def without_login(text: str) -> str:
    """Return what names a place or an image, masked where it may have a login: `token:3` is a line of a file."""
    return masked(text) if "@" in text else text


def without_values(text: str, source: str) -> str:
    """Return what is said of a source without the values that are masked in the source."""
    for value in {source[start:end] for start, end in _hidden(source)}:
        for form in (value, value.replace("\\", "\\\\").replace('"', '\\"')):
            if len(value) > _SHORTEST:
                text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", MASK, text)
    return text


def without_guesses(text: str) -> str:
    """Return a writer's own words without those that look like a password, as nothing says what they are."""
    from ctxaudit.secrets.values import is_random, may_be_secret

    def judged(match: re.Match[str]) -> str:
        is_secret = is_random(match[0]) or may_be_secret(match[0], "strong")
        return MASK if is_secret else match[0]

    return _WORDS.sub(judged, masked(text))


_WORDS = expression(r"(?<![\w$])(?:[^\s\"'=${}?:]+)")
_SHORTEST = 3  # characters of a value that a message is not searched for, as any word may hold them


def _hidden(text: str) -> list[tuple[int, int]]:
    """Return where the values stand that nobody must see, in order and apart."""
    lowered = text.lower()
    has_word = not text.isascii() or any(word in lowered for word in _BEFORE_SECRETS)
    matches = _SECRET.finditer(text) if has_word else ()
    spans = sorted([*(match.span(2) for match in matches), *_searched(text[:_LONGEST])])
    for sign, signs, instead in _QUOTES:
        if sign in text:
            spans = sorted([*spans, *_within(text[:_LONGEST], signs, instead)])
    apart: list[tuple[int, int]] = []
    for start, end in spans:
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        elif start < end and text[start:end] != MASK:
            apart.append((start, end))
    return apart


def _within(text: str, signs: re.Pattern[str], instead: str) -> Iterator[tuple[int, int]]:
    """Find what is searched in a command whose quotes are written in another way, with one character for each."""
    words, places, at = list[str](), list[int](), 0
    for match in signs.finditer(text):
        words += [text[at : match.start()], instead]
        places += range(at, match.start() + 1)
        at = match.end()
    places += range(at, len(text))
    for start, end in _searched("".join((*words, text[at:]))):
        yield places[start], places[end - 1] + 1


def _searched(text: str) -> Iterator[tuple[int, int]]:
    """Find what only the search for secrets knows, and what a line that declares values has beside names."""
    from ctxaudit.secrets.commands import passwords
    from ctxaudit.secrets.edits import put_in_place
    from ctxaudit.secrets.search import in_text
    from ctxaudit.secrets.values import is_random

    yield from passwords(text)
    yield from put_in_place(text)
    yield from in_text(text)
    yield from _assigned(text)
    folded = text.translate(_AS_I).casefold()
    for words, form in _SAID:
        if any(word in folded for word in words):
            yield from (match.span(1) for match in form.finditer(text))
    if _DECLARES.match(text):
        named = _AFTER_NAME.match(text)
        yield from [named.span(1)] if named else []
        for word in _WORD.finditer(text):
            if is_random(word[0]) and not _ALL_HEX.fullmatch(word[0]):
                yield word.span()


def _assigned(text: str) -> Iterator[tuple[int, int]]:
    """Find what a name of any kind that means a secret is given, unless that is a path, a number or a choice."""
    from ctxaudit.secrets.values import strength

    for match in _ASSIGNMENT.finditer(text) if "=" in text else ():
        if (match[1].lower().endswith("auth") or strength(match[1])) and not _PLAIN.fullmatch(match[2]):
            yield match.span(2)
    for match in _QUOTED_ASSIGNMENT.finditer(text) if "=" in text else ():
        if strength(match[2]) and not _PLAIN.fullmatch(match[3]):
            yield match.span(3)


def excerpt(line: str, column: int, width: int = 120) -> tuple[str, int]:
    """Return what of a line fits in *width*, masked, and the place of the caret in it.

    column: the place of the caret in the line, which is cut at its end and, where the caret is further on, at its
    beginning.
    """
    shown, place = masked(line), column
    for start, end in _hidden(line):
        if start < column:
            # A caret inside a value stands below the first star of its mask.
            place += len(MASK) - (end - start) if end <= column else start - column
    cut = max(0, place - width * 2 // 3) if len(shown) > width else 0
    if cut:
        shown, place = "…" + shown[cut + 1 :], place - cut
    return shown if len(shown) <= width else shown[: width - 1] + "…", place
