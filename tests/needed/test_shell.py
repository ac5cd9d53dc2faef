"""What a script is read as: its commands, where each runs, with which variables, and whether it surely does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_files import Tracked

from ctxaudit.errors import masked
from ctxaudit.needed.makers import deeds
from ctxaudit.needed.shell import UNREADABLE, Command, arguments, commands, in_one_line, parameters
from support import processor_limit


def read(text: str, cwd: str | None = "/app", file: str = "", **env: str) -> tuple[Command, ...]:
    return commands(text, line=7, cwd=cwd, env=env, file=file)


def shown(text: str, **env: str) -> list[str]:
    """The commands by their words; one that need not run stands in brackets."""
    return [
        " ".join(one.words) if one.sure else f"({' '.join(one.words)})"
        for one in read(text, **env)
        if one.words[0] not in ("cd", "export", "set")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a 1 && b 2; c", ["a 1", "b 2", "c"], id="lists"),
        pytest.param("a | b |& c", ["a", "b", "c"], id="pipes"),
        pytest.param("a\nb\n\n# c\nd # e", ["a", "b", "d"], id="lines and comments"),
        pytest.param("a \\\n  b \\\n&& c", ["a b", "c"], id="lines that go on"),
        pytest.param("a \\\n# b\n  c", ["a c"], id="a comment inside an instruction"),
        pytest.param("a 'b c' \"d  e\" f\\ g", ["a b c d  e f g"], id="quotes"),
        pytest.param("a $'b\\tc'", ["a b\\tc"], id="a quote with escapes"),
        pytest.param("(a; b) && { c; d; }", ["a", "b", "c", "d"], id="groups"),
        pytest.param("a $(b $(c)) `d`", ["c", "b $(c)", "d", "a $(b $(c)) $(d)"], id="substitutions run first"),
        pytest.param("a $(echo b c)d", ["echo b c", "a b cd"], id="what a substitution prints is cut at its spaces"),
        pytest.param(
            "Z=' b '; a c$Z$Z-", ["a c b b -"], id="blanks at the ends of a value part it from what is beside it"
        ),
        pytest.param("export Z='b c'; export W=$Z; a $W", ["a b c"], id="what is exported is not cut"),
        pytest.param("E=; a ${E:+b}x ${E+c}", ["a x c"], id="what stands for a value, where that is empty"),
        pytest.param("exit 0 && a; b", ["exit 0", "(a)", "(b)"], id="what stands behind the end of a script"),
        pytest.param('set -eo pipefail -- b "c d"; a "$@"', ["a b c d"], id="arguments that are set"),
        pytest.param('set -e; f() { a "$@"; }; f b; f', ["a b", "a"], id="options that are set, and no argument"),
        pytest.param('set -- \'\'; a "$@" b; set --; a "$@" b', ["a  b", "a b"], id="one that is empty, and none"),
        pytest.param(
            "[ x ] && set -- node b; a", ["[ x ]", "(node b)", "a"], id="arguments that are set only sometimes"
        ),
        pytest.param('F=(b c); a "${F[@]}" d', ["a b c d"], id="an array"),
        pytest.param('F=(b); F+=(c); a "${F[@]}"', ["a ${F[@]}"], id="an array to which more is added"),
        pytest.param("F=($x b); a ${F[@]}", ["a ${F[@]}"], id="an array of what is not known"),
        pytest.param("a <(b) >(c)", ["b", "c", "a $(b) $(c)"], id="substitutions of files"),
        pytest.param('a "$(b "c")"', ["b c", 'a $(b "c")'], id="quotes in a substitution"),
        pytest.param("sh -c 'a && b'", ["a", "b"], id="sh -c"),
        pytest.param('bash -lc "a; b"', ["a", "b"], id="a login shell"),
        pytest.param("/bin/bash -o pipefail -c 'a | b'", ["a", "b"], id="an option with a value"),
        pytest.param("sh -c 'a $1' x y", ["a y"], id="the arguments of sh -c"),
        pytest.param("eval 'a; b'", ["eval a; b", "a", "b"], id="eval"),
        pytest.param("eval 'cd /x'; a", ["eval cd /x", "a"], id="eval changes the directory here"),
        pytest.param('["a", "b c", "&&"]', ["a b c &&"], id="the JSON form has no operators"),
        pytest.param('["sh", "-c", "a && b"]', ["a", "b"], id="a shell in the JSON form"),
        pytest.param("[ -f x ] && a", ["[ -f x ]", "a"], id="a test is not the JSON form"),
        pytest.param("<<EOF\na\nb\nEOF", ["a", "b"], id="a heredoc alone is a script"),
        pytest.param("<<-EOF\n\ta\n\tEOF", ["a"], id="tabs go"),
        pytest.param("bash <<EOF\na\nEOF", ["a"], id="a shell reads a heredoc"),
        pytest.param("bash -e -s <<'EOF'\na $X\nEOF", ["a $X"], id="with options"),
        pytest.param("<<EOF\n#!/usr/bin/env python3\nimport a\nEOF", ["python3"], id="not where another is named"),
        pytest.param("cat <<EOF > f && b\na\nEOF", ["cat", "b"], id="a heredoc is text for any other program"),
        pytest.param("cat <<A <<B\na\nA\nb\nB", ["cat"], id="two heredocs"),
        pytest.param("f() { a $1; }; f 1; f 2", ["a 1", "a 2"], id="a function runs where it is called"),
        pytest.param("function f { a; }; b", ["b", "(a)"], id="a function that nothing calls may run"),
        pytest.param("for x in 1 2; do a $x; done", ["a 1", "a 2"], id="a loop over known words"),
        pytest.param("a > b 2>&1 < c", ["a"], id="redirections"),
        pytest.param("arr=(a b); c", ["c"], id="an array of bash"),
        pytest.param("a && (b", ["(a)", "(b)", f"({UNREADABLE})"], id="a bracket that is not closed"),
        pytest.param("", [], id="nothing"),
        pytest.param("[[ a == b && c ]] && d", ["[[ a == b && c ]]", "d"], id="a test of bash"),
        pytest.param("dotenv -e .env.x -- a", ["(dotenv -e=.env.x)", "a"], id="a wrapper that names a file"),
        pytest.param("((x++)); a $((1 + 2))", ["x++", "a $((1 + 2))"], id="sums"),
    ],
)
def test_a_script_is_read(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a || b", ["(a)", "(b)"], id="either may do it"),
        pytest.param("a || exit 1", ["a", "(exit 1)"], id="or the build fails"),
        pytest.param("a || { echo; exit 1; } && b", ["a", "(echo)", "(exit 1)", "b"], id="or a group fails"),
        pytest.param("true || a", ["true", "(a)"], id="the first one always succeeds"),
        pytest.param("[ x ] && a", ["[ x ]", "a"], id="a test at the end decides the build"),
        pytest.param("[ x ] && a; b", ["[ x ]", "(a)", "b"], id="a test before the end does not"),
        pytest.param("a && b; c", ["a", "b", "c"], id="any other program is taken to succeed"),
        pytest.param("! a && b", ["(a)", "b"], id="a failure is expected"),
        pytest.param("a & b", ["(a)", "b"], id="in the background"),
        pytest.param("if a; then b; fi; c", ["(a)", "(b)", "c"], id="a condition"),
        pytest.param(
            "if a; then b; else exit 1; fi; c", ["(a)", "b", "(exit 1)", "c"], id="a condition with one way on"
        ),
        pytest.param("while a; do b; done; c", ["(a)", "(b)", "c"], id="a loop"),
        pytest.param("for x in $y; do a; done; b", ["(a)", "b"], id="a loop over what is not known"),
        pytest.param("case x in y) a;; z) b;; esac; c", ["(a)", "(b)", "c"], id="cases"),
        pytest.param("exit 0; a", ["exit 0", "(a)"], id="the end"),
        pytest.param("(exit 0); a", ["exit 0", "a"], id="the end of a subshell"),
        pytest.param("[ x ] || exit 0; a", ["([ x ])", "(exit 0)", "(a)"], id="a way out"),
        pytest.param("[ x ] || exit 1; a", ["[ x ]", "(exit 1)", "a"], id="a way to fail"),
        pytest.param("exec a; b", ["a", "(b)"], id="exec"),
        pytest.param("for x in 1 2; do a; break; done; b", ["a", "break", "(a)", "(break)", "b"], id="break"),
        pytest.param("a | xargs b", ["a", "(b $_found)"], id="xargs"),
        pytest.param("xargs -I % b %/c", ["(b $_found/c)"], id="xargs with a mark"),
        pytest.param("xargs -I{} b {}", ["(b $_found)"], id="xargs with a mark in the same word"),
        pytest.param("xargs --replace=X --max-procs 2 b X", ["(b $_found)"], id="xargs with long options"),
        pytest.param("xargs -i sh -c 'cd {} && b'", ["(b)"], id="xargs with a script"),
        pytest.param("find . -exec b {} \\; ; c", ["find . -exec b {} ;", "(b $_found_by_find)", "c"], id="find"),
        pytest.param(
            "find . -exec sudo b {}/c ';' -okdir d {} +",
            ["find . -exec sudo b {}/c ; -okdir d {} +", "(b $_found_by_find/c)", "(d $_found_by_find)"],
            id="find with several commands",
        ),
        pytest.param(
            "find . -exec sh -c 'b $1' _ {} +",
            ["find . -exec sh -c b $1 _ {} +", "(b $1)"],
            id="find with a script",
        ),
        pytest.param("find . -exec", ["find . -exec"], id="find without a command"),
        pytest.param(
            "busybox find . -exec b {} +", ["busybox find . -exec b {} +", "(b $_found_by_find)"], id="busybox find"
        ),
        pytest.param("a | busybox xargs -n1 b", ["a", "(b $_found)"], id="busybox xargs"),
        pytest.param("fd -e x -x b", ["fd -e x -x b", "(b $_found)"], id="fd"),
        pytest.param("fdfind -X b {/.}/c", ["fdfind -X b {/.}/c", "(b $_found/c)"], id="fd with a mark"),
        pytest.param(
            "fd x --exec b {} ';' --exec c {//}",
            ["fd x --exec b {} ; --exec c {//}", "(b $_found)", "(c $_found)"],
            id="fd with several commands",
        ),
        pytest.param("fd x", ["fd x"], id="fd that only finds"),
        pytest.param("a | parallel -j 4 b", ["a", "parallel -j 4 b", "(b $_found)"], id="parallel"),
        pytest.param(
            "parallel b {}.c ::: x y", ["parallel b {}.c ::: x y", "(b $_found.c)"], id="parallel with inputs"
        ),
        pytest.param("parallel 'cd {} && b' ::: x", ["parallel cd {} && b ::: x", "(b)"], id="parallel with a script"),
        pytest.param("parallel ::: x y", ["parallel ::: x y"], id="parallel without a command"),
        pytest.param("find . -exec b + c", ["find . -exec b + c", "(b + c)"], id="find without an end"),
        pytest.param("f() { return 0; a; }; f; b", ["return 0", "(a)", "b"], id="return"),
    ],
)
def test_what_surely_runs(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "cwd"),
    [
        pytest.param("a", "/app", id="the directory of the stage"),
        pytest.param("cd web && a", "/app/web", id="cd"),
        pytest.param("cd /srv/../opt; a", "/opt", id="an absolute directory"),
        pytest.param("cd web\na", "/app/web", id="a line later"),
        pytest.param("(cd web); a", "/app", id="a subshell ends with its cd"),
        pytest.param("{ cd web; }; a", "/app/web", id="a group does not"),
        pytest.param("sh -c 'cd web'; a", "/app", id="nor does it leave a shell"),
        pytest.param("cd web | true; a", "/app", id="nor a pipe"),
        pytest.param("pushd web; popd; a", "/app", id="popd"),
        pytest.param("pushd web; a", "/app/web", id="pushd"),
        pytest.param("cd $X; a", None, id="a variable that is not known"),
        pytest.param("X=web; cd $X; a", "/app/web", id="one that is"),
        pytest.param("cd ~; a", None, id="a home that is not known"),
        pytest.param("HOME=/root; cd; a", "/root", id="one that is, without words"),
        pytest.param("cd -; a", None, id="the directory before"),
        pytest.param("[ -d x ] && cd x; a", None, id="a cd that need not run"),
        pytest.param("cd x || exit 1; a", "/app/x", id="one that must"),
        pytest.param("if b; then cd x; fi; a", None, id="one in a condition"),
        pytest.param("if b; then cd x; else cd x; fi; a", "/app/x", id="the same in both branches"),
        pytest.param("env -C web a", "/app/web", id="env changes it for one command"),
        pytest.param('cd "$(dirname "$0")"; a', "/app/ci", id="the directory of the script"),
        pytest.param("cd $(cd $(dirname $0)/.. && pwd)/x; a", "/app/x", id="one from there"),
        pytest.param('cd web; cd "$OLDPWD"; a', None, id="the directory before by its variable"),
        pytest.param("cd $PWD/x; a", "/app/x", id="the present directory by its variable"),
        pytest.param("find web -exec a {} \\;", "/app", id="what find runs"),
        pytest.param("find web -execdir a {} \\;", None, id="what find runs where it finds something"),
        pytest.param("find web -exec sh -c 'cd {} && a' \\;", None, id="a script that enters what find finds"),
        pytest.param("ls | xargs -I{} sh -c 'cd {} && a'", None, id="a script that enters what xargs reads"),
        pytest.param("find web -execdir b {} \\; ; a", "/app", id="what follows find"),
    ],
)
def test_where_a_command_runs(text: str, cwd: str | None) -> None:
    assert read(text, **{"0": "/app/ci/x.sh"})[-1].cwd == cwd


@pytest.mark.parametrize(
    ("text", "env"),
    [
        pytest.param("a", {"E": "1"}, id="the stage's"),
        pytest.param("X=2 a", {"E": "1", "X": "2"}, id="of one command"),
        pytest.param("X=2 b; a", {"E": "1"}, id="and of no other"),
        pytest.param("export X=2; a", {"E": "1", "X": "2"}, id="export"),
        pytest.param("X=2; a", {"E": "1"}, id="a variable of the shell alone"),
        pytest.param("X=2; export X; a", {"E": "1", "X": "2"}, id="exported later"),
        pytest.param("E=2; a", {"E": "2"}, id="one that is exported already"),
        pytest.param("unset E; a", {}, id="unset"),
        pytest.param("env X=2 a", {"E": "1", "X": "2"}, id="env"),
        pytest.param("E=$(b) a", {"E": "$(b)"}, id="what is not known"),
        pytest.param("[ x ] && export E=2; a", {"E": "$E"}, id="what may be changed"),
        pytest.param("(export E=2); a", {"E": "1"}, id="in a subshell"),
        pytest.param("read E; a", {"E": "$E"}, id="what is read"),
        pytest.param("X=$E$E a", {"E": "1", "X": "11"}, id="made of others"),
        pytest.param("X=${N:-d} a", {"E": "1", "X": "${N:-d}"}, id="a default of what the base may set"),
        pytest.param("X=${E:-d} a", {"E": "1", "X": "1"}, id="a default of what is known"),
        pytest.param("X=$(pwd)/t a", {"E": "1", "X": "/app/t"}, id="the present directory"),
    ],
)
def test_the_environment_of_a_command(text: str, env: dict[str, str]) -> None:
    assert read(text, E="1")[-1].env == env


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a $E", ("a", "x", "y"), id="a value is cut at its spaces"),
        pytest.param('a "$E"', ("a", "x y"), id="not in quotes"),
        pytest.param("a '$E'", ("a", "$E"), id="nor in single ones at all"),
        pytest.param("a \\$E", ("a", "$E"), id="nor behind a backslash"),
        pytest.param("$E", ("x", "y"), id="a command in a variable"),
        pytest.param("a p${E}q", ("a", "px", "yq"), id="in a word"),
        pytest.param("a $N", ("a", "$N"), id="what is not known stays"),
        pytest.param("a ${N:-d}", ("a", "${N:-d}"), id="with its default"),
        pytest.param("a ${E+z}", ("a", "z"), id="another value"),
        pytest.param("a ${E%y}", ("a", "${E%y}"), id="a change of a value is not made"),
        pytest.param("a $Z b", ("a", "b"), id="an empty value is no word"),
        pytest.param('a "$Z" b', ("a", "", "b"), id="but in quotes"),
        pytest.param('a "$@"', ("a", "1", "2 3"), id="arguments"),
        pytest.param("shift; a $1", ("a", "2", "3"), id="behind shift"),
        pytest.param("a $# $0", ("a", "2", "s.sh"), id="their number, and the name of the script"),
    ],
)
def test_variables_are_expanded(text: str, words: tuple[str, ...]) -> None:
    given = {"E": "x y", "Z": "", "0": "s.sh", **parameters(["1", "2 3"])}
    assert read(text, **given)[-1].words == words


@pytest.mark.parametrize(
    ("text", "words", "wrappers"),
    [
        pytest.param("sudo -u app -E a b", "a b", (), id="sudo"),
        pytest.param("env -u X Y=1 a", "a", (), id="env"),
        pytest.param("exec time nice -n 5 nohup a", "a", (), id="several"),
        pytest.param("timeout -k 5 60 a b", "a b", (), id="timeout"),
        pytest.param("gosu app a", "a", (), id="gosu"),
        pytest.param("command a", "a", (), id="command"),
        pytest.param("command -v a", "command -v a", (), id="command -v only asks"),
        pytest.param("tini -- a b", "a b", (), id="tini"),
        pytest.param("dumb-init a", "a", (), id="dumb-init"),
        pytest.param("npx -y a b", "a b", ("npx",), id="npx"),
        pytest.param("npx --package=a b", "b", ("npx",), id="npx with a package"),
        pytest.param("npm exec -- a b", "a b", ("npx",), id="npm exec"),
        pytest.param("pnpm exec a", "a", ("pnpm",), id="pnpm exec"),
        pytest.param("yarn dlx a", "a", ("yarn",), id="yarn dlx"),
        pytest.param("bunx a", "a", ("bun",), id="bunx"),
        pytest.param("poetry run a", "a", ("poetry",), id="poetry run"),
        pytest.param("poetry install", "poetry install", (), id="poetry alone"),
        pytest.param("uv run --extra x a", "a", ("uv",), id="uv run"),
        pytest.param("uv run --no-sync a", "a", ("uv", "uv --no-sync"), id="uv run without its environment"),
        pytest.param("bundle exec a", "a", ("bundle",), id="bundle exec"),
        pytest.param("conda run -n x a", "a", ("conda", "conda -n"), id="conda run"),
        pytest.param("cross-env A=1 npx a", "a", ("npx",), id="cross-env"),
        pytest.param("sudo", "sudo", (), id="a wrapper around nothing"),
        pytest.param("sh x.sh y", "sh x.sh y", (), id="a script in a file"),
    ],
)
def test_what_only_wraps_is_taken_off(text: str, words: str, wrappers: tuple[str, ...]) -> None:
    (command,) = read(text)
    assert (" ".join(command.words), command.wrappers) == (words, wrappers)


@pytest.mark.parametrize(
    ("text", "files"),
    [
        pytest.param("a > b", (("b",), (), ()), id="written"),
        pytest.param("a >> b", (("b",), ("b",), ()), id="appended"),
        pytest.param("a 2> b < c", (("b",), (), ("c",)), id="errors and input"),
        pytest.param("a &> b", (("b",), (), ()), id="both"),
        pytest.param("a > /dev/null 2>&1", ((), (), ()), id="nowhere"),
        pytest.param("> b", (("b",), (), ()), id="without a command"),
        pytest.param("{ a; } > b", (("b",), (), ()), id="of a group"),
        pytest.param("sh -c a > b", (("b",), (), ()), id="of a shell"),
    ],
)
def test_files_that_are_redirected(text: str, files: tuple[tuple[str, ...], ...]) -> None:
    last = read(text)[-1]
    assert (last.redirects, last.appended, last.inputs) == files


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        pytest.param("RUN a b", "a b", id="the keyword goes"),
        pytest.param("run --mount=type=cache,target=/x --network=none a --b", "a --b", id="flags go"),
        pytest.param('RUN --mount=type=secret,id="a b" c', "c", id="a flag in quotes"),
        pytest.param('CMD ["a"]', '["a"]', id="the JSON form"),
    ],
)
def test_what_an_instruction_is_given(text: str, rest: str) -> None:
    assert arguments(text).strip() == rest


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("a\n\nb", {"a": 1, "b": 3}, id="a line of its own"),
        pytest.param("a\nX=$(b)\n", {"a": 1, "b": 2}, id="inside $() of an assignment"),
        pytest.param("a\nc $(b) `d`\n", {"a": 1, "b": 2, "c": 2, "d": 2}, id="inside $() and backquotes of a command"),
        pytest.param('a\nc x \\\n  "$(\n  b)"\n', {"a": 1, "b": 4, "c": 2}, id="inside $() that goes over lines"),
        pytest.param("a\nX='1\n2' b\nc", {"a": 1, "b": 2, "c": 4}, id="behind a value of two lines"),
        pytest.param("a\nsh -c 'b\nd'\nc", {"a": 1, "b": 2, "d": 3, "c": 4}, id="of a script for sh -c"),
        pytest.param("a\nsh <<E\nb\n\nd\nE\nc", {"a": 1, "b": 3, "d": 5, "c": 7}, id="of a heredoc"),
        pytest.param("a\nf() {\n  b\n}\nX=$(\nf)\nc", {"a": 1, "b": 3, "c": 7}, id="of a function called in $()"),
        pytest.param("a\nb <(c)\nif\n  d\n", {"a": 1, "b": 2, "c": 2, "d": 4}, id="of what is no script"),
    ],
)
def test_a_command_has_its_line_in_a_script(text: str, lines: dict[str, int]) -> None:
    found = commands(text, line=1, cwd="/", env={}, file="x.sh")
    assert {one.words[0]: one.line for one in found if one.words[0] in lines} == lines


def test_a_command_of_a_dockerfile_has_the_line_of_its_instruction() -> None:
    assert [one.line for one in read("a\n\nb")] == [7, 7]


PIECES = r"""
a b.sh ./x.sh cd /x .. && || ; | & ( ) { } if then elif else fi while until do done for x in case esac ;; function f()
f ! ' " \ $ $x ${x ${x:-} $( ) ` `x` < > >> << <<EOF <<-'E' EOF 2>&1 # \\ = x=1 export eval sh -c 'npm ci' [[ ]] [ ]
["a"] npm run build make npx -- -C --prefix $@ "$@" * ~ exit 0 return break
"""
TEXT = st.lists(st.sampled_from([*PIECES.split(), "\n", "\t", "\\\n", "\r\n", "é", "\udcff", "\0"]), max_size=40).map(
    " ".join
)
FILES = {
    "package.json": '{"scripts": {"build": "npm run build && ./x.sh", "a": "make"}, "workspaces": ["*"]}',
    "Makefile": "all: all b\n\tmake\nb:\n\t./x.sh $(MAKE) $(X\n",
    "x.sh": "npm run build\nsh x.sh\n. ./x.sh\n",
}


@settings(max_examples=150, deadline=None)
@given(TEXT | st.text(max_size=200), st.booleans())
def test_any_text_is_read_without_an_error(text: str, is_script: bool) -> None:
    found = commands(text, line=1, cwd="/app", env={"x": "$x"}, file="x.sh" if is_script else "")
    for deed in deeds(found, Tracked(FILES)):
        assert deed.command.words
        assert all(path.startswith("/") and ".." not in path.split("/") for path in (*deed.makes, *deed.removes))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * 25_000, id="brackets"),
        pytest.param("$(" * 25_000, id="substitutions"),
        pytest.param("a $(" * 500 + "b" + ")" * 500, id="deep substitutions"),
        pytest.param("if a; then " * 2500 + "fi;" * 2500, id="deep conditions"),
        pytest.param("a;" * 25_000, id="many commands"),
        pytest.param("a=$a$a\n" * 2500, id="a variable that doubles"),
        pytest.param("a=bb;" + "a=$a$a;" * 100 + "c $a", id="one that is known"),
        pytest.param("".join(f"a{at}={at};" for at in range(10_000)), id="many variables"),
        pytest.param("for a in 1 2 3 4 5 6 7 8 9; do " * 8 + "b;" + "done;" * 8, id="loops in loops"),
        pytest.param("f() { f; f; }; f", id="a function that calls itself"),
        pytest.param("a <<E\n" * 2500, id="heredocs"),
        pytest.param("'" + "a" * 125_000, id="a quote that is not closed"),
        pytest.param("`" * 24_999, id="backquotes"),
        pytest.param("\\" * 50_001, id="backslashes"),
        pytest.param("a " + "-" * 50_000, id="a long word"),
        pytest.param("if a; then cd b; else c; fi;" * 2500, id="many conditions"),
        pytest.param("sh -c " * 5000, id="shells around shells"),
        pytest.param("sudo " * 5000 + "a", id="wrappers"),
        pytest.param("case a in " + "b) c;; " * 5000 + "esac", id="many cases"),
        pytest.param("eval " + "'eval " * 2000 + "a", id="eval in eval"),
        pytest.param("cd a; " * 5000, id="many directories"),
        pytest.param("a || " * 5000 + "b", id="many alternatives"),
        pytest.param("a && " * 5000 + "b", id="a long list"),
        pytest.param("a | " * 5000 + "b", id="a long pipe"),
        pytest.param("npm run build;" * 1000, id="scripts in a circle, often"),
        pytest.param("make;" * 1000, id="a Makefile in a circle, often"),
        pytest.param("[" * 50_000, id="deep JSON"),
    ],
)
def test_a_hostile_text_ends_soon(text: str) -> None:
    with processor_limit(5):
        found = list(deeds(commands(text, line=1, cwd="/app", env={}), Tracked(FILES)))
        assert len(found) <= 3000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "Makefile",
            "A=" + "$(B)" * 100 + "\nB=" + "$(C)" * 100 + "\nC=" + "$(D)" * 100 + "\nD=\nall:\n\t$(A)\n",
            id="variables of variables",
        ),
        pytest.param(
            "Makefile", "".join(f"t{at}: t{at + 1}\n\techo\n" for at in range(5000)), id="a long chain of targets"
        ),
        pytest.param("Makefile", "all: " + "all b " * 5000 + "\nb: all\n\techo\n", id="targets in a circle"),
        pytest.param("Makefile", "all:\n" + "\techo $(" * 10_000, id="references that are not closed"),
        pytest.param("package.json", '{"workspaces": ' + '["**/**/**/**/**/**"]' + "}", id="globs"),
        pytest.param("package.json", "[" * 100_000, id="deep JSON"),
        pytest.param(
            "package.json", '{"scripts": {"build": "' + "npm run build & " * 2000 + '"}}', id="a script that forks"
        ),
        pytest.param("tsconfig.json", '{"extends": "./tsconfig.json", "references": [{"path": "."}]}', id="itself"),
        pytest.param("pom.xml", "<module>.</module>" * 5000, id="a module that is itself"),
        pytest.param("vite.config.ts", "build: {" + "{" * 90_000 + "outDir: '" + "a" * 1000, id="deep tables"),
        pytest.param("vite.config.ts", '"' + '\\"' * 45_000, id="a string that is not closed"),
        pytest.param("vite.config.ts", "/* " * 30_000, id="comments that are not closed"),
        pytest.param("tsconfig.json", '"' + '\\"' * 45_000, id="a string of JSON that is not closed"),
        pytest.param("tsconfig.json", "{} " + "/* " * 30_000, id="comments of JSON that are not closed"),
        pytest.param("prisma/schema.prisma", '"' + '\\"' * 45_000, id="a string of a schema that is not closed"),
        pytest.param("x.sh", "./x.sh " * 3000, id="a script with itself as arguments"),
    ],
)
def test_a_hostile_file_ends_soon(name: str, text: str) -> None:
    run = "make; npm ci; npm run build; npx turbo build; npx tsc -b; npx tsc; mvn package; npx vite build; ./x.sh"
    run += "; npx prisma generate"
    with processor_limit(5):
        found = list(deeds(commands(run, line=1, cwd="/app", env={}), Tracked({name: text})))
        assert len(found) <= 3000


# A command as it is written, and as a report quotes it where only its words are known.
QUOTED = {
    "make all": "make all",
    "tool 'a b' ''": "tool 'a b' ''",
    'tool "it\'s"': 'tool "it\'s"',
    "tool 'a|b' 'c;d'": "tool 'a|b' 'c;d'",
    'tool --name="a b" A="b c"': "tool --name='a b' A='b c'",
    'tool "$A b"': 'tool "$A b"',
    'tool "a\\"b"': "tool 'a\"b'",
    "mysql -p'a b'": "mysql '-p****'",
    "curl -u 'a:b|c' h": "curl -u 'a:****' h",
    "tool --password 'a b'": "tool --password '****'",
    "tool --password='a b'": "tool --password='****'",
    "htpasswd -bc f u 'a b'": "htpasswd -bc f u '****'",
}


@pytest.mark.parametrize(("text", "expected"), QUOTED.items(), ids=QUOTED)
def test_the_words_of_a_command_are_quoted_again(text: str, expected: str) -> None:
    (command,) = read(text)
    assert masked(in_one_line(command.words)) == expected
