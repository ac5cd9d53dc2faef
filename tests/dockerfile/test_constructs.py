"""What people write, piece by piece and in combination; and that another instruction never asks for less."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import Needs, needs
from ctxaudit.errors import DockerfileError

HEADS = {
    "no directive": "",
    "a syntax line": "# syntax=docker/dockerfile:1.7-labs\n",
    "a syntax and a check line": "# syntax=docker/dockerfile:1\n# check=skip=all;error=true\n",
    "a license": "# Copyright\n#\n\n",
    "an ARG before FROM": "ARG REGISTRY=docker.io\nARG VERSION\n",
}
BASES = {
    "scratch": "FROM scratch",
    "an image with a tag": "FROM node:20-alpine AS app",
    "a variable with a default": "ARG TAG=3.12\nFROM python:${TAG}-slim",
    "the build platform": "FROM --platform=$BUILDPLATFORM golang:1.22 AS build",
    "a registry, a port and a digest": f"FROM localhost:5000/a/b@sha256:{'0' * 64} as base",
    "a stage of the file": "FROM alpine AS base\nWORKDIR /app\nFROM base",
    "a template": "FROM {{ image }}:{{ tag }}",
}
SOURCES = {
    "everything": ("COPY . .", None),
    "several files": ("COPY package.json yarn.lock ./", ("package.json", "yarn.lock")),
    "a wildcard": ("COPY package*.json ./", ("package*.json",)),
    "a wildcard in a directory": ("COPY ./src/**/*.py /app/", ("src/**/*.py",)),
    "a class": ("COPY [a-c]*.txt /x/", ("[a-c]*.txt",)),
    "a variable": ("ARG JAR=target/app.jar\nCOPY ${JAR} app.jar", ("target/app.jar",)),
    "a variable with a default on the spot": ("COPY ${CONF:-conf}/nginx.conf /etc/", ("conf/nginx.conf",)),
    "a variable from ENV": ("ENV DIR=web\nCOPY $DIR/ /srv/", ("web",)),
    "the target's architecture": ("ARG TARGETARCH\nCOPY bin/$TARGETARCH/tool /", ("bin/amd64/tool",)),
    "the JSON form": ('COPY ["a file", "./b", "/x/"]', ("a file", "b")),
    "JSON with single quotes": ("COPY ['a', '/x']", ("[a,",)),
    "the flags": ("COPY --chown=node:node --chmod=0755 --link docs/. /d", ("docs",)),
    "--parents": ("COPY --parents ./x/./*/go.mod go.work /w/", ("go.work", "x/*/go.mod")),
    "--exclude": ("COPY --exclude=**/*_test.go --exclude=.git cmd /cmd", ("cmd",)),
    "lines": ("COPY a \\\n    # the lock file\n    b \\\n\n    /x/", ("a", "b")),
    "a template": ("COPY {{ cookiecutter.slug }}/x /x", ("cookiecutter.slug", "{{", "}}/x")),
    "a template without spaces": ("COPY {{name}}/x /x", ("{{name}}/x",)),
    "an ADD": ("ADD rootfs.tar.gz /", ("rootfs.tar.gz",)),
    "an ADD of a URL": ("ADD --checksum=sha256:24454f830cdb https://example.com/x.tar /", ()),
    "a heredoc": ("COPY <<EOF /etc/x.conf\nkey=$VALUE\nEOF", ()),
    "two heredocs": ("COPY <<a.txt <<'b.txt' /etc/\n1\na.txt\n$2 ${\nb.txt", ()),
    "a script": ("RUN <<-'SH'\n\tset -eu\n\tcat <<X\n\tCOPY . .\n\tSH", ()),
    "a bind mount of a file": (
        "RUN --mount=type=bind,source=requirements.txt,target=/r.txt pip install -r /r.txt",
        ("requirements.txt",),
    ),
    "bind, cache and secret mounts": (
        "RUN --mount=type=cache,target=/root/.cache,sharing=locked --mount=type=secret,id=npmrc,required \\\n"
        "    --mount=type=bind,src=go.sum,dst=/w/go.sum,ro --mount=type=ssh go mod download",
        ("go.sum",),
    ),
    "a bind mount of everything": ("RUN --mount=target=/src,rw make", None),
    "nothing of the context": ('ENV A=1 B="two words"\nEXPOSE 80/tcp 443\nVOLUME /data', ()),
}
TAILS = {
    "no more": "",
    "a command": '\nUSER nobody\nENTRYPOINT ["/x"]\nCMD ["--help"]\n',
    "a health check": "\nHEALTHCHECK --interval=5m CMD curl -f http://localhost/ || exit 1\n",
}
REFUSED_BASE = "a template"
PIECES = list(product(HEADS, BASES, SOURCES, TAILS))


def dockerfile(head: str, base: str, source: str, tail: str, end: str = "\n") -> bytes:
    text = f"{HEADS[head]}{BASES[base]}\n{SOURCES[source][0]}\n{TAILS[tail]}"
    return text.replace("\n", end).encode()


def test_there_are_enough_of_them() -> None:
    assert len({dockerfile(*pieces) for pieces in PIECES}) == len(PIECES) >= 500


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("base", [base for base in BASES if base != REFUSED_BASE])
def test_a_construct_asks_for_the_same_wherever_it_stands(base: str, source: str) -> None:
    wrong = [
        (head, tail, end)
        for head, tail, end in product(HEADS, TAILS, ("\n", "\r\n"))
        if (found := needs(parse(dockerfile(head, base, source, tail, end)))).follow_paths != SOURCES[source][1]
        or found.requested is (SOURCES[source][1] == ())
    ]
    assert wrong == []


@pytest.mark.parametrize("source", SOURCES)
def test_a_template_is_no_base(source: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        parse(dockerfile("no directive", REFUSED_BASE, source, "no more"))
    error = caught.value
    assert (error.what, error.where) == ("FROM requires either one or three arguments", "Dockerfile:1")


PATHS = st.sampled_from([".", "/", "a", "a/b", "./a", "*", "**/*.py", "$D", "$U", "a$U", '"q"', "\\*", "..", "!a", "é"])
MOUNTS = st.builds(
    "type={},source={},target=/m".format,
    st.sampled_from(["bind", "cache", "tmpfs"]),
    PATHS.filter(lambda path: '"' not in path),
)
COPIES = st.builds(
    "{} {}{} /x/".format,
    st.sampled_from(["COPY", "ADD"]),
    st.sampled_from(["", "--link ", "--exclude=*.md ", "--chown=1 "]),
    st.lists(PATHS, min_size=1, max_size=3).map(" ".join),
)
FROM_STAGE = st.builds("COPY --from={} {} /x/".format, st.sampled_from(["base", "0", "img"]), PATHS)
MORE = COPIES | FROM_STAGE | MOUNTS.map("RUN --mount={} x".format)
OTHER = st.sampled_from(["ENV D=d", "ARG D=arg", "WORKDIR /w", "RUN x", "COPY <<E /x/\n$D\nE", "USER $U"])
FILES = st.builds(
    lambda base, body: "\n".join(["FROM scratch AS base", *base, "FROM alpine AS last", *body]),
    st.lists(MORE.filter(lambda line: "--from" not in line) | OTHER, max_size=3),
    st.lists(MORE | OTHER, max_size=4),
)


def asks_for_all_of(more: Needs, less: Needs) -> bool:
    if not less.requested:
        return set(less.uses) <= set(more.uses)
    if more.follow_paths is None or less.follow_paths is None:
        return more.follow_paths is None and more.requested
    return set(less.follow_paths) <= set(more.follow_paths) and more.requested


@given(text=FILES, line=MORE)
@example(text="FROM scratch\nCOPY a /x", line="RUN --mount=type=tmpfs,target=/t x")
@example(text="FROM scratch\nRUN --mount=type=tmpfs,target=/t x", line="COPY a /x")
@example(text="FROM scratch\nCOPY . /x", line="COPY --exclude=* a /x")
def test_another_instruction_never_asks_for_less(text: str, line: str) -> None:
    assert asks_for_all_of(needs(parse(f"{text}\n{line}\n".encode())), needs(parse(f"{text}\n".encode())))


@given(text=FILES)
def test_the_end_of_a_line_changes_nothing(text: str) -> None:
    unix, windows = (needs(parse(text.replace("\n", end).encode())) for end in ("\n", "\r\n"))
    assert (windows.requested, windows.follow_paths, windows.uses) == (unix.requested, unix.follow_paths, unix.uses)


@given(text=FILES)
def test_a_stage_that_nobody_needs_changes_nothing(text: str) -> None:
    alone, behind = (
        needs(parse(text.encode())),
        needs(parse(f"{text}\nFROM scratch\nCOPY . /\n".encode()), target="last"),
    )
    assert (behind.requested, behind.follow_paths, behind.uses) == (alone.requested, alone.follow_paths, alone.uses)
