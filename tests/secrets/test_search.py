"""One file's search: lines, identities, stores of keys, encodings, and hostile content."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest

from ctxaudit.secrets import Secret, pairs, values
from ctxaudit.secrets import search as search_of_text
from ctxaudit.secrets.search import MOST_FOUND, search
from ctxaudit.secrets.vendors import secret_kinds
from planted import PASSWORD, TOKEN, encoded, github, made_from, pem
from support import processor_limit

HOSTILE_BYTES = 1 << 18  # quadratic ways take many seconds for as much


def kinds(path: str, data: bytes) -> list[tuple[str, int]]:
    return [(secret.kind, secret.line) for secret in search(path, data, b"key")]


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        pytest.param(".netrc", f"machine h\n  login u\n  password {PASSWORD}\n", [("secret-password", 3)], id="netrc"),
        pytest.param(
            "Dockerfile",
            f"RUN npm config set //r/:_authToken {TOKEN} && yarn config set npmAuthToken {TOKEN}x\n"
            f"RUN curl -H 'Authorization: token {TOKEN}'\n",
            [("secret-token-value", 1), ("secret-token-value", 1), ("secret-http-authorization", 2)],
            id="names that end as a header's scheme, and a header",
        ),
        pytest.param(".pgpass", f"db:5432:*:app:{PASSWORD}\n", [("secret-login", 1)], id="pgpass"),
        pytest.param(
            ".htpasswd", "amy:$apr1$abcdefgh$0123456789abcdefghijkl\n", [("secret-password-hash", 1)], id="htpasswd"
        ),
        pytest.param(
            "config/master.key", "0a1b2c3d4e5f60718293a4b5c6d7e8f9\n", [("secret-rails-key", 1)], id="a key of Rails"
        ),
        pytest.param(
            ".git-credentials", f"https://amy:{TOKEN}@git.acme.internal\n", [("secret-url-password", 1)], id="git"
        ),
        pytest.param(
            ".docker/config.json",
            '{"auths": {"ghcr.io": {"auth": "' + encoded(f"amy:{PASSWORD}") + '"}}}',
            [("secret-registry-login", 1)],
            id="a registry's login",
        ),
        pytest.param(
            "k8s/a.yaml",
            f"kind: Secret\ndata:\n  username: {encoded('amy')}\n  password: "
            f"{encoded(PASSWORD)}\n---\nkind: ConfigMap\ndata:\n"
            f"  other: {encoded(PASSWORD)}\n",
            [("secret-kubernetes", 4)],
            id="a Secret of Kubernetes, and a ConfigMap beside it",
        ),
        pytest.param(
            "k8s/pull.yaml",
            "kind: Secret\ndata:\n  .dockerconfigjson: "
            + encoded('{"auths": {"ghcr.io": {"auth": "' + encoded(f"amy:{PASSWORD}") + '"}}}')
            + f"\n  app.yaml: {encoded('port: 1' + chr(10))}\n  b.yaml: "
            + encoded(f"db:{chr(10)}  password: {PASSWORD}{chr(10)}"),
            [("secret-kubernetes", 3), ("secret-kubernetes", 5)],
            id="files in a Secret of Kubernetes, with a login and without",
        ),
        pytest.param("deploy.pem", pem("RSA PRIVATE KEY"), [("secret-pem-key", 1)], id="a key in PEM"),
        pytest.param("a.csv", f"user,password\namy,{PASSWORD}\n", [("secret-login", 2)], id="a list of passwords"),
    ],
)
def test_a_login_file_says_its_lines(path: str, text: str, found: list[tuple[str, int]]) -> None:
    assert kinds(path, text.encode()) == found


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        pytest.param(bytes.fromhex("feedfeed00000002"), "secret-java-keystore", id="JKS"),
        pytest.param(bytes.fromhex("cececece00000002"), "secret-java-keystore", id="JCEKS"),
        pytest.param(bytes.fromhex("03d9a29a67fb4bb5"), "secret-keepass", id="KeePass"),
        pytest.param(
            bytes.fromhex("3082 09aa 020103 3082 0970 06092a864886f70d010701 a08209"), "secret-pkcs12", id="PKCS 12"
        ),
    ],
)
def test_a_store_of_keys_is_told_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert kinds("any/name", head + bytes(400)) == [(kind, 1)]


def test_other_binary_files_are_not_searched() -> None:
    assert kinds("a.bin", b"\0" + f"password = '{PASSWORD}'".encode()) == []


def test_text_in_utf_16_is_searched() -> None:
    assert kinds("a.ini", f"[db]\npassword={PASSWORD}\n".encode("utf-16")) == [("secret-password", 2)]


def test_a_secret_is_known_again_by_the_same_key_only() -> None:
    data = f"TOKEN={github()}\n".encode()
    (first,), (again,) = search(".env", data, b"a"), search(".env", b"\n" + data, b"a")
    (other,) = search(".env", data, b"b")
    assert again == Secret(first.kind, first.tier, 2, first.mild, first.identity, name="TOKEN=")
    assert other.identity != first.identity


def test_every_kind_that_is_found_has_its_text() -> None:
    for kind in secret_kinds().values():
        assert kind.why.endswith(".")


def test_a_file_says_no_more_than_so_many() -> None:
    text = "".join(f"password_{number} = '{PASSWORD[:-2]}{number}!'\n" for number in range(500))
    assert len(search("a.py", text.encode(), b"key")) == MOST_FOUND


HOSTILE = {
    "-----BEGIN repeated": "-----BEGIN ",
    "the first line of a key repeated": "-----BEGIN RSA PRIVATE KEY-----\n",
    "ghp_ repeated": "gh" + "p_",
    "one line of a=": "a=",
    "password= repeated": "password=",
    "lines of names within values": "secret=" * 500 + "\n",
    "lines of references within references": "key=${a-" * 450 + "\n",
    "commands with a password": "docker login \\\n -p abcd1234 \\\n",
    "lines of many commands": "docker login -p abcd1234 x " * 140 + "\n",
    "an open quote repeated": 'password = "\\',
    "a password repeated": f"password='{PASSWORD}'\n",
    "addresses repeated": "a://b:c9d8e7@",
    "eyJ repeated": "eyJ",
    "Secrets of Kubernetes repeated": "kind: Secret\n---\n",
    "spaces": "password" + " " * 24,
    "blocks of Terraform": 'variable "password" {' + "x" * 180,
    "keys without their first line": "MIIEpAIBAAKCAQEA" + "A" * 20,
    "such keys one behind the other": "MIIEpAIBAAKCA",
    "what is encrypted": '"encrypted": {' + f'"token": "{TOKEN}",' * 20,
    "random keys": f'"key": "{TOKEN}{TOKEN}",',
    "lists of tokens": "tokens: [\n",
    "members of a list": "tokens:\n" + "- a9F3kQ2x7Zp0Lw4T\n" * 4_000,
    "phrases of a wallet": "mnemonic=" + "abc " * 24,
    "logins of Bundler": "BUNDLE_" + "A" * 30 + "__B ",
    "logins of Bundler for many hosts": "BUNDLE_A__B",
    "the beginnings of keys of Adyen": "AQEn",
    "users of Oracle": "identified by abcd ",
    "NUL": "\0",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("path", ["a.py", "a.yaml", ".netrc"])
def test_a_quarter_mebibyte_of_hostile_text_takes_a_second_at_most(path: str, text: str) -> None:
    data = (text * (HOSTILE_BYTES // len(text) + 1))[:HOSTILE_BYTES].encode()
    kinds(path, b"warm")
    with processor_limit(1):
        search(path, data, b"key")


def test_without_re2_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"TOKEN={github()}\nurl: postgres://app:{TOKEN}@db/x\npassword: {PASSWORD}\n{pem()}".encode()
    with_re2 = search("a.yaml", text, b"key")
    monkeypatch.setattr(values, "re2", None)
    values.compiled.cache_clear()
    try:
        assert search("a.yaml", text, b"key") == with_re2
        assert len(with_re2) == 4
    finally:
        values.compiled.cache_clear()


_FORMS = {name: form for name, form in vars(values).items() if isinstance(form, values._Form)}
_EXPRESSIONS = {
    **{name: (form.words, form.expression.pattern) for name, form in _FORMS.items()},
    **{" ".join(words): (words, names.pattern) for words, names, _ in pairs._READERS},
}


@pytest.mark.parametrize(("words", "expression"), _EXPRESSIONS.values(), ids=_EXPRESSIONS)
def test_what_an_expression_of_names_matches_has_one_of_its_words(words: Collection[str], expression: str) -> None:
    plain = expression.replace("(?:^|/)", "").removesuffix("$")
    for form, made in ((r"\b.*", ""), (".*", "x"), ("[^/]*", "x"), (r"[\w", "[a-z"), (r"\w", "[a-z]")):
        plain = plain.replace(form, made)
    for seed in range(500):
        name = made_from(plain, seed)
        assert re.search(expression, name, re.IGNORECASE), name
        assert any(word in f"/{name}".lower() for word in words), name


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        pytest.param(pairs._TERMS.replace(r"\b", ""), (*pairs._OF_TERMS, b"pat"), id="names"),
        pytest.param(search_of_text._BEGIN, search_of_text._OF_BLOCKS, id="blocks"),
    ],
)
def test_what_is_searched_for_has_one_of_the_words_that_are_asked_first(
    expression: str, words: tuple[bytes, ...]
) -> None:
    for seed in range(1000):
        made = made_from(expression, seed).encode()
        assert any(word in made for word in words), made


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        pytest.param("a.yaml", f"MY_PAT: {TOKEN}", 1, id="a pat"),
        pytest.param("a.yaml", f"path: {TOKEN}", 0, id="a path"),
        pytest.param("a.py", f"token = {TOKEN}", 0, id="source without a quote"),
        pytest.param("a.py", f"x = f({{password={PASSWORD}}})", 0, id="source that holds no string"),
        pytest.param("a.sh", f"token=${{TOKEN:-{TOKEN}}}", 1, id="a default without a quote"),
    ],
)
def test_a_text_with_few_signs_is_searched_as_any_other(path: str, text: str, found: int) -> None:
    assert len(kinds(path, text.encode())) == found


LONG = "Zk4" + "q7Rw2" * 5  # no word, and no secret of anybody


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a.js", f'f({{authMode:Mode.Basic,user:process.env.USER,password:"{LONG}"}})', id="a call"),
        pytest.param("a.cs", f'Connect("auth-redis.cache.corp.net:6380,password={LONG},ssl=True");', id="a connection"),
        pytest.param("a.py", f'x = connect("token-cache:6380,password={LONG},ssl=True")', id="a cache's address"),
        pytest.param("a.sh", f"sqlplus a/|sqlplus u/{LONG[:16]}@h\n", id="a login behind what looks like one"),
    ],
)
def test_what_stands_before_a_secret_does_not_hide_it(path: str, text: str) -> None:
    assert len(kinds(path, text.encode())) == 1


HEADER = "-----BEGIN RSA PRIVATE " + "KEY-----"
END = HEADER.replace("BEGIN", "END")
TOKEN_LINE = "GITLAB_TOKEN=glpat-" + "Ab3dE6gH9kLmN2pQrS5t"
LINE = "MIIEpAIBAAKCAQEA" + "q7Rw2Zx9Kp4Vt8Bn" * 3


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        pytest.param(
            "Dockerfile",
            f'RUN head -1 /k | grep -q -- "{HEADER}"\nENV {TOKEN_LINE}\nFROM alpine@sha256:{"ab12" * 16}\n',
            [("secret-gitlab-token", 2)],
            id="a header that a command looks for",
        ),
        pytest.param(
            "a.py",
            f'if "{HEADER}" in text:\n    pass\nDIGEST = "{"0f9a3c5e" * 8}"\n{TOKEN_LINE}\n',
            [("secret-gitlab-token", 4)],
            id="a header that source looks for",
        ),
        pytest.param(
            "a.sh",
            f'echo "{HEADER}" > k\necho "{LINE}" >> k\necho "{LINE[::-1]}" >> k\nexport {TOKEN_LINE}\n',
            [("secret-pem-key", 1), ("secret-gitlab-token", 4)],
            id="a key whose lines commands write",
        ),
        pytest.param(
            "a.yaml",
            f"k: |\n        {HEADER}\n        {LINE}\n        {LINE[:20]}\n        {END}\n{TOKEN_LINE}\n",
            [("secret-pem-key", 2), ("secret-gitlab-token", 6)],
            id="an indented key",
        ),
        pytest.param(
            "k.pem",
            f"{HEADER}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,{'0F9A3C5E' * 4}\n\n{LINE[16:]}\n{END}\n",
            [("secret-pem-key", 1)],
            id="a key with fields in its header",
        ),
    ],
)
def test_a_key_ends_where_its_lines_end(path: str, text: str, found: list[tuple[str, int]]) -> None:
    assert [(one.kind, one.line) for one in search_of_text.search(path, text.encode(), b"")] == found
