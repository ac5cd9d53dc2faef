"""Whether a variable holds a secret."""

from __future__ import annotations

import pytest

from ctxaudit.rules.evidence import holds_secret, is_secret

SECRETS = [
    pytest.param("DB_PASSWORD", "s3cr3t-NOT-REAL", id="a password"),
    pytest.param("SMTP_PASS", "correcthorsebattery", id="a password of words"),
    pytest.param("PAYMENT_SECRET_KEY", "9f2c4e7a1b6d8f0a3c5e7d41", id="a key"),
    pytest.param("AWS_SECRET_ACCESS_KEY", "/abcDEF123abcDEF123abcDEF/23abcDEF123abc", id="a random value with slashes"),
    pytest.param("DATABASE_URL", "postgres://shop:9f2c4e7a1b@db/shop", id="the password in an address"),
    pytest.param("STORE", "AccountName=a;AccountKey=9f2c4e7a1b6d8f0a==", id="the key in a connection string"),
    pytest.param("CI", "glpat-NOTAREALTOKEN12345", id="a vendor's format under any name"),
    pytest.param("KEY", "-----BEGIN RSA PRIVATE KEY-----", id="a private key"),
]
NONE = [
    pytest.param("DB_PASSWORD", "postgres", id="the name of the service"),
    pytest.param("DB_PASSWORD", "postgres123", id="with a number"),
    pytest.param("MINIO_ROOT_PASSWORD", "minioadmin", id="the default of a service"),
    pytest.param("ADMIN_PASSWORD", "change_me", id="to be changed"),
    pytest.param("JWT_SECRET", "super-secret-key", id="words that all know"),
    pytest.param("JWT_SECRET", "<your-secret>", id="a placeholder in brackets"),
    pytest.param("API_TOKEN", "${CI_TOKEN}", id="a reference"),
    pytest.param("API_TOKEN", "{{ token }}", id="a reference of a template"),
    pytest.param("API_TOKEN", "op://vault/item/token", id="a reference to a manager of passwords"),
    pytest.param("API_TOKEN", "encrypted:NOT-A-SECRET", id="encrypted by dotenvx"),
    pytest.param("SECRET_KEY_FILE", "/run/secrets/secret_key", id="the path of a mounted secret"),
    pytest.param("SECRET_KEY", "/run/secrets/secret_key", id="the path under another name"),
    pytest.param("PRIVATE_KEY", "./certs/server.key", id="a relative path"),
    pytest.param("PRIVATE_KEY", "certs/server.pem", id="a path without a dot in front"),
    pytest.param("RESET_PASSWORD_URL", "https://app.example.com/reset", id="an address"),
    pytest.param("DATABASE_URL", "postgres://db:5432/shop", id="an address with a port"),
    pytest.param("DATABASE_URL", "postgres://postgres:postgres@db/shop", id="a known password in an address"),
    pytest.param("DATABASE_URL", "postgres://shop:${PASSWORD}@db/shop", id="a reference in an address"),
    pytest.param("AUTH_TOKEN_HEADER", "X-Token", id="the name of a header"),
    pytest.param("AUTH_TOKEN", "Authorization", id="a header under another name"),
    pytest.param("ACCESS_TOKEN_TTL", "9f2c4e7a", id="what is about a secret"),
    pytest.param("ACCESS_TOKEN_EXPIRE_MINUTES", "43200000", id="a number"),
    pytest.param("ACCESS_TOKEN", "3600s", id="a duration"),
    pytest.param("API_KEY", "short", id="too short to protect anything"),
    pytest.param("VITE_API_KEY", "NOT-A-SECRET", id="what a bundler shows to everyone"),
    pytest.param("STRIPE_PUBLISHABLE_KEY", "NOT-A-SECRET", id="a key that is made to be known"),
    pytest.param("TOKENIZER_MODEL", "bert-base-uncased", id="a word that only begins so"),
    pytest.param("PORT", "9f2c4e7a1b6d8f0a3c5e7d41", id="a name that means no secret"),
]


@pytest.mark.parametrize(("name", "value"), SECRETS)
def test_a_value_that_protects_something_is_a_secret(name: str, value: str) -> None:
    assert is_secret(name, value)


@pytest.mark.parametrize(("name", "value"), NONE)
def test_a_value_that_protects_nothing_is_not(name: str, value: str) -> None:
    assert not is_secret(name, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# local\nexport DB_PASSWORD='NOT-A-SECRET' # mine\n", True, id="exported, in quotes"),
        pytest.param("DB_PASSWORD: NOT-A-SECRET\n", True, id="with a colon"),
        pytest.param("#DB_PASSWORD=NOT-A-SECRET\n", False, id="a comment"),
        pytest.param("PORT=3000\nDB_PASSWORD=\n", False, id="without a value"),
        pytest.param("DB_PASSWORD= # set it\n", False, id="a comment in place of a value"),
        pytest.param("DB_USER=warehouse\nDB_PASSWORD=warehouse\n", False, id="the same as the user's name"),
        pytest.param("sops_mac=NOT-A-SECRET\nTOKEN=ENC[NOT-A-SECRET]\n", False, id="encrypted by SOPS"),
        pytest.param("", False, id="empty"),
    ],
)
def test_an_environment_file(text: str, expected: bool) -> None:
    assert holds_secret(text) == expected
