"""The vendors' formats: a row finds what its own expression makes, at its line, and nothing that fails its check."""

from __future__ import annotations

from itertools import islice

import pytest

from ctxaudit.secrets import Row, is_varied
from ctxaudit.secrets.search import search
from ctxaudit.secrets.vendors import BY_NAME, BY_VALUE, ROWS
from planted import alnum, encoded, github, hexadecimal, made_from, pem, with_checksum

# What passes a check of its own is made below, by hand.
_CHECKED = [row for row in BY_VALUE if row.check in (None, is_varied)]
# Of a shared access signature.
SV, SE, SIG = "sv=2020-08-04", "2029-01-01T00%3A00%3A00Z", f"sig={alnum(41)}%2B%3D"


@pytest.mark.parametrize("row", _CHECKED, ids=lambda row: f"{row.kind} by {row.keywords[0]}")
def test_a_row_finds_what_its_expression_makes(row: Row) -> None:
    made = (made_from(row.expression, seed) for seed in range(1, 60))
    values = [*islice((value for value in made if row.check is None or row.check(value.encode())), 5)]
    assert values
    for value in values:
        found = search("src/settings.py", f"# a\n# b\nclient('{value}')\n".encode(), b"key")
        assert [secret.line for secret in found] == [3], row.kind


def test_there_are_150_rows_and_each_says_who_says_so() -> None:
    assert len(ROWS) >= 150
    assert [row.kind for row in ROWS if not row.source.startswith("https://")] == []
    assert [row.kind for row in ROWS if not (row.words and row.opens and row.rotate)] == []


def test_a_row_by_name_has_a_word_for_its_vendor() -> None:
    assert [row.kind for row in BY_NAME if row.keywords or not row.name] == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param(f"x = '{github()}'", "secret-github-token", id="GitHub's checksum is right"),
        pytest.param(f"x = 'sha256-{github()}'", "secret-github-token", id="a key behind the name of a hash"),
        pytest.param(f"x = '{with_checksum('np' + 'm_')}'", "secret-npm-token", id="npm's checksum is right"),
        pytest.param(f'data = """{pem()}"""', "secret-pem-key", id="a private key in source code"),
        pytest.param(
            f"KEY={pem('RSA PRIVATE KEY')!r}", "secret-pem-key", id="one on one line, with its line ends escaped"
        ),
        pytest.param(f"key: {encoded(pem())}", "secret-pem-key", id="one that was encoded once more"),
        pytest.param(
            f"TWILIO_AUTH_TOKEN='{hexadecimal(32)}'", "secret-twilio-auth-token", id="a value that its name tells"
        ),
        pytest.param(f"DATADOG_API_KEY='{hexadecimal(32)}'", "secret-datadog-key", id="another with the same form"),
        pytest.param(f"u = 'https://h/c?{SV}&se={SE}&sr=c&{SIG}'", "secret-azure-sas", id="sig last"),
        pytest.param(f"u = 'https://h/c?{SV}&{SIG}&se={SE}&sr=c'", "secret-azure-sas", id="sig behind sv"),
        pytest.param(f"u = 'https://h/c?{SIG}&se={SE}&sr=c&{SV}'", "secret-azure-sas", id="sig first"),
        pytest.param(f"u = 'https://h/c?se={SE}&{SIG}&{SV}&sr=c'", "secret-azure-sas", id="sig before sv"),
    ],
)
def test_a_format_with_a_check(text: str, kind: str) -> None:
    assert [secret.kind for secret in search("src/a.py", text.encode(), b"key")] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"x = '{'gh' + 'p_'}{alnum(36)}'", id="GitHub's checksum is wrong"),
        pytest.param(
            f"resolution: {{integrity: sha512-{alnum(76)}{'AC' + 'Db'}{alnum(5)}==}}", id="the checksum of a package"
        ),
        pytest.param("x = '" + "AK" + "IA" + "A" * 16 + "'", id="a run of one letter"),
        pytest.param("x = '" + "AK" + "IAIOSFODNN7EXAMPLE'", id="the key of AWS's documentation"),
        pytest.param("-----BEGIN PRIVATE KEY-----", id="the first line of a key alone"),
        pytest.param("-----BEGIN CERTIFICATE-----\n" + encoded(alnum(300)), id="a certificate"),
        pytest.param(f"x = 'prefix{github()}'", id="in the middle of a word"),
    ],
)
def test_what_only_begins_like_a_format_is_none(text: str) -> None:
    assert search("src/a.py", text.encode(), b"key") == ()
