"""What FROM, ARG and ENV may see of each other: semantics 4.4 and 4.5, rule by rule."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import needs
from ctxaudit.errors import DockerfileError


@pytest.mark.parametrize(
    ("text", "build_args", "base"),
    [
        pytest.param("ARG B=a\nFROM $B", {}, "a", id="a global ARG"),
        pytest.param("ARG B=a\nFROM $B", {"B": "b"}, "b", id="a build argument"),
        pytest.param("ARG B\nFROM ${B:-c}", {}, "c", id="a default on the spot"),
        pytest.param("ARG A=a\nARG B=${A}b\nFROM $B", {}, "ab", id="a default of another's value"),
        pytest.param("ARG B=a\nARG B=c\nFROM $B", {}, "c", id="the last of a name"),
        pytest.param("ARG B=a C=c\nFROM $B$C", {}, "ac", id="two on a line"),
        pytest.param("FROM img-$TARGETARCH", {}, "img-amd64", id="a platform's argument without ARG"),
        pytest.param("FROM img-$TARGETARCH", {"TARGETARCH": "ba"}, "img-ba", id="which a build argument overrides"),
        pytest.param("FROM img-$BUILDOS", {}, "img-linux", id="the builder's own"),
        pytest.param('ARG B="a"\nFROM $B', {}, "a", id="quotes are no part of a value"),
        pytest.param('FROM "a"', {}, "a", id="nor of a name"),
        pytest.param("FROM scratch AS a\nARG B=b\nFROM img$B", {}, "img", id="not the ARG of a stage"),
        pytest.param("FROM scratch AS a\nENV B=b\nFROM img$B", {}, "img", id="not the ENV of a stage"),
        pytest.param("ARG B=a\nFROM scratch\nARG B=b\nFROM $B", {}, "a", id="a stage's ARG changes no global one"),
        pytest.param("FROM img$B", {"B": "b"}, "img", id="not a build argument without ARG"),
    ],
)
def test_what_from_sees(text: str, build_args: Mapping[str, str], base: str) -> None:
    assert needs(parse(text.encode()), build_args=build_args).stages[-1].base == base


@pytest.mark.parametrize(
    ("text", "build_args", "platform"),
    [
        pytest.param("FROM a", {}, "linux/amd64", id="none is the target's"),
        pytest.param("FROM --platform=linux/arm64 a", {}, "linux/arm64", id="a platform"),
        pytest.param("FROM --platform=arm64 a", {}, "linux/arm64", id="a short one"),
        pytest.param("ARG P=linux/arm/v6\nFROM --platform=$P a", {}, "linux/arm/v6", id="a global ARG"),
        pytest.param("ARG P\nFROM --platform=$P a", {"P": "linux/s390x"}, "linux/s390x", id="a build argument"),
        pytest.param("FROM --platform=$BUILDPLATFORM a", {}, "linux/amd64", id="the builder's"),
        pytest.param("FROM --platform=arm64 a AS b\nFROM b", {}, "linux/arm64", id="that of the base stage"),
        pytest.param("FROM a AS b\nFROM --platform=arm64 b", {}, "linux/amd64", id="which FROM does not change"),
    ],
)
def test_the_platform_of_a_stage(text: str, build_args: Mapping[str, str], platform: str) -> None:
    assert needs(parse(text.encode()), build_args=build_args).stages[-1].platform == platform


ARM = "linux/arm64"


@pytest.mark.parametrize(
    ("lines", "platform", "build_args", "path", "guessed"),
    [
        pytest.param("ARG BUILDARCH\nCOPY b/$BUILDARCH /", ARM, {}, "b/amd64", ["BUILDARCH"], id="the builder's own"),
        pytest.param("ARG TARGETARCH\nCOPY b/$TARGETARCH /", ARM, {}, "b/arm64", [], id="the target's is known"),
        pytest.param("ARG BUILDARCH\nCOPY b/$BUILDARCH /", "linux/amd64", {}, "b/amd64", [], id="the usual one"),
        pytest.param(
            "ARG BUILDARCH\nCOPY b/$BUILDARCH /",
            ARM,
            {"BUILDARCH": "s390x"},
            "b/s390x",
            [],
            id="a build argument",
        ),
        pytest.param(
            "ARG BUILDPLATFORM\nENV P=$BUILDPLATFORM\nCOPY $P /",
            ARM,
            {},
            "linux/amd64",
            ["BUILDPLATFORM"],
            id="through another variable",
        ),
        pytest.param("ARG BUILDARCH\nCOPY a /", ARM, {}, "a", [], id="where nobody uses it, nothing is unknown"),
        pytest.param(
            "ARG BUILDOS\nRUN --mount=source=$BUILDOS,target=/m x", ARM, {}, "linux", ["BUILDOS"], id="in a mount"
        ),
    ],
)
def test_the_builder_s_own_platform_is_not_the_target_s(
    lines: str, platform: str, build_args: Mapping[str, str], path: str, guessed: list[str]
) -> None:
    text = f"FROM --platform=$BUILDPLATFORM scratch\n{lines}\n"
    found = needs(parse(text.encode()), platform=platform, build_args=build_args)
    assert [(use.path, use.needed) for use in found.uses] == [(path, not guessed)]
    assert [unknown.what.split()[0] for unknown in found.unknowns] == guessed


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        pytest.param("ARG D=a\nARG D=b", "b", id="ARG behind ARG"),
        pytest.param("ARG D=a\nARG D", "a", id="an ARG without a value unsets nothing"),
        pytest.param("ENV D=a\nENV D=${D}b", "ab", id="ENV sees itself"),
        pytest.param("ARG A=a\nENV D=$A", "a", id="ENV sees ARG"),
        pytest.param("ENV A=a\nARG D=$A", "a", id="ARG sees ENV"),
        pytest.param("ARG A=a D=$A", "a", id="the second of one ARG sees the first"),
        pytest.param("ARG D=a\nENV D=", "/", id="ENV of nothing is set"),
        pytest.param("ENV D=a#b", "a#b", id="a hash in a value"),
        pytest.param("ENV D='a b'", "a b", id="a space in quotes"),
        pytest.param("ENV D=a\\ b", "a b", id="an escaped space"),
        pytest.param('ENV D="a\\"b"', 'a"b', id="an escaped quote"),
        pytest.param("ENV D=../a", "a", id="a value that leaves the root"),
        pytest.param("ENV d=a D=b", "b", id="case counts"),
        pytest.param("LABEL D=a\nENV D=b", "b", id="LABEL sets nothing"),
        pytest.param("ARG TARGETVARIANT\nENV D=v$TARGETVARIANT", "v", id="a platform's empty argument"),
        pytest.param("ARG BUILDPLATFORM\nENV D=$BUILDPLATFORM", "linux/amd64", id="the builder's platform"),
        pytest.param("ARG TARGETSTAGE\nENV D=$TARGETSTAGE", "t", id="the target's name as it was given"),
    ],
)
def test_what_a_copy_sees(lines: str, path: str) -> None:
    found = needs(parse(f"FROM scratch AS t\n{lines}\nCOPY $D /x\nFROM scratch\n".encode()), target="t")
    assert [use.path for use in found.uses] == [path]


@pytest.mark.parametrize(
    ("fragment", "paths"),
    [
        pytest.param("COPY --exclude=$D a /x", ("a",), id="--exclude is not expanded, and may hold anything"),
        pytest.param("COPY --exclude=${ a /x", ("a",), id="not even looked at"),
        pytest.param("COPY --chown=$U a /x", ("a",), id="--chown is, and says nothing"),
        pytest.param("COPY <<'E' a /x/\n${\nE", ("a",), id="a quoted heredoc is not expanded"),
        pytest.param("RUN <<E\n${\nE\nCOPY a /x", ("a",), id="nor one that a shell reads"),
        pytest.param("RUN echo ${ ' \\\nCOPY\nCOPY a /x", ("a",), id="nor a command"),
        pytest.param("RUN --mount=type=$T,source=a,target=/m x", ("a",), id="a mount's type is"),
        pytest.param("RUN --mount=type=cache,id=$U,target=/m x\nCOPY a /x", ("a",), id="and its id"),
        pytest.param("RUN --mount=source=a,target=$U/m x", ("a",), id="and its target"),
        pytest.param("RUN --mount=source=$D/../a,target=/m x", ("a",), id="and its source"),
        pytest.param('RUN --mount=source=a,target=/m ["x", "$"]', ("a",), id="in front of the JSON form"),
        pytest.param("RUN '--mount=source=a,target=/m' x\nCOPY b /x", ("b",), id="a quoted flag is a command"),
        pytest.param('RUN --mount="source=a,target=/m" x', ("a",), id="a quoted value is a mount"),
        pytest.param('RUN --mount=\\"source=a,b\\",target=/m x', ("a,b",), id="a comma in quotes is a part of a path"),
        pytest.param("RUN x --mount=source=a,target=/m\nCOPY b /x", ("b",), id="behind the command it is no flag"),
    ],
)
def test_what_is_expanded(fragment: str, paths: tuple[str, ...]) -> None:
    assert needs(parse(f"FROM scratch\nENV D=d T=bind\n{fragment}\n".encode())).follow_paths == paths


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        pytest.param("FROM scratch AS a\nENV B=a\nFROM $B", "base name ($B) should not be blank", 3, id="FROM and ENV"),
        pytest.param("FROM $B", "base name ($B) should not be blank", 1, id="FROM and nothing"),
        pytest.param(
            "FROM scratch\nENV P=arm64\nFROM --platform=$P a",
            "empty platform value from expression $P",
            3,
            id="--platform and ENV",
        ),
        pytest.param(
            "FROM scratch\nRUN --mount=type=nope,target=/m x", 'unsupported mount type "nope"', 2, id="a mount's type"
        ),
        pytest.param(
            "FROM scratch\nCOPY 'a b /x",
            'failed to process "\'a": unexpected end of statement while looking for matching single-quote',
            2,
            id="a quote that is open",
        ),
        pytest.param(
            'FROM scratch\nENV A="b',
            'failed to process "\\"b": unexpected end of statement while looking for matching double-quote',
            2,
            id="one in ENV",
        ),
        pytest.param(
            "FROM scratch\nARG A\nCOPY ${A:?say which} /x",
            "failed to process \"${A:?say\": syntax error: missing '}'",
            3,
            id="a message with a space, which divides the word",
        ),
        pytest.param(
            'FROM scratch\nARG A\nCOPY ["${A:?say which}", "/x"]',
            'failed to process "${A:?say which}": A: say which',
            3,
            id="but not in JSON",
        ),
    ],
)
def test_refused(text: str, what: str, line: int) -> None:
    with pytest.raises(DockerfileError) as caught:
        needs(parse(text.encode(), "f"))
    assert (caught.value.what, caught.value.where) == (what, f"f:{line}")


def unknown_in(text: str, build_args: Mapping[str, str | None]) -> tuple[list[tuple[str, tuple[str, ...]]], list[str]]:
    found = needs(parse(text.encode()), build_args=build_args)
    return [(use.path, use.unknown) for use in found.uses], [one.what for one in found.unknowns]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        pytest.param("COPY $D /x", "/", id="all of a source"),
        pytest.param("COPY svc/$D /x", "svc", id="the end of it"),
        pytest.param("COPY svc/$D/src /x", "svc", id="the middle of it"),
        pytest.param("COPY svc/a-${D}.jar /x", "svc", id="a part of a name"),
        pytest.param("COPY ${D:-a} /x", "/", id="with a default on the spot"),
        pytest.param("ENV E=b/$D\nCOPY a/$E /x", "a", id="by way of an ENV"),
        pytest.param("RUN --mount=source=svc/$D,target=/x true", "svc", id="the source of a mount"),
    ],
)
@pytest.mark.parametrize("declaration", ["ARG D", "ARG D=default"])
def test_a_source_with_an_unknown_argument_ends_at_the_directory_above_it(
    line: str, path: str, declaration: str
) -> None:
    uses, said = unknown_in(f"FROM scratch\n{declaration}\n{line}\n", {"D": None})
    assert uses == [(path, ("D",))]
    assert len(said) == 1 and said[0].startswith("ARG D of ") and said[0].endswith(": its value is an expression")


@pytest.mark.parametrize(
    ("text", "base"),
    [
        pytest.param("ARG B\nFROM $B", "$B", id="all of a name"),
        pytest.param("ARG B\nFROM node:${B}", "node:${B}", id="its tag"),
        pytest.param("ARG B=node\nFROM $B", "node", id="its default is what it is taken for"),
        pytest.param("ARG B=a\nFROM x AS a\nFROM x AS b\nFROM $B", "a", id="a stage by its default"),
    ],
)
def test_a_base_with_an_unknown_argument_is_no_error(text: str, base: str) -> None:
    found = needs(parse(f"{text}\nCOPY a /a".encode()), build_args={"B": None})
    assert (found.stages[-1].base, [use.path for use in found.uses]) == (base, ["a"])
    assert f"ARG B of FROM {text.rpartition(' ')[2]}: its value is an expression" in [
        one.what for one in found.unknowns
    ]


def test_an_unknown_platform_is_the_target_s() -> None:
    found = needs(parse(b"ARG P\nFROM --platform=$P a\n"), build_args={"P": None})
    assert found.stages[-1].platform == "linux/amd64"


def test_an_unknown_argument_that_nobody_declares_says_nothing() -> None:
    assert unknown_in("FROM scratch\nCOPY a /a\n", {"D": None}) == ([("a", ())], [])


def test_a_remote_source_with_an_unknown_argument_stays_remote() -> None:
    uses, _ = unknown_in("FROM scratch\nARG V=1\nADD https://example.org/$V /x\n", {"V": None})
    assert uses == []
