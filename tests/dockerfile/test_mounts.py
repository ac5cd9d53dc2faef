"""The values of `RUN --mount`."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from ctxaudit.dockerfile import Value
from ctxaudit.dockerfile.checks import Mount, is_csv, mount_fault, read_mount, written_origin
from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import needs
from ctxaudit.errors import DockerfileError


def expand(word: str) -> Value:
    return Value(word.replace("$v", "value").replace("$u", ""))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("target=/x", Mount("bind", "", "", "/x", "/x"), id="bind is the default"),
        pytest.param("type=CACHE,dst=/x", Mount("cache", "", "", "/x", "/x"), id="a type in any case"),
        pytest.param("TARGET=/x", Mount("bind", "", "", "/x", "/x"), id="a key in any case"),
        pytest.param("source=a,target=b", Mount("bind", "", "a", "b", "b"), id="a source and a target"),
        pytest.param("src=a,destination=b", Mount("bind", "", "a", "b", "b"), id="their other names"),
        pytest.param("source=$v,target=$v", Mount("bind", "", "$v", "value", "value"), id="a source stays as written"),
        pytest.param("from=s,target=/x", Mount("bind", "s", "", "/x", "/x"), id="a stage"),
        pytest.param("type=tmpfs,size=10m,target=/x", Mount("tmpfs", "", "", "/x", "/x"), id="a size"),
        pytest.param("type=tmpfs,size=1.5GiB,target=/x", Mount("tmpfs", "", "", "/x", "/x"), id="a size with a point"),
        pytest.param(
            "type=secret,id=a,required,mode=0400,uid=1,gid=2,env=A", Mount("secret", "", "", "", ""), id="a secret"
        ),
        pytest.param("type=secret,src=a", Mount("secret", "", "a", "", ""), id="a secret by its source"),
        pytest.param("type=ssh,required=true", Mount("ssh", "", "", "", ""), id="ssh"),
        pytest.param(
            "type=cache,target=/x,sharing=locked,id=a", Mount("cache", "", "", "/x", "/x"), id="a shared cache"
        ),
        pytest.param("target=/x,ro", Mount("bind", "", "", "/x", "/x"), id="read only"),
        pytest.param("target=/x,rw=true,readonly=0", Mount("bind", "", "", "/x", "/x"), id="with values"),
        pytest.param('"source=a,b",target=/x', Mount("bind", "", "a,b", "/x", "/x"), id="a comma in quotes"),
        pytest.param('"source=a""b",target=/x', Mount("bind", "", 'a"b', "/x", "/x"), id="a doubled quote"),
        pytest.param("source=a,source=b,target=/x", Mount("bind", "", "b", "/x", "/x"), id="the last of a key"),
    ],
)
def test_read(value: str, expected: Mount) -> None:
    assert read_mount(value, expand) == expected


@pytest.mark.parametrize(
    ("value", "what"),
    [
        pytest.param("type=foo", 'unsupported mount type "foo"', id="an unknown type"),
        pytest.param("type=$u", 'unsupported mount type ""', id="an empty type"),
        pytest.param("foo=a", "unexpected key 'foo' in 'foo=a'", id="an unknown key"),
        pytest.param("foo", "invalid field 'foo' must be a key=value pair", id="no value"),
        pytest.param("target=/x,", "invalid field '' must be a key=value pair", id="a comma too many"),
        pytest.param("required", "unexpected key 'required' for mount type 'bind'", id="required of bind"),
        pytest.param(
            "required,type=ssh", "unexpected key 'required' for mount type 'bind'", id="the type comes too late"
        ),
        pytest.param("size=1m", "unexpected key 'size' for mount type 'bind'", id="a size of bind"),
        pytest.param("type=tmpfs,size=x", "invalid value for size: x", id="no size"),
        pytest.param("ro=maybe", "invalid value for ro: maybe", id="neither true nor false"),
        pytest.param("mode=9", "invalid value 9 for mode", id="no octal number"),
        pytest.param("uid=-1", "invalid value -1 for uid", id="a negative number"),
        pytest.param("gid=4294967296", "invalid value 4294967296 for gid", id="a number too large"),
        pytest.param("mode=0755", 'mode not allowed for "bind" type mounts', id="a mode of bind"),
        pytest.param("type=tmpfs,uid=1", 'uid not allowed for "tmpfs" type mounts', id="an owner of tmpfs"),
        pytest.param("sharing=all", 'unsupported sharing value "all"', id="an unknown sharing"),
        pytest.param("sharing=shared", "invalid cache sharing set for bind mount", id="sharing of bind"),
        pytest.param("type=secret", "invalid secret mount. one of source, target required", id="a secret of nothing"),
        pytest.param("type=secret,from=a,id=b", "secret mount should not have a from", id="a secret of a stage"),
        pytest.param("type=secret,id=a,sharing=shared", "secret mount should not define sharing", id="a shared secret"),
        pytest.param("type=secret,id=a,src=b", "both source and id can't be set", id="a secret by two names"),
    ],
)
def test_refused(value: str, what: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        read_mount(value, expand)
    assert caught.value.what == what


@pytest.mark.parametrize(
    ("base", "what"),
    [
        pytest.param("app:latest", "", id="an image may set it"),
        pytest.param("scratch", "invalid value  for uid", id="nothing sets it"),
        pytest.param("scratch\nARG UID", "invalid value  for uid", id="an argument without a value"),
        pytest.param("app:latest\nENV UID=x", "invalid value x for uid", id="the Dockerfile sets it"),
    ],
)
def test_a_value_that_the_base_image_may_set_is_not_refused(base: str, what: str) -> None:
    text = f"FROM {base}\nRUN --mount=type=cache,target=/c,uid=${{UID}} make\n"
    with pytest.raises(DockerfileError, match=what) if what else nullcontext():
        needs(parse(text.encode()))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("target=/x", None, id="nothing"),
        pytest.param("foo=$x,bar", None, id="what only the variables can tell"),
        pytest.param("", "failed to parse csv mounts", id="an empty value"),
        pytest.param('a"b', "failed to parse csv mounts", id="a quote in a field"),
        pytest.param('"a"b', "failed to parse csv mounts", id="something behind a quote"),
        pytest.param('"a', "failed to parse csv mounts", id="an open quote"),
        pytest.param(
            "from=$a", "'from' doesn't support variable expansion, define alias stage instead", id="a variable"
        ),
        pytest.param("from=a$", None, id="a dollar at the end"),
    ],
)
def test_refused_before_any_variable_is_known(value: str, expected: str | None) -> None:
    assert mount_fault(value) == expected


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        pytest.param("from=a,target=/x", "a", id="given"),
        pytest.param("FROM=A", "A", id="in upper case"),
        pytest.param("from=a,from=b", "b", id="twice"),
        pytest.param("target=/x", "", id="not given"),
        pytest.param("", "", id="an empty value"),
    ],
)
def test_the_stage_as_written(value: str, origin: str) -> None:
    assert written_origin(value) == origin


def test_a_device_must_be_csv_too() -> None:
    assert (is_csv("a,required"), is_csv("")) == (True, False)
