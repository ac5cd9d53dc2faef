"""Which contexts are git URLs, and what they say, as BuildKit has it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ctxaudit.builds.context import GitUrl, git_url
from ctxaudit.dockerfile import is_git, is_remote
from ctxaudit.errors import CtxauditError

H = "https://h/r.git"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(H, GitUrl(H, H), id="https, ending in .git"),
        pytest.param(
            "http://h:8080/r.git", GitUrl("http://h:8080/r.git", "http://h:8080/r.git"), id="http, with a port"
        ),
        pytest.param("git://h/r", GitUrl("git://h/r", "git://h/r"), id="git's own protocol, with any path"),
        pytest.param("ssh://git@h/r", GitUrl("ssh://git@h/r", "ssh://git@h/r"), id="ssh keeps its user"),
        pytest.param("git@h:o/r.git", GitUrl("git@h:o/r.git", "git@h:o/r.git"), id="scp style"),
        pytest.param(
            "me@h:r#v1:d", GitUrl("me@h:r", "me@h:r#v1:d", ref="v1", subdir="d"), id="scp style with a fragment"
        ),
        pytest.param("github.com/o/r", GitUrl("https://github.com/o/r", "github.com/o/r"), id="the short form"),
        pytest.param(f"{H}#v1", GitUrl(H, f"{H}#v1", ref="v1"), id="a ref"),
        pytest.param(f"{H}#:sub/dir", GitUrl(H, f"{H}#:sub/dir", subdir="sub/dir"), id="a directory alone"),
        pytest.param(f"{H}#v1:/../../x", GitUrl(H, f"{H}#v1:/../../x", ref="v1", subdir="x"), id="none leaves the top"),
        pytest.param(f"{H}?tag=v1", GitUrl(H, f"{H}?tag=v1", ref="refs/tags/v1"), id="a tag"),
        pytest.param(f"{H}?branch=b", GitUrl(H, f"{H}?branch=b", ref="refs/heads/b"), id="a branch"),
        pytest.param(
            f"{H}?ref=a&subdir=s&checksum=AB12&submodules=0&keep-git-dir",
            GitUrl(
                H,
                f"{H}?ref=a&subdir=s&checksum=AB12&submodules=0&keep-git-dir",
                ref="a",
                subdir="s",
                checksum="ab12",
                keeps_git=True,
                submodules=False,
            ),
            id="all of a query",
        ),
        pytest.param(f"{H}?ref=a#a", GitUrl(H, f"{H}?ref=a#a", ref="a"), id="the same twice is no conflict"),
        pytest.param(
            "https://u:p%40@h/r.git",
            GitUrl(H, "https://xxxxx@h/r.git", "u:p%40"),
            id="credentials are kept apart and hidden",
        ),
        pytest.param("ssh://u:p@h/r", GitUrl("ssh://u@h/r", "ssh://u@h/r"), id="a password of ssh is dropped"),
    ],
)
def test_a_git_url(text: str, found: GitUrl) -> None:
    assert git_url(text) == found
    assert is_remote(text)


@pytest.mark.parametrize(
    ("text", "fetched"),
    [
        pytest.param(".", False, id="a directory"),
        pytest.param("./github.com/o/r", False, id="a directory that is written as one"),
        pytest.param("../r.git", False, id="a directory that ends in .git"),
        pytest.param("https://h/context.tar.gz", True, id="an archive"),
        pytest.param("https://h/x?y=.git", True, id=".git in the query alone"),
        pytest.param("file:///r.git", False, id="a file"),
        pytest.param("ext::sh -c true", False, id="a helper of git's"),
        pytest.param("git@-oProxyCommand=x:r", False, id="a host that is an option of ssh"),
        pytest.param("-", False, id="standard input"),
    ],
)
def test_no_git_url(text: str, fetched: bool) -> None:
    assert git_url(text) is None
    assert is_remote(text) is fetched


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(f"{H}#--upload-pack=x", 'invalid git ref "--upload-pack=x"', id="an option for a ref"),
        pytest.param(f"{H}?ref=-x", 'invalid git ref "-x"', id="an option in the query"),
        pytest.param(f"{H}?depth=1", 'unexpected query "depth"', id="an unknown key"),
        pytest.param(f"{H}?ref=", 'query "ref" has no value', id="no value"),
        pytest.param(f"{H}?ref=a&ref=b", 'query "ref" has multiple values', id="twice"),
        pytest.param(f"{H}?ref=a#b", 'ref conflicts: "b" vs "a"', id="against the fragment"),
        pytest.param(f"{H}?subdir=a#:b", 'subdir conflicts: "b" vs "a"', id="another directory"),
        pytest.param(f"{H}?tag=a&branch=a", "branch conflicts with tag", id="tag and branch"),
        pytest.param(f"{H}?tag=a&ref=b", 'ref conflicts: "b" vs "refs/tags/a"', id="tag and ref"),
        pytest.param(f"{H}?checksum=xyz", "invalid checksum xyz", id="no checksum"),
        pytest.param(
            f"{H}?mtime=now", 'invalid mtime value: "now" (must be "checkout" or "commit")', id="no time of files"
        ),
        pytest.param(f"{H}?fetch-by-commit=x", 'invalid fetch-by-commit value: "x"', id="another that is no switch"),
        pytest.param(f"{H}?submodules=maybe", 'invalid submodules value: "maybe"', id="no switch"),
        pytest.param("https://[h/r.git", "invalid context", id="no host"),
    ],
)
def test_what_buildkit_refuses_is_refused_in_its_words(text: str, said: str) -> None:
    with pytest.raises(CtxauditError) as caught:
        git_url(text)
    assert caught.value.what.startswith(said)


LETTERS = st.text(st.sampled_from("agithubcom@:/.#?&=-[]%\n "), max_size=20)
STARTS = st.sampled_from(("", "github.com/", "https://", "HTTP://h/r", "ssh://", "git@h", "../", "git://", "ext::"))


@given(STARTS, LETTERS, st.sampled_from(("", ".git", ".git#a:b", "?ref=x")))
def test_what_is_read_as_a_git_url_is_what_is_taken_for_one(start: str, inner: str, end: str) -> None:
    """The rule stands twice, as BuildKit has it: for sources of ADD, and for contexts with all that a URL says."""
    text = start + inner + end
    try:
        is_read = git_url(text) is not None
    except CtxauditError:
        assume("[" not in text and "]" not in text)  # no address at all
        is_read = True
    assert is_read == (is_git(text) or text.startswith("github.com/"))
