"""What there is to say of each kind of secret: what it is, what it opens, where it is revoked, and who says so."""

from __future__ import annotations

import functools
from typing import NamedTuple

from ctxaudit.secrets.row import Tier
from ctxaudit.secrets.vendors import ROWS


class SecretKind(NamedTuple):
    """One kind of secret in a file's content, as the fields of a row.

    words: what it is. opens: what someone can do who has it. rotate: where it is revoked. source: who says so.
    """

    name: str
    tier: Tier
    words: str
    opens: str
    rotate: str
    source: str

    @property
    def why(self) -> str:
        """Return what is wrong, in sentences."""
        return (
            f"{self.words[0].upper()}{self.words[1:]}: whoever can read the image or the build's cache can "
            f"{self.opens}. Revoke it: {self.rotate}."
        )


_PEM = "https://www.rfc-editor.org/rfc/rfc7468"
_OTHERS = (
    SecretKind(
        "secret-pem-key",
        "certain",
        "a private key",
        "act as the server, signer or client whose key it is",
        "make another one, and withdraw its certificate",
        _PEM,
    ),
    SecretKind(
        "secret-encrypted-key",
        "certain",
        "a private key that a passphrase encrypts",
        "guess its passphrase, without being seen",
        "make another one, and withdraw its certificate",
        _PEM,
    ),
    SecretKind(
        "secret-openssh-key",
        "certain",
        "a private key of OpenSSH",
        "log in wherever its public key is accepted",
        "remove its public key from authorized_keys and the forges",
        "https://man.openbsd.org/ssh-keygen.1",
    ),
    SecretKind(
        "secret-putty-key",
        "certain",
        "a private key of PuTTY",
        "log in wherever its public key is accepted",
        "remove its public key from authorized_keys and the forges",
        "https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html",
    ),
    SecretKind(
        "secret-pgp-key",
        "certain",
        "a private key of OpenPGP",
        "sign and decrypt as its owner",
        "publish its revocation certificate",
        "https://www.rfc-editor.org/rfc/rfc9580",
    ),
    SecretKind(
        "secret-java-keystore",
        "certain",
        "a keystore of Java",
        "use the keys in it, once its password is guessed",
        "make other keys, and withdraw their certificates",
        "https://docs.oracle.com/en/java/javase/21/docs/specs/man/keytool.html",
    ),
    SecretKind(
        "secret-pkcs12",
        "certain",
        "a store of keys in PKCS #12",
        "use the keys in it, once its password is guessed",
        "make other keys, and withdraw their certificates",
        "https://www.rfc-editor.org/rfc/rfc7292",
    ),
    SecretKind(
        "secret-keepass",
        "certain",
        "a database of KeePass",
        "read all passwords in it, once its own is guessed",
        "change every password that it holds",
        "https://keepass.info/help/base/security.html",
    ),
    SecretKind(
        "secret-kubernetes",
        "certain",
        "a value of a Kubernetes Secret, which is base64 and no more",
        "use what the Secret protects",
        "change it where it is made, and apply the Secret again",
        "https://kubernetes.io/docs/concepts/configuration/secret/",
    ),
    SecretKind(
        "secret-registry-login",
        "certain",
        "a login of an image registry",
        "push and pull images as its user",
        "revoke the token at the registry, and `docker logout`",
        "https://docs.docker.com/reference/cli/docker/login/",
    ),
    SecretKind(
        "secret-login",
        "certain",
        "a login in plain text",
        "log in as its user",
        "change the password at the server",
        "the documentation of the tool that reads the file",
    ),
    SecretKind(
        "secret-password-hash",
        "certain",
        "a password's hash",
        "guess the password, without being seen",
        "change the password",
        "https://httpd.apache.org/docs/current/misc/password_encryptions.html",
    ),
    SecretKind(
        "secret-single-value",
        "certain",
        "a file that holds one password or token",
        "use what it protects",
        "change it where it is made",
        "the Compose specification (secrets)",
    ),
    SecretKind(
        "secret-url-password",
        "certain",
        "a password in a URL",
        "log in to that server",
        "change the password at the server",
        "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
    ),
    SecretKind(
        "secret-http-authorization",
        "likely",
        "a token or password in an HTTP header",
        "ask that server in the owner's name",
        "revoke the token at the server",
        "https://www.rfc-editor.org/rfc/rfc9110#section-11",
    ),
    SecretKind(
        "secret-command-password",
        "likely",
        "a password on a command line",
        "log in as that user",
        "change the password at the server",
        "the documentation of the command",
    ),
    SecretKind(
        "secret-password",
        "likely",
        "a password beside its name",
        "log in where it is used",
        "change it where it is used",
        "https://docs.docker.com/build/building/secrets/",
    ),
    SecretKind(
        "secret-token-value",
        "likely",
        "a token or key beside its name",
        "use what it protects",
        "revoke it where it was made",
        "https://docs.docker.com/build/building/secrets/",
    ),
)


@functools.cache
def secret_kinds() -> dict[str, SecretKind]:
    """Return every kind of secret that a search finds, by name."""
    rows = (SecretKind(row.kind, row.tier, row.words, row.opens, row.rotate, row.source) for row in ROWS)
    return {kind.name: kind for kind in sorted((*rows, *_OTHERS), key=lambda kind: kind.name)}
