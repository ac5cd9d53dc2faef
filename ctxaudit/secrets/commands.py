"""Which parts of a command are passwords: the usages of programs that take one, and the words of a shell."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cache
from itertools import islice
from typing import NamedTuple

from ctxaudit.secrets.values import SURE, strength
from ctxaudit.values import expression, frozen, word_set

# How a program is given a password, as a report shows it. `…` stands for any letters, or alone for the words up to the
# last one; a word in capitals for any one, `[ ]` for a blank or none. Options may stand between the words. What stands
# behind the stars ends the word.
_OPTIONS = (
    "… --PASSWORD|-PASSWORD ****",
    "… --PASSWORD=****",
    "… -PASSWORD=****",
    "mysql…|mariadb… -p****",
    "mongo…|twine|cqlsh|influx|ncftp… -p[ ]****",
    "poetry publish -p[ ]****",
    "sshpass|useradd|usermod -…p[ ]****",
    "docker|podman|nerdctl|buildah|skopeo|oras|crane|regctl|helm|az|oc|cf|ibmcloud|bluemix login -…p[ ]****",
    "dotnet|nuget push -k ****",
    "dotnet|nuget source|sources|dev-certs -p ****",
    "redis-cli -a[ ]****",
    "ssh-keygen -N[ ]****",
    "ssh-keygen -P[ ]****",
    "zip|unzip|sqlcmd|bcp|isql|mosquitto_pub|mosquitto_sub -…P[ ]****",
    "7z|7za|7zr|7zz|7zzs|p7zip|rar|unrar -p****",
    "rar|unrar -hp****",
    "ldap… -…w[ ]****",
    "ldappasswd -s[ ]****",
    "plink|pscp|psftp|putty -pw ****",
    "openssl -k|-K ****",
    "openssl|apksigner -pass|-passin|-passout|-password|--ks-pass|--key-pass pass:****",
    "vercel|doctl|codecov|anaconda|influx -t ****",
    "uv publish -t ****",
    "hatch -a ****",
    "mix --key ****",
    "setx SECRET ****",
    "netlify --auth ****",
    "security unlock-keychain|create-keychain|set-keychain-password -p[ ]****",
    "security import -P[ ]****",
    "signtool /p ****",
    "xfreerdp|xfreerdp3 /p:****",
    "x11vnc -storepasswd|-passwd ****",
    "keytool -new ****",
    "kubectl|oc --from-literal=KEY=****",
    "kubectl|oc --from-literal KEY=****",
    # options with a user
    "curl|wget -…u[ ]USER:****",
    "curl -…U[ ]USER:****",
    "curl -…E[ ]FILE:****",
    "curl --user|--proxy-user|--cert NAME:****",
    "curl|wget --user=USER:****",
    "lftp -u[ ]USER,****",
    "smbclient|smbget|smbmap|rpcclient|smbcacls|winexe|wmic|net -U[ ]USER%****",
    "smbclient|smbget|smbmap|rpcclient|smbcacls|winexe|wmic|net --user USER%****",
    "smbclient|smbget|smbmap|rpcclient|smbcacls|winexe|wmic|net --user=USER%****",
    # words behind a command's own
    "redis-server --masterauth ****",
    "dotnet user-secrets set KEY ****",
    "vault put|write PATH KEY=****",
    "cf auth USER ****",
    "conda token set ****",
    "dart|flutter pub token add URL ****",
    "composer config gitlab-oauth.…|gitlab-token.…|bitbucket-oauth.… **** ****",
    "bundle|bundler config … USER:****",
    "… config SECRET ****",
    "npm|pnpm set SECRET ****",
    "… configure set SECRET ****",
    "sd|rpl SECRET ****",
    # the last word
    "send|exp_send … ****\\r|\\n",
)
# The same where a word is nothing but a password by its place, so that it is a finding as well.
_PLACES = (
    "mysqladmin|mariadb-admin password ****",
    "redis-cli auth ****",
    "redis-cli config set requirepass|masterauth ****",
    "nuget setapikey ****",
    "mc|mcli alias set NAME URL KEY ****",
    "mc|mcli config host add NAME URL KEY ****",
    "mc|mcli admin user add NAME KEY ****",
    "cargo|vault|wandb login ****",
    "snyk auth ****",
    "ngrok authtoken|add-authtoken ****",
    "circleci setup ****",
    "pulumi config set --secret KEY ****",
    "rabbitmqctl add_user|change_password USER ****",
    "net user NAME ****",
    "rclone obscure ****",
    "ansible-vault encrypt_string ****",
    "composer config http-basic.… USER ****",
    "composer config bearer.…|github-oauth.… ****",
    "bundle|bundler config HOST ****",
    "bundle|bundler config HOST USER:****",
    "poetry config http-basic.… USER ****",
    "poetry config pypi-token.… ****",
    # the last word
    "htpasswd|mosquitto_passwd -…b… … ****",
    "openssl passwd … ****",
)
_USAGES = (*_OPTIONS, *_PLACES)
# What reads a password from its input.
_READERS = (
    "… --password-stdin|--passphrase-fd|--with-token|--stdin",
    "sudo -…S",
    "passwd|smbpasswd|vncpasswd|cryptsetup|kinit|chpasswd",
    "cargo|npm|vault|wandb login",
    "snyk auth",
)
_READS_LOGINS = "chpasswd"  # with the user before each password
_WRITERS = word_set("echo printf yes")
_SAVERS = word_set("tee dd sponge install sh bash dash ash")  # of their input, in files that their words name
# Of a text that has none of these, and none of the programs, no usage tells a password.
_OF_ANY_PROGRAM = word_set("pass secret token pwd key auth")
# Words in capitals that are not any one: a host for Bundler, whose other names with dots are otherwise; a setting; an
# option.
_SHAPES = {
    "HOST": r"(?!(?:build|local|mirror|github|plugin|path|cache)\.|gem\.[a-z_]+$)[^\s=]+(?:\.|__)[^\s=]+",
    "SECRET": r"[^\s@]*(?:auth|token|passw(?:or)?d|secret|key)[^\s@]{0,80}",
    "PASSWORD": r"(?i:(?:[\w.]{1,20}[_.-]){0,3}(?:passw(?:or)?d"
    r"|(?:store|key|src|dest|db|admin|user|root|require){0,2}pass|passphrase|secret|token|pwd|(?:api|access|private|secret|account|auth|license|storage|encryption)[_-]?key))",
}
_WITH_A_VALUE = word_set("--registry --index --config --host --working-dir --scope -C -r -salt --salt")

# The words of a shell. What is quoted is a word only where no letter follows: an apostrophe opens nothing.
_TOKENS = expression(
    r"(?P<blank>(?:[ \t\r\f\v]|\\\r?\n)+)"
    r"|(?P<redirect>\d?(?:<<<|<<-?|>>|>\||[<>]&|&>>?|[<>]))"
    r"|(?P<sign>\n|&&|\|\||\|&|[|;()&`]|[{}](?!\S))"
    r"|(?P<word>(?:[^\s\"'\\;&|()<>`]|\\\"(?:[^\"\\\n]|\\[^\"])*\\\"(?!\w)|\"(?:[^\"\\]|\\.)*\"(?!\w)|'[^']*'(?!\w)"
    r"|\\[^\r\n]|[\"'\\])+)",
    re.DOTALL,
)
_QUOTES = "\"'\\"
_QUOTE = expression(r"[\"']")
_ENDS = frozenset(("\n", ";", "&", "&&", "||"))
_JOINTS = expression(r"(?<=\")[\s\\]*,[\s\\]*(?=\")|\[(?=\s*\")|(?<=\")\s*\]")  # of the JSON form of a command
_UNSET = expression(r"\$\{\w{1,80}:?[-+=?](.+?)\}?$", re.DOTALL)
_NO_PASSWORD = expression(r"[-$<`%{]|//|\d{1,5}(?::\d{1,5})+$")
_FORMAT = expression(r"(?:%[a-z]|\\[a-z]|[\s:])+$")
_HAS_WORDS = expression(r"[\s;|&]")
_ALONE = expression(r"[^\s:=/]{3,}")
_ACCOUNT = expression(r"[^\s:]*:[x*!]{0,2}:[\d$].*")  # a line of /etc/passwd, which has no password
_NAME = expression(r"[^\s/=<>|$]+")  # in a path, an assignment, a command
_LINE = expression(r"\S[^\n]*")
_CAPITALS = expression(r"([A-Z]{3,})((?:\\?[:=%,])?)")
_VALUE = "****"
_MOST_PARTS = 9
_DEEPEST = 3  # commands in the words of commands
_MOST_DOCUMENTS = 20


class _Word(NamedTuple):
    """A word without its quotes: its text, and where it begins.

    inside: where the commands stand that it may hold, between its outermost quotes.
    """

    text: str
    at: int
    inside: tuple[int, int]


@frozen
class _Command:
    """The words of a command, apart from what is given to its input, and the files that it reads or writes.

    substitutes: what it writes is a password, or a file that another command reads.
    """

    substitutes: bool
    words: list[_Word] = field(default_factory=list)
    given: list[_Word] = field(default_factory=list)
    files: list[_Word] = field(default_factory=list)


@frozen
class _Part:
    """A word of a usage. form: of the whole word, with a group for the password. how: where it is looked for."""

    form: re.Pattern[str]
    how: str  # "next", "beside", "last", or "anywhere"


@frozen
class _Usage:
    """A usage without its program; the parts from `again` on may be there several times."""

    parts: tuple[_Part, ...]
    again: int


def passwords(text: str) -> Iterator[tuple[int, int]]:
    """Give where the passwords stand in commands, whose words may be JSON strings."""
    yield from (place for place, _ in known_passwords(text))


def known_passwords(text: str) -> Iterator[tuple[tuple[int, int], bool]]:
    """Give the same, and whether nothing but its place makes the word a password."""
    lowered = text.lower()
    if text.isascii() and not any(word in lowered for word in _first_look()):
        return
    text = _JOINTS.sub(lambda match: " " * len(match[0]), text) if '["' in text.replace(" ", "") else text
    for pipeline in _within(text, 0, len(text), _DEEPEST):
        for command in pipeline:
            for usage, at in _usages(_USAGES, command.words).items():
                for place in _values(_parsed(usage), command.words, at):
                    yield place, usage in _PLACES
        yield from ((place, False) for place in _sent(pipeline))


def _within(text: str, start: int, end: int, depth: int, *, substitutes: bool = False) -> Iterator[list[_Command]]:
    """Read the commands between two places, and those in their words."""
    for pipeline in _pipelines(text, start, end, substitutes=substitutes):
        yield pipeline
        for command in pipeline if depth else ():
            for at, word in enumerate((*command.words, *command.given)):
                if _HAS_WORDS.search(word.text):
                    is_password = _is_for_password(command.words[: at + 1])
                    yield from _within(text, *word.inside, depth - 1, substitutes=is_password)


def _pipelines(text: str, start: int, end: int, *, substitutes: bool) -> Iterator[list[_Command]]:
    """Read the commands that a pipe or brackets join; a here-document is given to the one that names it."""
    command = _Command(substitutes)
    pipeline, around, redirect = [command], list[_Command](), ""
    documents, resumes, at = 0, 0, start
    while token := _TOKENS.search(text, at, end):
        sign, at = token["sign"], token.end()
        if token["word"]:
            word, kind = _word(token), redirect.lstrip("0123456789")
            into = command.words if not redirect else command.given if kind == "<<<" else command.files
            into.append(word)
            if kind in ("<<", "<<-") and documents < _MOST_DOCUMENTS:
                documents += 1
                resumes = _read_document(text, max(resumes, text.find("\n", at, end) + 1), end, word.text, command)
            redirect = ""
        elif not sign:
            redirect = token["redirect"] or redirect
        elif sign in (")", "}") and around:
            command, redirect = around.pop(), ""
        else:
            around += [command] if sign in ("(", "{") else []
            at = max(at, resumes) if sign == "\n" else at
            if sign in _ENDS and not around:
                yield pipeline
                pipeline = []
            is_substituted = sign in ("(", "`") and (redirect == "<" or _is_for_password(command.words))
            command, redirect = _Command(is_substituted or (command.substitutes and bool(around))), ""
            pipeline.append(command)
    yield pipeline


def _read_document(text: str, at: int, end: int, name: str, command: _Command) -> int:
    """Give a command its here-document, and return the place behind it; nothing where no line ends it."""
    last = re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*$", re.MULTILINE).search(text, at, end) if at else None
    if last is None:
        return at
    command.given.append(_Word(text[at : last.start()], at, (at, last.start())))
    return last.end()


def _is_for_password(words: list[_Word]) -> bool:
    """Whether what follows these words is a password, by the name or the option before it."""
    names = [word.text.partition("=")[0] for word in words[-2:]]
    return any(strength(name) in SURE for name in names if not _HAS_WORDS.search(name))


def _word(token: re.Match[str]) -> _Word:
    written = token["word"]
    bare = (written[1:] if written.startswith(("$'", '$"')) else written).lstrip(_QUOTES)
    at = token.end() - len(bare)
    bare = bare.rstrip(_QUOTES)
    quote = _QUOTE.search(written)
    if quote is None or quote.end() == len(written) or not written.endswith(quote[0]):
        return _Word(bare, at, (at, at + len(bare)))
    return _Word(bare, at, (token.start() + quote.end(), token.end() - 1))


def _usages(table: tuple[str, ...], words: list[_Word]) -> dict[str, int]:
    """Give the usages of the programs that words name, with or without a directory, and where their own words begin.

    A usage has its first place: what is looked for behind a later one is behind that, too.
    """
    of_programs, families = _of_programs(table), _families(table)
    usages = dict.fromkeys(of_programs["…"], 0)
    for at, word in enumerate(words):
        directory, _, name = word.text[-80:].removesuffix(".exe").rpartition("/")
        if not directory or directory.endswith(("bin", ".")):
            programs = (name, *(f"{family}…" for family in families if name.startswith(family)))
            for usage in (usage for program in programs for usage in of_programs.get(program, ())):
                usages.setdefault(usage, at + 1)
    return usages


def _values(usage: _Usage, words: list[_Word], at: int) -> Iterator[tuple[int, int]]:
    parts = usage.parts
    while parts:
        for part in parts:
            match, at = _find(part, words, at)
            if match is None:
                return
            if match.re.groups:
                yield from _literal(match[1], words[at - 1].at + match.start(1))
        parts = usage.parts[usage.again :]


def _find(part: _Part, words: list[_Word], at: int) -> tuple[re.Match[str] | None, int]:
    """Find the word of a part from a place on, and return its match with the place behind it."""
    places: Iterable[int] = range(at, len(words))
    if part.how == "beside":
        places = range(at, min(at + 1, len(words)))
    elif part.how == "next":
        places = islice(_operands(words, at), 1)
    elif part.how == "last":
        places = deque(_operands(words, at), 1)
    for place in places:
        match = part.form.fullmatch(words[place].text)
        if match:
            return match, place + 1
    return None, at


def _operands(words: list[_Word], at: int) -> Iterator[int]:
    """Give the places of the words that are neither options nor the values of those that are known to have one."""
    while at < len(words):
        if words[at].text in _WITH_A_VALUE:
            at += 1
        elif not words[at].text.startswith("-"):
            yield at
        at += 1


def _sent(pipeline: list[_Command]) -> Iterator[tuple[int, int]]:
    """Give what commands write for another one that reads a password, or into a file that is named after one."""
    written = list[_Word]()
    for command in pipeline:
        named = [word.text.rpartition("/")[2] for word in command.words]
        writer = next((at for at, name in enumerate(named) if name in _WRITERS), len(named))
        words = [word for word in command.words[writer + 1 :] if not word.text.startswith("-")]
        written += [*words, *(line for word in command.given for line in _lines(word))]
        files = command.files + (command.words if _SAVERS.intersection(named[:writer]) else [])
        named_after = {strength(name) for word in files for name in _NAME.findall(word.text[-400:])}
        if _reads_password(command):
            for word in written:
                user, colon, _ = word.text.partition(":" if _READS_LOGINS in named else "\n")
                cut = len(user) + 1 if colon else 0
                yield from _literal(word.text[cut:], word.at + cut)
            written.clear()
        elif named_after & SURE:
            yield from _literals(word for word in written if not _ACCOUNT.fullmatch(word.text))
            written.clear()
        elif named_after - {None} and len(written) == 1:
            yield from _literals(word for word in written if _ALONE.fullmatch(word.text))
        elif command.substitutes:
            yield from _literals(words)


def _lines(word: _Word) -> Iterator[_Word]:
    """Give the lines of a here-document, and any other word as it is."""
    is_document = word.text.endswith("\n")
    for line in _LINE.finditer(word.text) if is_document else ():
        yield _Word(line[0], word.at + line.start(), (word.at + line.start(), word.at + line.end()))
    yield from () if is_document else (word,)


def _literals(words: Iterable[_Word]) -> Iterator[tuple[int, int]]:
    for word in words:
        yield from _literal(word.text, word.at)


def _reads_password(command: _Command) -> bool:
    words = command.words
    return any(_is_met(_parsed(usage).parts, words, at) for usage, at in _usages(_READERS, words).items())


def _is_met(parts: tuple[_Part, ...], words: list[_Word], at: int) -> bool:
    for part in parts:
        match, at = _find(part, words, at)
        if match is None:
            return False
    return True


def _literal(value: str, at: int) -> Iterator[tuple[int, int]]:
    """Give where a password stands, of `${NAME:-default}` the default; nothing for a variable or a placeholder."""
    bare = value.lstrip(_QUOTES)
    at, bare = at + len(value) - len(bare), bare.rstrip(_QUOTES)
    unset = _UNSET.match(bare)
    if unset:
        at, bare = at + unset.start(1), unset[1]
    if bare and not _NO_PASSWORD.match(bare) and not _FORMAT.fullmatch(bare):
        yield at, at + len(bare)


# The table as it is asked: by program, and a usage in parts when its program is met.


@cache
def _of_programs(table: tuple[str, ...]) -> dict[str, list[str]]:
    """Give the usages of each program; one that ends with `…` stands for all that begin so."""
    of_programs = defaultdict[str, list[str]](list)
    for usage in table:
        for form in (usage.replace("[ ]", " "), usage.replace("[ ]", "")) if "[ ]" in usage else (usage,):
            for program in form.split(" ", 1)[0].split("|"):
                of_programs[program].append(form)
    return dict(of_programs)


@cache
def _first_look() -> frozenset[str]:
    """Give what stands in each text in which a password is found, unless its letters are others than of ASCII."""
    programs = {program.rstrip("…") for table in (_USAGES, _READERS) for program in _of_programs(table)}
    return frozenset(filter(None, programs)) | _OF_ANY_PROGRAM | _WRITERS


@cache
def _families(table: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(program[:-1] for program in _of_programs(table) if program[-1] == "…" and len(program) > 1)


@cache
def _parsed(usage: str) -> _Usage:
    """Read a usage: a word is next to an option, the next one where any may stand, else looked for."""
    parts, how, again = list[_Part](), "", _MOST_PARTS
    for word in usage.split(" ")[1:]:
        before, is_value, behind = word.partition(_VALUE)
        is_option = word.startswith(("-", "/"))
        if word == "…":
            how = "last"
            continue
        is_next = bool(is_value) or (word.isupper() and word not in _SHAPES)
        where = how or ("next" if is_next and not is_option else "anywhere")
        parts.append(_Part(_form(before, behind, is_value=bool(is_value)), where))
        if is_option or (is_value and before):
            again = min(again, len(parts) - 1)
        how = "beside" if is_option else ""
    return _Usage(tuple(parts), again)


def _form(written: str, ends: str, *, is_value: bool) -> re.Pattern[str]:
    """Give the expression of a word, with a group for the password between what is written before and behind it."""
    forms = list[str]()
    for alternative in written.split("|"):
        any_letters = r"\w*?" if alternative.startswith("-") else r"\S*?"
        form = re.escape(alternative).replace("…", any_letters)
        form = _CAPITALS.sub(_any_word, form)
        forms.append(form if alternative.startswith("-") else f"(?i:{form})")
    behind = ("=?" if written.startswith(("-", "/")) else "") + r"(?:\$(?=[\"']))?[\"'\\]*(.+?)"
    behind += rf"\\*(?:{'|'.join(map(re.escape, ends.split('|')))})+" if ends else ""
    return re.compile(f"(?:{'|'.join(forms)})" + behind * is_value, re.DOTALL)


def _any_word(name: re.Match[str]) -> str:
    """Give the expression of a word in capitals with the sign behind it."""
    return _SHAPES.get(name[1], f"[^{name[2]}]*" if name[2] else ".+") + name[2]
