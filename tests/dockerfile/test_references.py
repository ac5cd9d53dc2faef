"""Names of images, platforms, repositories and frontends."""

from __future__ import annotations

import pytest

from ctxaudit.dockerfile import InvalidReference, familiar, git_fault, is_git, is_known_frontend, parse_platform

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("name", "short"),
    [
        pytest.param("alpine", "alpine", id="short"),
        pytest.param("alpine:latest", "alpine", id="latest goes without saying"),
        pytest.param("alpine:3", "alpine:3", id="another tag"),
        pytest.param("docker.io/library/alpine", "alpine", id="the hub's own"),
        pytest.param("index.docker.io/a/b", "a/b", id="the hub's old name"),
        pytest.param("docker.io/alpine", "alpine", id="the hub without library"),
        pytest.param("a/b:C", "a/b:C", id="a tag in upper case"),
        pytest.param("localhost/a", "localhost/a", id="localhost"),
        pytest.param("localhost:5000/a/b", "localhost:5000/a/b", id="a port"),
        pytest.param("Example.com/library/a", "Example.com/library/a", id="a registry in upper case"),
        pytest.param("[::1]:5000/a", "[::1]:5000/a", id="an address"),
        pytest.param(f"a@{DIGEST}", f"a@{DIGEST}", id="a digest"),
        pytest.param(f"a:latest@{DIGEST}", f"a:latest@{DIGEST}", id="a tag and a digest"),
        pytest.param("0", "0", id="a digit"),
        pytest.param("a__b-c--d.e", "a__b-c--d.e", id="what may divide a name"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert familiar(name) == short


@pytest.mark.parametrize(
    ("name", "what"),
    [
        pytest.param("", "invalid reference format", id="nothing"),
        pytest.param(
            "Foo", "invalid reference format: repository name (library/Foo) must be lowercase", id="upper case"
        ),
        pytest.param("a/Foo", "invalid reference format: repository name (a/Foo) must be lowercase", id="in its path"),
        pytest.param("a:", "invalid reference format", id="an empty tag"),
        pytest.param("a-", "invalid reference format", id="a dash at the end"),
        pytest.param("a..b", "invalid reference format", id="two dots"),
        pytest.param("a@sha256:0", "invalid reference format", id="a short digest"),
        pytest.param("a b", "invalid reference format", id="a space"),
        pytest.param("a\n", "invalid reference format", id="a newline"),
        pytest.param(
            "0" * 64,
            f"invalid repository name ({'0' * 64}), cannot specify 64-byte hexadecimal strings",
            id="what looks like an image's id",
        ),
        pytest.param("a" * 256, "repository name must not be more than 255 characters", id="a long name"),
    ],
)
def test_names_that_are_refused(name: str, what: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        familiar(name)
    assert str(caught.value) == what


@pytest.mark.parametrize(
    ("syntax", "known"),
    [
        pytest.param("docker/dockerfile", True, id="without a tag"),
        pytest.param("docker/dockerfile:1.7-labs", True, id="with a tag"),
        pytest.param("docker.io/docker/dockerfile:1", True, id="with the hub's name"),
        pytest.param("docker/dockerfile-upstream:master", True, id="the newest"),
        pytest.param(" docker/dockerfile:1 arg ", True, id="with an argument"),
        pytest.param(f"docker/dockerfile:1@{DIGEST}", True, id="with a digest"),
        pytest.param("docker/dockerfiles", False, id="a longer name"),
        pytest.param("example.com/docker/dockerfile", False, id="another registry"),
        pytest.param("", False, id="nothing"),
        pytest.param("Not An Image", False, id="no name of an image"),
    ],
)
def test_docker_s_own_frontend(syntax: str, known: bool) -> None:
    assert is_known_frontend(syntax) is known


@pytest.mark.parametrize(
    ("specifier", "shown"),
    [
        pytest.param("linux/amd64", "linux/amd64", id="the usual"),
        pytest.param("linux/amd64/v1", "linux/amd64", id="the first of a kind goes without saying"),
        pytest.param("linux/amd64/v3", "linux/amd64/v3", id="another does not"),
        pytest.param("linux/armhf", "linux/arm/v7", id="an old name"),
        pytest.param("linux/i386", "linux/386", id="another old name"),
        pytest.param("macos/arm64", "darwin/arm64", id="a system's other name"),
        pytest.param("windows", "windows/amd64", id="a system alone"),
        pytest.param("riscv64", "linux/riscv64", id="an architecture alone"),
        pytest.param("windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64", id="a version"),
    ],
)
def test_platforms(specifier: str, shown: str) -> None:
    assert str(parse_platform(specifier)) == shown


@pytest.mark.parametrize("specifier", ["", "a/b/c/d", "linux/", "foo", "linux/*", "li nux/amd64"])
def test_platforms_that_are_refused(specifier: str) -> None:
    with pytest.raises(InvalidReference):
        parse_platform(specifier)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("git@github.com:a/b.git", True, id="ssh in short"),
        pytest.param("a_b@h:", True, id="any user and host"),
        pytest.param("ssh://h/x", True, id="ssh"),
        pytest.param("git://h/x", True, id="git"),
        pytest.param("https://h/x.git#ref:dir", True, id="https that ends in .git"),
        pytest.param("HTTPS://h/x.git?ref=a", True, id="in upper case"),
        pytest.param("https://h/x", False, id="https"),
        pytest.param("https://h/x?a=.git", False, id="a query is no path"),
        pytest.param("https://[h/x.git", False, id="no address"),
        pytest.param("github.com/a/b", False, id="github.com without a scheme"),
        pytest.param("./git@h:x", False, id="a path that is one"),
        pytest.param("../git@h:x", False, id="one above"),
        pytest.param("a:b", False, id="a colon"),
        pytest.param("git@h:x\n", False, id="a newline"),
        pytest.param("ftp://h/x.git", False, id="another scheme"),
    ],
)
def test_repositories(source: str, expected: bool) -> None:
    assert is_git(source) is expected


@pytest.mark.parametrize(
    ("source", "what"),
    [
        pytest.param("a?b", None, id="a wildcard is no query"),
        pytest.param("git@h:x?ref=a&submodules&keep-git-dir=1#b?c", None, id="a good query"),
        pytest.param("git@h:x#b?c=d", None, id="a question mark in the fragment"),
        pytest.param("git@h:x?a=b", 'unexpected query "a"', id="an unknown key"),
        pytest.param("git@h:x?ref=", 'query "ref" has no value', id="no value"),
        pytest.param("git@h:x?ref=a&ref=b", 'query "ref" has multiple values', id="two values"),
        pytest.param("https://h/x.git?a=b", 'unexpected query "a"', id="by https"),
        pytest.param("https://h/x?a=b", None, id="a URL that is no repository"),
        pytest.param("github.com/a?b", 'query "b" has no value', id="github.com without a scheme"),
    ],
)
def test_queries(source: str, what: str | None) -> None:
    assert git_fault(source) == what
