"""Which paths a build asks for, and what local files cannot tell about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import Needs, Stage, Unknown, Use, needs
from ctxaudit.errors import DockerfileError

Paths = tuple[str, ...] | None
NOTHING: Paths = ()
EVERYTHING: Paths = None


def asked(text: str, **options: Any) -> Needs:
    return needs(parse(text.encode("utf-8", "surrogateescape")), **options)


def paths(text: str, **options: Any) -> Paths:
    """The follow paths; NOTHING where the context is not requested."""
    found = asked(text, **options)
    assert found.requested or found.follow_paths == ()
    return found.follow_paths


def refusal(text: str, **options: Any) -> DockerfileError:
    with pytest.raises(DockerfileError) as caught:
        asked(text, **options)
    return caught.value


def doubts(text: str, **options: Any) -> list[str]:
    """What is not known, but for the ONBUILD of base images."""
    return [unknown.what for unknown in asked(text, **options).unknowns if not unknown.what.startswith("ONBUILD")]


FRAGMENTS = [
    pytest.param("COPY a b/ /x/", ("a", "b"), id="two sources"),
    pytest.param("COPY b a /x/", ("a", "b"), id="in their order as bytes"),
    pytest.param("COPY . /x", EVERYTHING, id="a dot"),
    pytest.param("COPY / /x", EVERYTHING, id="a slash"),
    pytest.param("COPY a/../.. /x", EVERYTHING, id="the root by a detour"),
    pytest.param("COPY a /x\nCOPY . /y", EVERYTHING, id="a dot swallows the rest"),
    pytest.param("COPY ./* /x/", ("*",), id="a wildcard at the root"),
    pytest.param("COPY ../foo /x", ("foo",), id="above the root is the root"),
    pytest.param("COPY /abs /x", ("abs",), id="an absolute path"),
    pytest.param("COPY a//b/./c/ /x/", ("a/b/c",), id="a path is cleaned"),
    pytest.param(
        "COPY --parents src/./a/*.go **/x.json /x/", ("**/x.json", "src/a/*.go"), id="--parents and its pivot"
    ),
    pytest.param("COPY --exclude=*.md docs /x", ("docs",), id="--exclude excludes nothing here"),
    pytest.param("COPY --chown=1 --chmod=644 --link a /x", ("a",), id="flags say nothing"),
    pytest.param("COPY $UNSET /x", EVERYTHING, id="an unset variable is the root"),
    pytest.param("COPY a$UNSET /x", ("a",), id="but not behind something"),
    pytest.param('COPY ["a b","$HOME","/x/"]', EVERYTHING, id="variables expand in JSON"),
    pytest.param('COPY ["a b", "/x"]', ("a b",), id="a space in JSON"),
    pytest.param('COPY ["", "/x"]', EVERYTHING, id="an empty source"),
    pytest.param("COPY \\*.txt /x/", ("*.txt",), id="an escape is eaten"),
    pytest.param("COPY \\\\*.txt /x/", ("\\*.txt",), id="once"),
    pytest.param("COPY !bang [b].txt /x/", ("!bang", "[b].txt"), id="what a pattern would mean is kept"),
    pytest.param("COPY 日本 /x", ("日本",), id="letters of any kind"),
    pytest.param("COPY a\udcff /x", ("a�",), id="a byte that is not UTF-8 is replaced"),
    pytest.param("ADD a /x", ("a",), id="ADD"),
    pytest.param("ADD https://h/x /y", NOTHING, id="ADD of a URL alone"),
    pytest.param("ADD https://h/r.git /y", NOTHING, id="ADD of a repository alone"),
    pytest.param("ADD http://h/x a /y/", ("a",), id="ADD of a URL beside a path"),
    pytest.param("ADD git@github.com:a/b.git /y", NOTHING, id="ADD by ssh alone"),
    pytest.param("ADD git@h:a/b.git c /y/", ("c", "git@h:a/b.git"), id="ssh is a path beside a path"),
    pytest.param("ADD git://h/x a /y/", ("a", "git:/h/x"), id="so is git"),
    pytest.param("ADD ftp://h/x /y", ("ftp:/h/x",), id="ADD of another scheme is a path"),
    pytest.param("COPY github.com/a/b /y", ("github.com/a/b",), id="so is a bare github.com"),
    pytest.param("COPY <<EOF /x\na\nEOF", NOTHING, id="a heredoc alone"),
    pytest.param("COPY <<EOF real /x/\na\nEOF", ("real",), id="a heredoc beside a path"),
    pytest.param("COPY << EOF /x/\nEOF", ("<<", "EOF"), id="a heredoc with a space is two paths"),
    pytest.param('COPY ["<<a b", "/x"]', ("<<a b",), id="a heredoc of two words is a path"),
    pytest.param('COPY ["<<a \'\'", "/x"]', ("<<a ",), id="so is one with an empty word"),
    pytest.param("COPY --from=img a /x", NOTHING, id="from an image"),
    pytest.param("COPY --from= a /x", ("a",), id="from nothing is from the context"),
    pytest.param("RUN --mount=type=bind,target=/src ls", EVERYTHING, id="a bind mount without a source"),
    pytest.param("RUN --mount=target=/src,source=pkg ls", ("pkg",), id="a mount is a bind mount"),
    pytest.param("RUN --mount=dst=/src,src=./a/../pkg ls", ("pkg",), id="short keys, and a path to clean"),
    pytest.param("RUN --mount=type=bind,from=img,source=a,target=/m ls", NOTHING, id="a bind mount of an image"),
    pytest.param("RUN --mount=type=cache,target=/t ls\nCOPY a /x", ("a",), id="a cache mount"),
    pytest.param("RUN --mount=type=tmpfs,target=/t ls\nCOPY a /x", EVERYTHING, id="a tmpfs mount beside a COPY"),
    pytest.param("RUN --mount=type=tmpfs,target=/t ls", NOTHING, id="a tmpfs mount alone"),
    pytest.param("RUN --mount=type=secret,id=a ls\nRUN --mount=type=ssh ls", NOTHING, id="secrets and ssh"),
    pytest.param("RUN --mount=type=bind,source=naïve,target=/m ls", ("naÃ¯ve",), id="a mount is read byte by byte"),
    pytest.param("RUN ls", NOTHING, id="a command"),
    pytest.param("LABEL a=b\nENV c=d\nCMD e", NOTHING, id="no instruction that reads"),
]


@pytest.mark.parametrize(("fragment", "expected"), FRAGMENTS)
def test_what_an_instruction_asks_for(fragment: str, expected: Paths) -> None:
    assert paths(f"FROM scratch\n{fragment}\n") == expected


VARIABLES = [
    pytest.param("FROM scratch\nENV D=env\nCOPY $D /x", {}, "env", id="ENV"),
    pytest.param("FROM scratch\nARG D=arg\nCOPY $D /x", {}, "arg", id="the default of ARG"),
    pytest.param("FROM scratch\nARG D=arg\nCOPY $D /x", {"D": "ba"}, "ba", id="a build argument"),
    pytest.param("FROM scratch\nARG D\nCOPY $D /x", {"D": "ba"}, "ba", id="one for an ARG without a default"),
    pytest.param("FROM scratch\nCOPY a$D /x", {"D": "ba"}, "a", id="none without an ARG"),
    pytest.param("FROM scratch\nCOPY a$D /x\nARG D=d", {}, "a", id="an ARG that comes later"),
    pytest.param("FROM scratch\nENV D=env\nARG D=arg\nCOPY $D /x", {}, "arg", id="ARG behind ENV"),
    pytest.param("FROM scratch\nENV D=env\nARG D\nCOPY $D /x", {}, "env", id="but not one without a value"),
    pytest.param("FROM scratch\nARG D\nENV D=env\nCOPY $D /x", {"D": "ba"}, "env", id="ENV behind ARG"),
    pytest.param("FROM scratch\nENV D=a\nENV D=b\nCOPY $D /x", {}, "b", id="ENV behind ENV"),
    pytest.param("ARG D=g\nFROM scratch\nCOPY f$D /x", {}, "f", id="a global ARG is not seen in a stage"),
    pytest.param("ARG D=g\nFROM scratch\nARG D\nCOPY $D /x", {}, "g", id="until it is declared there"),
    pytest.param("ARG D=g\nFROM scratch\nARG D=s\nCOPY $D /x", {}, "s", id="with a default of its own"),
    pytest.param("ARG D=g\nFROM scratch\nARG D\nCOPY $D /x", {"D": "ba"}, "ba", id="a build argument is first"),
    pytest.param("ARG A=a\nARG D=$A/d\nFROM scratch\nARG D\nCOPY $D /x", {}, "a/d", id="globals see globals"),
    pytest.param("ARG A=a\nFROM scratch\nARG D=d$A\nCOPY $D /x", {}, "d", id="a stage's default does not"),
    pytest.param("FROM scratch\nARG A=a D=$A/d\nCOPY $D /x", {}, "a/d", id="one ARG after the other"),
    pytest.param("FROM scratch\nENV A=a\nENV A=b D=$A\nCOPY $D /x", {}, "a", id="one ENV all at once"),
    pytest.param("FROM scratch\nENV A=D\nENV $A=d\nCOPY $D /x", {}, "d", id="a name that is a variable"),
    pytest.param("FROM scratch\nENV D a  b\nCOPY $D /x", {}, "a  b", id="the old form of ENV"),
    pytest.param("FROM scratch\nENV D='$A'\nCOPY $D /x", {}, "$A", id="a value is expanded once"),
    pytest.param("FROM scratch\nCOPY bin-$TARGETARCH /x", {}, "bin-", id="a platform's argument without ARG"),
    pytest.param("FROM scratch\nARG TARGETARCH\nCOPY bin-$TARGETARCH /x", {}, "bin-amd64", id="with ARG"),
    pytest.param("FROM scratch\nARG TARGETARCH=x\nCOPY $TARGETARCH /x", {}, "x", id="with a default of its own"),
    pytest.param(
        "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /x", {"TARGETARCH": "ba"}, "ba", id="a build argument"
    ),
    pytest.param("FROM scratch\nARG TARGETPLATFORM\nCOPY $TARGETPLATFORM /x", {}, "linux/amd64", id="TARGETPLATFORM"),
    pytest.param("FROM scratch\nARG TARGETSTAGE\nCOPY $TARGETSTAGE /x", {}, "default", id="TARGETSTAGE of no name"),
    pytest.param("FROM scratch AS Fin\nARG TARGETSTAGE\nCOPY $TARGETSTAGE /x", {}, "fin", id="TARGETSTAGE"),
    pytest.param("FROM scratch\nCOPY a$HTTP_PROXY /x", {"HTTP_PROXY": "p"}, "a", id="a proxy is not seen without ARG"),
    pytest.param("FROM scratch\nARG HTTP_PROXY\nCOPY $HTTP_PROXY /x", {"HTTP_PROXY": "p"}, "p", id="a proxy with ARG"),
    pytest.param("FROM scratch\nCOPY a${PATH+set} /x", {}, "aset", id="PATH is always set"),
    pytest.param("FROM scratch AS a\nENV D=d\nFROM a\nCOPY $D /x", {}, "d", id="ENV of the base stage"),
    pytest.param("FROM scratch AS a\nARG D=d\nFROM a\nCOPY $D /x", {}, "d", id="ARG of the base stage"),
    pytest.param("FROM scratch AS a\nARG D=d\nFROM a AS b\nFROM b\nCOPY $D /x", {}, "d", id="ARG of its base"),
    pytest.param("FROM scratch AS a\nENV D=e\nARG D=d\nCOPY $D /x", {}, "d", id="in the stage itself ARG is last"),
    pytest.param("FROM scratch AS a\nENV D=e\nARG D=d\nFROM a\nCOPY $D /x", {}, "e", id="below it ENV is"),
    pytest.param("FROM scratch AS a\nENV D=e\nFROM scratch\nCOPY a$D /x", {}, "a", id="ENV of another stage"),
    pytest.param("FROM scratch\nARG M=d\nRUN --mount=source=$M,target=/m ls", {"M": "a/b"}, "a/b", id="in a mount"),
    pytest.param("# escape=`\nFROM scratch\nCOPY c`*d /x/", {}, "c*d", id="the other escape character"),
]


@pytest.mark.parametrize(("text", "build_args", "path"), VARIABLES)
def test_what_a_variable_holds(text: str, build_args: Mapping[str, str], path: str) -> None:
    assert paths(text, build_args=build_args) == (path,)


PLATFORMS = [
    pytest.param("linux/amd64", "linux/amd64 linux amd64 ", id="the default"),
    pytest.param("linux/arm64", "linux/arm64 linux arm64 ", id="arm64"),
    pytest.param("linux/arm64/v8", "linux/arm64 linux arm64 ", id="v8 goes without saying"),
    pytest.param("linux/aarch64", "linux/arm64 linux arm64 ", id="an alias"),
    pytest.param("linux/arm", "linux/arm/v7 linux arm v7", id="v7 does not"),
    pytest.param("linux/arm/6", "linux/arm/v6 linux arm v6", id="a bare variant"),
    pytest.param("arm64", "linux/arm64 linux arm64 ", id="an architecture"),
    pytest.param("LINUX/X86_64", "linux/amd64 linux amd64 ", id="upper case"),
]


@pytest.mark.parametrize(("platform", "values"), PLATFORMS)
def test_platform_arguments(platform: str, values: str) -> None:
    args = "ARG TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT"
    text = f'FROM scratch\n{args}\nCOPY ["$TARGETPLATFORM $TARGETOS $TARGETARCH $TARGETVARIANT", "/x"]'
    assert paths(text, platform=platform) == (values,)


REACHED = [
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM scratch\nCOPY b /", None, ("b",), id="an unused stage"),
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM a\nCOPY b /", None, ("a", "b"), id="a base stage"),
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM A\nCOPY b /", None, "refused", id="FROM needs the exact name"),
    pytest.param("FROM scratch AS A\nCOPY a /\nFROM a\nCOPY b /", None, ("a", "b"), id="which is lower case"),
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM scratch\nCOPY --from=A / /", None, ("a",), id="a copy in any case"),
    pytest.param("FROM scratch\nCOPY a /\nFROM scratch\nCOPY --from=0 / /", None, ("a",), id="a copy by index"),
    pytest.param("FROM scratch\nCOPY a /\nFROM scratch\nCOPY --from=+00 / /", None, ("a",), id="any integer"),
    pytest.param("FROM scratch\nCOPY a /\nFROM 0\nCOPY b /", None, ("b",), id="FROM by index is an image"),
    pytest.param(
        "FROM scratch AS a\nCOPY a /\nFROM scratch\nRUN --mount=from=a,target=/m ls", None, ("a",), id="a mount by name"
    ),
    pytest.param(
        "FROM scratch\nCOPY a /\nFROM scratch\nRUN --mount=from=0,target=/m ls",
        None,
        NOTHING,
        id="a mount by index is not",
    ),
    pytest.param(
        "FROM scratch AS a\nCOPY a /\nFROM a AS b\nFROM scratch AS c\nCOPY --from=b / /\nFROM scratch\n"
        "RUN --mount=type=cache,from=c,target=/m ls",
        None,
        ("a",),
        id="a chain of all three",
    ),
    pytest.param(
        "FROM scratch AS a\nCOPY a b /\nFROM scratch\nCOPY --from=a /a /", None, ("a", "b"), id="all of a stage counts"
    ),
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM scratch AS b\nCOPY b /", "a", ("a",), id="a target"),
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM scratch AS b\nCOPY b /", "A", ("a",), id="in any case"),
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM scratch AS b\nCOPY b /", "0", "refused", id="a number is no index"),
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM scratch AS b\nCOPY b /", "c", "refused", id="no such target"),
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM scratch AS b\nCOPY b /", "", ("b",), id="an empty target"),
    pytest.param("FROM scratch AS a\nCOPY a /\nFROM scratch AS a\nCOPY b /", "a", ("b",), id="the last of a name"),
    pytest.param(
        "ARG V=a\nFROM scratch AS s-a\nCOPY a /\nFROM scratch AS s-b\nCOPY b /\nFROM s-$V",
        None,
        ("a",),
        id="a variable",
    ),
    pytest.param(
        "FROM scratch AS a\nCOPY a /\nFROM scratch\nRUN --mount=type=tmpfs,from=a,target=/m ls\nCOPY b /",
        None,
        ("a", "b"),
        id="a stage that only a tmpfs names is reached",
    ),
    pytest.param(
        "FROM scratch AS a\nCOPY a /\nFROM scratch\nRUN --mount=type=tmpfs,from=a,target=/m ls",
        None,
        NOTHING,
        id="but nothing of it is needed",
    ),
    pytest.param(
        "FROM scratch AS a\nCOPY a /\nFROM scratch\nCOPY --from=a <<E /x\nE", None, NOTHING, id="nor for a heredoc"
    ),
    pytest.param(
        "FROM scratch AS a\nONBUILD COPY b /\nFROM a\nCOPY c /", None, ("b", "c"), id="a trigger of the base stage"
    ),
    pytest.param("FROM scratch AS a\nONBUILD COPY b /\nCOPY c /", None, ("c",), id="not in the stage itself"),
    pytest.param("FROM scratch AS a\nONBUILD COPY b /\nFROM a AS c\nFROM c", None, ("b",), id="once, not twice"),
    pytest.param("FROM scratch AS a\nONBUILD ENV D=d\nFROM a\nCOPY $D /", None, ("d",), id="it comes before the rest"),
    pytest.param(
        "FROM scratch AS a\nONBUILD COPY $D /\nFROM a\nENV D=d", None, EVERYTHING, id="so it sees nothing of it"
    ),
    pytest.param(
        "FROM scratch AS a\nONBUILD COPY --from=b / /\nFROM scratch AS b\nCOPY c /\nFROM a",
        None,
        ("c",),
        id="it links stages",
    ),
    pytest.param("FROM scratch AS a\nONBUILD COPY <<E b /\nx\nE\nFROM a", None, ("b",), id="a heredoc in a trigger"),
    pytest.param("FROM scratch AS a\nONBUILD FOO\nFROM scratch", None, NOTHING, id="a wrong trigger that is not used"),
    pytest.param("FROM scratch AS a\nONBUILD FOO\nFROM a", None, "refused", id="a wrong trigger that is used"),
    pytest.param("FROM a AS scratch\nCOPY b /\nFROM scratch", None, ("b",), id="a stage called scratch"),
    pytest.param(
        "FROM scratch AS a\nCOPY --from=img / /\nFROM scratch\nCOPY --from=2 / /",
        None,
        NOTHING,
        id="images have an index too",
    ),
]


@pytest.mark.parametrize(("text", "target", "expected"), REACHED)
def test_which_stages_count(text: str, target: str | None, expected: Paths | str) -> None:
    if expected == "refused":
        assert refusal(text, target=target).what
    else:
        assert paths(text, target=target) == expected


def test_stages() -> None:
    found = asked(
        "ARG V=3\nFROM --platform=$BUILDPLATFORM alpine:$V AS Build\nFROM scratch AS unused\n"
        "FROM --platform=linux/arm64 a AS b\nFROM b AS c\nFROM c\nCOPY --from=build / /\n",
        platform="linux/amd64",
    )
    assert found.stages == (
        Stage(0, "build", "alpine:3", 2, reachable=True, final=False, platform="linux/amd64"),
        Stage(1, "unused", "scratch", 3, reachable=False, final=False, platform="linux/amd64"),
        Stage(2, "b", "a", 4, reachable=True, final=True, platform="linux/arm64"),
        Stage(3, "c", "b", 5, reachable=True, final=True, platform="linux/arm64", parent=2),
        Stage(4, "", "c", 6, reachable=True, final=True, platform="linux/arm64", parent=3),
    )


def test_scratch_takes_the_target_s_platform() -> None:
    assert asked("FROM --platform=linux/arm64 scratch").stages[0].platform == "linux/amd64"


def use(path: str, source: str, line: int, **other: Any) -> Use:
    plain: dict[str, Any] = {
        "instruction": "COPY",
        "stage": "0",
        "stage_index": 0,
        "unset": (),
        "exclude": (),
        "parents": False,
        "context": "",
    }
    return Use(path, source, line, **plain | other)


def test_uses_are_in_the_order_of_the_file() -> None:
    text = (
        "FROM scratch AS one\nCOPY --exclude=*.md --exclude=x --parents ./b $U /x/\nADD a /y\n"
        "FROM scratch\nRUN --mount=source=c,target=/m ls\nCOPY --from=one /x /y\n"
    )
    one = {"stage": "one", "exclude": ("*.md", "x"), "parents": True}
    assert asked(text).uses == (
        use("b", "./b", 2, **one),
        use("/", "$U", 2, **one, unset=("U",)),
        use("a", "a", 3, instruction="ADD", stage="one"),
        use("c", "c", 5, instruction="RUN", stage="1", stage_index=1),
    )


def test_a_trigger_s_use_is_at_its_own_line_and_of_the_stage_that_runs_it() -> None:
    assert asked("FROM scratch AS a\nONBUILD COPY b /\nFROM a AS c").uses == (
        use("b", "b", 2, stage="c", stage_index=1),
    )


@pytest.mark.parametrize(
    ("text", "unset"),
    [
        pytest.param("COPY $U /x", ("U",), id="unset"),
        pytest.param("COPY a$U$V /x", ("U", "V"), id="two of them"),
        pytest.param("COPY ${U:-d} /x", (), id="a default"),
        pytest.param("COPY ${U:-} /x", ("U",), id="an empty default"),
        pytest.param("ENV E=$U\nCOPY $E /x", ("U",), id="by way of another variable"),
        pytest.param("ARG A\nCOPY $A /x", ("A",), id="an ARG without a value"),
        pytest.param("ENV E=\nCOPY $E /x", (), id="set to nothing"),
        pytest.param("RUN --mount=source=$U,target=/m ls", ("U",), id="in a mount"),
    ],
)
def test_unset_variables_of_a_use(text: str, unset: tuple[str, ...]) -> None:
    assert asked(f"FROM scratch\n{text}").uses[0].unset == unset


def test_runs() -> None:
    text = (
        "FROM scratch AS unused\nRUN no\nFROM a AS b\nRUN --network=none one \\\n  two\nONBUILD RUN three\n"
        "RUN <<E cat <<-F\na\nE\n\tb\n\tF\nFROM b\n"
    )
    assert asked(text).runs == (
        (4, "RUN --network=none one   two", 1),
        (7, "RUN <<E cat <<-F\na\nE\n\tb\nF", 1),
        (6, "RUN three", 2),
    )


ONBUILD_OF_ALPINE = Unknown("ONBUILD of alpine", "f:1", "docker image inspect --format '{{.Config.OnBuild}}' alpine")


@pytest.mark.parametrize(
    ("text", "options", "unknowns"),
    [
        pytest.param("FROM scratch\nCOPY $U /x", {}, (), id="nothing about scratch"),
        pytest.param("FROM alpine\nCOPY a /x", {}, (ONBUILD_OF_ALPINE,), id="the triggers of an image"),
        pytest.param(
            "FROM alpine AS a\nFROM alpine\nCOPY --from=a b /", {}, (ONBUILD_OF_ALPINE,), id="once for each image"
        ),
        pytest.param("FROM alpine AS a\nFROM scratch", {}, (), id="not of a stage that is not reached"),
        pytest.param("FROM scratch\nCOPY --from=alpine a /", {}, (), id="not of an image that is only copied from"),
        pytest.param(
            "FROM alpine\nCOPY $HOME/a /x",
            {},
            (
                Unknown(
                    "HOME of COPY $HOME/a is not set here, alpine may set it",
                    "f:2",
                    "docker image inspect --format '{{.Config.Env}}' alpine",
                ),
                ONBUILD_OF_ALPINE,
            ),
            id="a variable that the image may set",
        ),
        pytest.param(
            "FROM scratch\nARG SRC\nCOPY $SRC /x",
            {},
            (Unknown("ARG SRC of COPY $SRC has no value", "f:3", "--build-arg SRC=…"),),
            id="an ARG without a value",
        ),
        pytest.param(
            "ARG N\nFROM scratch$N",
            {},
            (Unknown("ARG N of FROM scratch$N has no value", "f:2", "--build-arg N=…"),),
            id="one before FROM",
        ),
        pytest.param("FROM scratch\nARG SRC=a\nCOPY $SRC /x", {}, (), id="a default is a value"),
        pytest.param("FROM scratch\nARG SRC\nCOPY ${SRC:-a} /x", {}, (), id="so is a default on the spot"),
        pytest.param(
            "FROM scratch\nARG SRC\nCOPY $SRC /x", {"build_args": {"SRC": "a"}}, (), id="so is a build argument"
        ),
        pytest.param("# syntax=docker/dockerfile:1\nFROM scratch", {}, (), id="Docker's own frontend"),
        pytest.param(
            "# syntax=docker.io/docker/dockerfile-upstream:master\nFROM scratch", {}, (), id="Docker's newest frontend"
        ),
        pytest.param("# syntax=docker/dockerfile@sha256:" + "0" * 64 + "\nFROM scratch", {}, (), id="by its digest"),
        pytest.param(
            "# syntax=example.com/docker/dockerfile:1 arg\nFROM scratch",
            {},
            (
                Unknown(
                    "the frontend example.com/docker/dockerfile:1 arg may read this file otherwise",
                    "f:1",
                    "a build with that frontend",
                ),
            ),
            id="another frontend",
        ),
        pytest.param(
            "FROM scratch",
            {"build_args": {"BUILDKIT_SYNTAX": "other"}},
            (
                Unknown(
                    "the frontend ${BUILDKIT_SYNTAX} may read this file otherwise",
                    "--build-arg BUILDKIT_SYNTAX",
                    "a build with that frontend",
                ),
            ),
            id="another frontend as a build argument",
        ),
        pytest.param(
            "# syntax=other\nFROM scratch",
            {"build_args": {"BUILDKIT_SYNTAX": "docker/dockerfile"}},
            (),
            id="the build argument goes before the line",
        ),
        pytest.param(
            "FROM scratch",
            {"platform": "linux/arm64,linux/amd64"},
            (Unknown("only linux/arm64 of linux/arm64,linux/amd64 is looked at", "f", "an audit for each platform"),),
            id="several platforms",
        ),
        pytest.param(
            "FROM scratch\nARG BUILDKIT_SBOM_SCAN_CONTEXT=true",
            {},
            (
                Unknown(
                    "BUILDKIT_SBOM_SCAN_CONTEXT makes an SBOM scan read the whole context",
                    "f:1",
                    "whether the build has --sbom",
                ),
            ),
            id="an SBOM scan",
        ),
        pytest.param(
            "ARG BUILDKIT_SBOM_SCAN_CONTEXT=1\nFROM scratch\nARG BUILDKIT_SBOM_SCAN_CONTEXT=0",
            {},
            (),
            id="a stage that wants no scan",
        ),
        pytest.param("FROM alpine\nCOPY a${PATH+b} /x", {}, (ONBUILD_OF_ALPINE,), id="PATH is set anyhow"),
    ],
)
def test_unknowns(text: str, options: dict[str, Any], unknowns: tuple[Unknown, ...]) -> None:
    found = needs(parse(text.encode(), "f"), **options).unknowns
    assert [one for one in found if "PATH of" not in one.what] == list(unknowns)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param(
            "FROM alpine\nENV A=$B/x\nCOPY $A /y", "B of COPY $A is not set here, alpine may set it", id="by ENV"
        ),
        pytest.param(
            "FROM alpine\nARG A=$B\nCOPY x$A /y", "B of COPY x$A is not set here, alpine may set it", id="by ARG"
        ),
        pytest.param(
            "FROM alpine\nCOPY ${A:-b} /y", "A of COPY ${A:-b} is not set here, alpine may set it", id="a default"
        ),
        pytest.param(
            "FROM alpine AS a\nFROM a\nCOPY x$A /y",
            "A of COPY x$A is not set here, alpine may set it",
            id="in a stage below",
        ),
        pytest.param(
            "FROM alpine\nCOPY $PATH /y",
            "PATH of COPY $PATH is not set here, alpine may set it",
            id="a PATH that the image may set",
        ),
        pytest.param(
            "FROM alpine\nRUN --mount=source=x$A,target=/m y",
            "A of RUN x$A is not set here, alpine may set it",
            id="a mount",
        ),
        pytest.param(
            "ARG BUILDKIT_SBOM_SCAN_CONTEXT=base,fin\nFROM scratch AS fin",
            "BUILDKIT_SBOM_SCAN_CONTEXT makes an SBOM scan read the whole context",
            id="a scan by the stage's name",
        ),
    ],
)
def test_doubts_follow_a_value(text: str, what: str) -> None:
    assert doubts(text) == [what]


NAMED = [
    pytest.param("FROM bb\nCOPY a /", ("a",), [("/", "FROM")], id="as a base that is the target"),
    pytest.param(
        "FROM bb AS a\nRUN ls\nFROM scratch\nCOPY --from=a x /", NOTHING, [("/", "RUN"), ("x", "COPY")], id="a RUN"
    ),
    pytest.param("FROM scratch\nCOPY --from=bb x/../y /", NOTHING, [("y", "COPY")], id="copied from"),
    pytest.param("FROM scratch\nRUN --mount=from=bb,target=/m ls", NOTHING, [("/", "RUN")], id="mounted"),
    pytest.param(
        "FROM docker.io/library/bb:latest AS a\nFROM scratch\nCOPY --from=a x /",
        NOTHING,
        [("x", "COPY")],
        id="a long name of it",
    ),
    pytest.param("FROM bb:1 AS a\nFROM scratch\nCOPY --from=a x /", NOTHING, [], id="another tag"),
    pytest.param(
        "FROM scratch AS bb\nCOPY a /\nFROM bb", NOTHING, [("/", "FROM")], id="a stage of that name is replaced"
    ),
    pytest.param("FROM scratch AS bb\nCOPY a /", NOTHING, [("/", "FROM")], id="so is the target"),
    pytest.param(
        "FROM scratch AS bb\nCOPY a /\nFROM scratch\nCOPY --from=bb x /", NOTHING, [("x", "COPY")], id="a copy of it"
    ),
    pytest.param(
        "FROM scratch AS a\nCOPY b /\nFROM scratch AS bb\nCOPY --from=a / /\nFROM bb\nCOPY c /",
        ("b", "c"),
        [("/", "FROM")],
        id="but what a replaced stage copies from is reached",
    ),
    pytest.param("FROM scratch AS bb\nONBUILD COPY b /\nFROM bb", ("b",), [("/", "FROM")], id="and its triggers run"),
]


@pytest.mark.parametrize(("text", "main", "named"), NAMED)
def test_named_contexts(text: str, main: Paths, named: list[tuple[str, str]]) -> None:
    found = asked(text, build_contexts={"bb": "./dir"})
    assert found.follow_paths == main
    assert [(one.path, one.instruction) for one in found.uses if one.context] == named


def test_a_replaced_stage_is_not_reachable() -> None:
    stages = asked("FROM scratch AS bb\nFROM bb", build_contexts={"bb": "./dir"}).stages
    assert [(stage.reachable, stage.final) for stage in stages] == [(False, False), (True, True)]


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        pytest.param({"docker.io/library/BB:latest": "x"}, "refused", id="upper case"),
        pytest.param({"docker.io/library/bb": "x"}, ["docker.io/library/bb"], id="a long name"),
        pytest.param({"bb::linux/amd64": "x", "bb": "y"}, ["bb::linux/amd64"], id="the platform's own goes first"),
        pytest.param({"bb::linux/arm64": "x"}, [], id="another platform's does not count"),
    ],
)
def test_names_of_contexts(contexts: dict[str, str], expected: list[str] | str) -> None:
    text = "FROM scratch\nCOPY --from=bb x /"
    if expected == "refused":
        assert refusal(text, build_contexts=contexts).what.startswith(
            "invalid context name docker.io/library/BB:latest"
        )
    else:
        assert [one.context for one in asked(text, build_contexts=contexts).uses] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("./dir", [], id="a directory"),
        pytest.param("https://h/r.git", [], id="a repository"),
        pytest.param("docker-image://scratch", [], id="scratch"),
        pytest.param("docker-image://x", ["ONBUILD of docker-image://x"], id="an image"),
        pytest.param("target:x", [], id="another build, which is looked at by itself"),
        pytest.param("oci-layout://x", ["ONBUILD of oci-layout://x"], id="a layout"),
    ],
)
def test_an_image_as_a_named_context_has_triggers(value: str, expected: list[str]) -> None:
    found = asked("FROM bb", build_contexts={"bb": value}).unknowns
    assert [unknown.what for unknown in found] == expected


REFUSED = [
    pytest.param("FROM $U", "base name ($U) should not be blank", 1, id="an empty base"),
    pytest.param(
        "FROM Foo",
        'failed to parse stage name "Foo": invalid reference format: repository name (library/Foo) must be lowercase',
        1,
        id="an upper case image",
    ),
    pytest.param(
        "FROM a:\nFROM scratch", 'failed to parse stage name "a:": invalid reference format', 1, id="unreached too"
    ),
    pytest.param("FROM --platform=$U a", "empty platform value from expression $U", 1, id="an empty platform"),
    pytest.param(
        "FROM a AS b-", "invalid context name b-: invalid reference format", 1, id="a stage's name is an image's"
    ),
    pytest.param("ARG A=${\nFROM scratch", "failed to process \"${\": syntax error: missing '}'", 1, id="a global ARG"),
    pytest.param("FROM scratch\nCOPY --from=9 a /", "invalid stage index 9", 2, id="no such index"),
    pytest.param("FROM scratch\nCOPY --from=-1 a /", "invalid stage index -1", 2, id="a negative index"),
    pytest.param(
        "FROM scratch\nCOPY --from=$a b /",
        "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a "
        "workaround",
        2,
        id="a variable in --from",
    ),
    pytest.param(
        "FROM scratch AS a\nCOPY --from=a b /", "circular dependency detected on stage: a", 2, id="a copy of oneself"
    ),
    pytest.param(
        "FROM scratch AS a\nCOPY --from=b c /\nFROM scratch AS b\nCOPY --from=a c /",
        "circular dependency detected on stage: a",
        4,
        id="a circle of copies",
    ),
    pytest.param(
        "FROM scratch AS a\nCOPY --from=b c /\nFROM scratch AS b\nFROM a",
        'cannot copy from stage "b", it needs to be defined before current stage "a"',
        2,
        id="a copy of a later stage",
    ),
    pytest.param(
        "FROM scratch AS a\nRUN --mount=from=b,target=/m c\nFROM scratch AS b\nFROM a",
        'cannot mount from stage "b" to "/m", stage needs to be defined before current command',
        2,
        id="a mount of a later stage",
    ),
    pytest.param(
        "FROM scratch\nCOPY $a${ b /", "failed to process \"$a${\": syntax error: missing '}'", 2, id="a source"
    ),
    pytest.param(
        "FROM scratch\nCOPY a ${b /",
        'failed to process "${b": unsupported modifier (�) in substitution',
        2,
        id="a source behind another",
    ),
    pytest.param(
        "FROM scratch\nCOPY <<E /\n${a\nE",
        'failed to process "${a\\n": unsupported modifier (\n) in substitution',
        2,
        id="the body of a heredoc",
    ),
    pytest.param(
        "FROM scratch\nLABEL a=${", "failed to process \"${\": syntax error: missing '}'", 2, id="any other value"
    ),
    pytest.param(
        "FROM scratch\nENV a=${b:?}",
        'failed to process "${b:?}": b: is not allowed to be unset',
        2,
        id="a variable that must be set",
    ),
    pytest.param("FROM scratch\nUSER a${", "failed to process \"a${\": syntax error: missing '}'", 2, id="a user"),
    pytest.param(
        "FROM --platform=a/b/c/d a",
        'failed to parse platform a/b/c/d: "a/b/c/d": cannot parse platform specifier',
        1,
        id="a wrong platform",
    ),
    pytest.param("FROM scratch\nVOLUME $a", "VOLUME specified can not be an empty string", 2, id="an empty volume"),
    pytest.param("FROM scratch\nCOPY http://h/x /", "source can't be a URL for COPY", 2, id="COPY of a URL"),
    pytest.param("FROM scratch\nCOPY git@h:x /", "source can't be a git ref for COPY", 2, id="COPY of a repository"),
    pytest.param("FROM scratch\nADD git@h:x?y=z /", 'unexpected query "y"', 2, id="a query of git"),
    pytest.param(
        "FROM scratch\nCOPY github.com/a?b /", 'query "b" has no value', 2, id="a question mark behind github.com"
    ),
    pytest.param("FROM scratch\nADD git@h:x?ref=a&ref=b /", 'query "ref" has multiple values', 2, id="a query twice"),
    pytest.param(
        "FROM scratch\nADD --checksum=a b /", "checksum requires HTTP(S) or Git sources", 2, id="a checksum of a path"
    ),
    pytest.param(
        "FROM scratch\nADD --checksum=a http://b http://c /",
        "checksum can't be specified for multiple sources",
        2,
        id="one checksum of two",
    ),
    pytest.param("FROM scratch\nRUN --mount=source=a b", 'invalid mount target "/"', 2, id="a mount without a target"),
    pytest.param(
        "FROM a\nWORKDIR /w\nRUN --mount=target=.. b", 'invalid mount target "/"', 3, id="the root by a detour"
    ),
    pytest.param(
        "FROM scratch\nRUN --mount=type=ssh,source=a b", "ssh does not support source", 2, id="a source of ssh"
    ),
    pytest.param("FROM scratch\nRUN --mount=type=$a b", 'unsupported mount type ""', 2, id="an empty type"),
]


@pytest.mark.parametrize(("text", "what", "line"), REFUSED)
def test_refused(text: str, what: str, line: int) -> None:
    error = refusal(text)
    assert (error.what, error.where) == (what, f"Dockerfile:{line}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("FROM scratch\nCOPY $a${ b /\nFROM scratch", id="a variable in a stage that is not reached"),
        pytest.param("FROM a\nRUN --mount=source=b,target=rel c", id="a relative target where the image has a say"),
        pytest.param("FROM scratch\nWORKDIR w\nRUN --mount=source=b,target=rel c", id="a relative target"),
        pytest.param("FROM scratch\nARG A=${b\nFROM scratch", id="a default in a stage that is not reached"),
        pytest.param('FROM scratch\nARG A=a$\nCMD ${\nSHELL ["${"]', id="instructions that expand nothing"),
    ],
)
def test_not_refused(text: str) -> None:
    assert asked(text).stages


def test_a_missing_target_names_those_there_are() -> None:
    error = refusal("FROM scratch AS build\nFROM scratch AS test", target="biuld")
    assert (error.what, error.fix) == ('target stage "biuld" could not be found', "did you mean build?")


def test_a_platform_that_is_none() -> None:
    assert refusal("FROM scratch", platform="a/b/c/d").what.startswith("failed to parse target platform a/b/c/d")


def test_an_error_shows_the_word() -> None:
    assert str(refusal("FROM scratch\nCOPY a b${ /c\n")) == (
        "Dockerfile:2: failed to process \"b${\": syntax error: missing '}'\n    COPY a b${ /c\n             ^"
    )


def test_an_argument_that_the_base_needs_is_asked_for() -> None:
    error = refusal("ARG V\nFROM alpine:$V")
    assert (error.fix, error.argument) == ("give it a value: --build-arg V=…", "V")
