"""What a script is read as is what a shell does: the same commands, with the same words, in the same directories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ctxaudit.needed.shell import commands

ENVIRONMENT = {"X": "x", "Y": "a b", "E": "", "P": "/srv/d"}
# The programs of a script are functions, which write their words and their directory at once, as those of a pipe run
# together; no other program can be found.
TELL = """_t=NAME; for _a in "$@"; do _t="$_t$_WORD$_a"; done; printf %s "$_t$_PLACE$PWD$_END" >>"$_LOG";"""
SIGNS = {"_WORD": "\x1f", "_PLACE": "\x1e", "_END": "\x1d"}
PROGRAMS = "\n".join(f"{name}() {{ {TELL.replace('NAME', name)} }}" for name in "pqr")

PIECES = (
    *("a", "b.c", "/", "-", "--o=", "src/x", ":", "@", ",", "\\ ", "\\$", "\\a", "''", "'a  b'", "'$X'", "'#'"),
    *('"$X y"', '"${Y}"', '"\\"\\$\\\\\\\n"', '"${U:-z w}|"', '"$(echo s t)"', '"`echo t`"', "$X", "${Y}", "$E"),
    *("${E:-d}", "${E-d}", "${U:-u v}", "${U-u}", "${X:+p}", "${E:+q}", "${E+r}", "${P}/z", "$(echo s)", "$(echo s t)"),
)  # fmt: skip
WORDS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
BEFORE = st.sampled_from([*[""] * 6, "V=v ", 'V="$X y" '])
BEHIND = st.sampled_from([*[""] * 6, " > o", " >> o", " 2>/dev/null", " < /dev/null", " >/dev/null 2>&1"])
SIMPLE = st.builds(
    lambda before, blank, program, words, behind: f"{before}{blank.join((program, *words))}{behind}",
    BEFORE,
    st.sampled_from([" ", "  ", " \\\n "]),
    st.sampled_from("pqr"),
    st.lists(WORDS, max_size=3),
    BEHIND,
)
CONDITIONS = st.sampled_from(["true", "false", '[ -n "$X" ]', '[ "$X" = x ]', "test -d sub", "! false", "p a"])
FORMS_OF_TWO = (
    "{} && {}",
    "{} || {}",
    "{}; {}",
    "{}\n{}",
    "{} | {}",
    "false || {}; {}",
    "true && {} || {}",
    "({}); {}",
    "{{ {}; }}; {}",
    "cd sub && {}; {}",
    "(cd sub; {}) && {}",
    "test -d no || cd sub && {}; {}",
    "{{ f() {{ {}; }}; f; {}; }}",
    "# c\n{}; {}",
    "[ -n '' ] || {}; {}",
    "for i in a b; do {}; done; {}",
    "X=n; {}; {}",
)
FORMS_OF_WORDS = (
    "X={}; p $X {}",
    "export X={}; p $X {}",
    '(set -- {} {}; p "$@")',
    '(set -- {} {}; p $@ "$*" $1)',
    '{{ f() {{ p "$1" $2; }}; f {} {}; }}',
    "p $(q {}) {}",
    "case {} in a) p ;; b|*) q {} ;; esac",
    'W={} V=1; p "$W" {}',
    'p {} # c "\nq {}',
)
SCRIPTS = st.recursive(
    SIMPLE | st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(FORMS_OF_WORDS), WORDS, WORDS),
    lambda inner: (
        st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(FORMS_OF_TWO), inner, inner)
        | st.builds(lambda test, a, b: f"if {test}; then {a}\nelse {b}; fi", CONDITIONS, inner, inner)
    ),
    max_leaves=6,
)

Call = tuple[tuple[str, ...], str]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shell")
    (root / "/".join(["sub"] * 12)).mkdir(parents=True)  # `cd sub` never fails, as nothing expects it to
    return root


# The same scripts each time: what a rare one shows is a row of `test_shell.py`, and does not stop anybody else.
@settings(derandomize=True, max_examples=300)
@given(text=SCRIPTS)
def test_a_script_runs_what_it_is_read_as(directory: Path, text: str) -> None:
    done = run(directory, text)
    assume(done is not None)
    assert done is not None
    found = commands(text, line=1, cwd=str(directory), env=ENVIRONMENT, file="x.sh")
    assert [call for call in done if not any(may_be(one.words, one.cwd, call) for one in found)] == []
    sure = [one for one in found if one.sure and one.words[0] in ("p", "q", "r") and "$" not in "".join(one.words)]
    assert [one.words for one in sure if not any(may_be(one.words, one.cwd, call) for call in done)] == []


def run(directory: Path, text: str) -> list[Call] | None:
    """Give what a shell runs of a script, None where the script fails: no image is made then."""
    log = directory / "log"
    log.write_bytes(b"")
    environment = {**ENVIRONMENT, **SIGNS, "PATH": "/nowhere", "_LOG": str(log)}
    ended = subprocess.run(
        ["/bin/sh", "-c", f"{PROGRAMS}\n{text}"],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    records = [record.partition("\x1e") for record in os.fsdecode(log.read_bytes()).split("\x1d")[:-1]]
    return None if ended.returncode else [(tuple(words.split("\x1f")), place) for words, _, place in records]


def may_be(words: tuple[str, ...], cwd: str | None, call: Call) -> bool:
    """Whether a command is one that ran; one with what is not known may be any."""
    return cwd in (None, call[1]) and ("$" in "".join(words) or words == call[0])
