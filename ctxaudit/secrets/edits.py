"""Which parts of an edit put a password in the place of its name, as in `sed s/PASSWORD/value/`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctxaudit.secrets.values import SURE, strength
from ctxaudit.values import expression

# Groups: a sign that the others end with, what is looked for, and what is put in its place.
_EDITS = tuple(
    expression(form)
    for form in (
        # s/PASSWORD/value/ with any sign, and Perl's s{PASSWORD}{value}
        r"(?<![A-Za-z_.\\-])s(?![\w\s\\\"'.{(\[<])(.)((?:(?!\1)[^\\\n]|\\.){1,200})\1((?:(?!\1)[^\\\n]|\\.){1,200})",
        r"(?<![A-Za-z_.\\-])s([{(\[<])((?:[^\\\n)}>\]]|\\.){1,200})[})\]>]{1,2}[{(\[<]((?:[^\\\n)}>\]]|\\.){1,200})",
        # sed's commands that change a line, or add one
        r"(/)((?:[^/\\\n]|\\.){1,200})/[ \t]?[aci](?:[ \t]|\\{1,2})[ \t]{0,9}([^\n\"']{1,200})",
        # functions of awk, Python, JavaScript
        r"(?:sub|replace\w{0,9})\(\s?\\?([/\"'])([^\n/\"'\\]{1,200})\\?[/\"']g?\s?,\s?\\?[\"']([^\n\"'\\]{1,200})",
        # of a shell: ${TEXT/PASSWORD/value}
        r"\$(\{)\w{1,80}//?([^\s/}]{1,200})/([^}\n]{1,200})",
    )
)
_WORD = expression(r"[^\s=:\"',;#]+")
_LETTERS = expression(r"\w+")
_KEEPS = expression(r"(?:\\+\d|&|\\+)+|yes|no|true|false|on|off|none|null|\$\{?\w+\}?\\*", re.IGNORECASE)
_COMMAND = ("$(", "`")
# Of a text that has none of these, no name means a password surely.
_FIRST_LOOK = ("pass", "pw", "secret", "token", "key", "cred", "auth", "change_me", "changeme")


def put_in_place(text: str) -> Iterator[tuple[int, int]]:
    """Give where what is put in the place of a password or of its name stands, from the first word that is new."""
    lowered = text.lower()
    for form in _EDITS if any(word in lowered for word in _FIRST_LOOK) else ():
        for edit in form.finditer(text):
            sought = edit[2]
            if strength(sought) not in SURE and "changeme" not in sought.lower().replace("_", ""):
                continue
            known = set(_LETTERS.findall(sought))
            for word in _WORD.finditer(text, *edit.span(3)):
                if word[0].startswith(_COMMAND):
                    break
                if not known.issuperset(_LETTERS.findall(word[0])) and not _KEEPS.fullmatch(word[0]):
                    yield word.start(), edit.end(3)
                    break
