"""Credentials, found by the name and confirmed by the content. What is found is never printed.

The regular expressions run on hostile content: every repetition is bounded, or ends at the line.
"""

from __future__ import annotations

from functools import cache

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.model import Place
from ctxaudit.rules.evidence import (
    GIT_IGNORED,
    NOT_EMPTY,
    PRESENT,
    TRACKED,
    UNTRACKED,
    Evidence,
    Keep,
    Kind,
    below,
    holds_filled_in_secret,
    holds_issued_secret,
    holds_private_value,
    holds_secret,
    holds_value,
    inside,
    larger_than,
    magic,
    may_be_secret,
    named,
    reads,
    seen,
    text,
    value,
)
from ctxaudit.values import any_glob

CATEGORY = "secrets"

_OF_SAMPLES = ("example", "sample", "template", "tmpl", "tpl", "dist", "default", "schema", "skel")
SAMPLES = (*(f"*[._-]{word}*" for word in _OF_SAMPLES), *(f"{word}[._-]*" for word in _OF_SAMPLES), "*.j2")
_KEEP_ENV: tuple[Keep, ...] = ("copy", "env-build", "env-named")
# Logins that a tool reads where it finds them; files whose place an application is given.
_KEEP_LOGIN: tuple[Keep, ...] = ("copy", "tool-read")
_KEEP_NAMED: tuple[Keep, ...] = ("copy", "file-named")
_NO_SETTINGS = (".env.vault", ".env.keys", "*.md", "*.ts", "*.js", "*.py")
# Names of the family that hold placeholders, or what a tool encrypted, as long as nobody fills in a value.
_TEMPLATES = (".env.vault", *SAMPLES)

_KEY_NAME = "(?i:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|ACCOUNT_?KEY)"
# A value, quoted or not; whether it may be a secret is another question.
_LITERAL = "[\"']?(?P<value>[^\\s\"'#]{6,4096})"

_HAS_VALUE = reads(holds_value, "holds values")
_FILLED_IN = (UNTRACKED & reads(holds_filled_in_secret, "")) | (TRACKED & reads(holds_issued_secret, ""))
_SECRET_VARIABLE = reads(holds_secret, "names a secret and its value")
# Of YAML, JSON, TOML, INI and Python: `password: x`, `"apiKey": "x"`, `SECRET_KEY = 'x'`.
_SECRET_SETTING = value(
    rf"^[ \t{{]*[\"']?[\w.:-]{{0,60}}{_KEY_NAME}[\w.:-]{{0,40}}[\"']?[ \t]*[:=][ \t]*{_LITERAL}",
    may_be_secret,
    "names a secret and its value",
)
_TOKEN_SETTING = value(
    rf"(?i:token|api_?key|password|secret)[\"']?[ \t]*[:=][ \t]*{_LITERAL}", may_be_secret, "holds a token"
)
_PRIVATE_KEY: Evidence = text(
    r"^-----BEGIN (?:(?:OPENSSH|RSA|DSA|EC|ENCRYPTED) )?PRIVATE KEY-----"
    r"|^-----BEGIN PGP PRIVATE KEY BLOCK-----"
    r"|^---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"
    r"|\APuTTY-User-Key-File-[0-9]",
    "a private key",
)
# JKS, JCEKS, PKCS #12 (DER and BER), KeePass.
_KEYSTORE: Evidence = magic("feedfeed", "cececece", "3082", "3080", "03d9a29a", words="a keystore by its first bytes")
_KEY_FILES = (
    "**/id_rsa*",
    "**/id_dsa*",
    "**/id_ecdsa*",
    "**/id_ed25519*",
    "**/*_rsa",
    "**/*_ecdsa",
    "**/*_ed25519",
    "**/*deploy_key",
    "**/*deploy-key",
    "**/ssh_host_*_key",
    "**/.ssh/*",
    "**/*.pem",
    "**/*.key",
    "**/*.ppk",
    "**/*.p8",
    "**/*.asc",
)
_KEYSTORE_FILES = ("**/*.p12", "**/*.pfx", "**/*.jks", "**/*.jceks", "**/*.keystore", "**/*.kdbx", "**/*.bcfks")

_BELOW_TEST_DATA = below(
    "testdata", "test-data", "test_data", "TestData", "fixtures", "__fixtures__", "test-fixtures", "test_fixtures"
)
_FOR_TESTS = named("*[._-]test.*", "*[._-]tests.*", "test[._-]*", "test[A-Z]*")
_BELOW_TESTS = _BELOW_TEST_DATA | below(
    "test",
    "tests",
    "Test",
    "Tests",
    "*-test",
    "*-tests",
    "*_test",
    "*_tests",
    "*.Tests",
    "spec",
    "specs",
    "e2e",
    "__tests__",
    "examples",
    "example",
    "samples",
)

_KINDS = (
    Kind(
        "secret-dotenv",
        CATEGORY,
        ("**/.env", "**/.env.*"),
        _SECRET_VARIABLE.saying("looks like it holds secrets"),
        "error",
        ("secret", "cache"),
        "Environment files hold passwords and keys, and COPY . . puts them into a layer that anyone who has the image "
        "can read. Samples and values that everybody knows are fine.",
        "docker init; gitleaks; github/gitignore Node, Python",
        keep=_KEEP_ENV,
        unless=(*SAMPLES, *_NO_SETTINGS),
        types=("file",),
    ),
    Kind(
        "secret-env-template",
        CATEGORY,
        ("**/.env.*",),
        (named(*_TEMPLATES) & _FILLED_IN & PRESENT).saying("a template with a secret filled in"),
        "error",
        ("secret", "cache"),
        "A template of an environment file, in which a real password or token stands for a placeholder. One with "
        "placeholders alone is fine, and stays; so is a value that a project made up for a template that git tracks.",
        "dotenv-vault, Symfony and Laravel documentation",
        keep=_KEEP_ENV,
        types=("file",),
    ),
    Kind(
        "env-file-untracked",
        CATEGORY,
        ("**/.env", "**/.env.*"),
        (GIT_IGNORED | (UNTRACKED & reads(holds_private_value, ""))).saying("settings of one machine") & UNTRACKED,
        "note",
        ("secret", "cache"),
        "The settings of one machine: a clean checkout has no such file, and the next value in it may be a secret. An "
        "image that is built here loses what a bundler would put into it from there.",
        "docker init; github/gitignore Node; Vite and Next.js documentation",
        keep=_KEEP_ENV,
        unless=(*SAMPLES, *_NO_SETTINGS),
        types=("file",),
    ),
    Kind(
        "env-file-tracked",
        CATEGORY,
        ("**/.env", "**/.env.*"),
        _HAS_VALUE & TRACKED,
        "note",
        ("cache",),
        "Settings without secrets that git tracks. They are build input where a framework such as Vite, Next.js or "
        "Symfony loads them, and else belong to the run time.",
        "Vite, Next.js and Symfony documentation",
        keep=_KEEP_ENV,
        unless=(*SAMPLES, *_NO_SETTINGS),
        types=("file",),
    ),
    Kind(
        "secret-env-file",
        CATEGORY,
        ("**/*.env",),
        _SECRET_VARIABLE,
        "warning",
        ("secret",),
        "An env file of a compose service or a deployment with a secret in it: it is for the container's run time, "
        "not for its image.",
        "the Compose specification (env_file)",
        unless=("*example*", "*sample*", "*template*", "*default*"),
        types=("file",),
    ),
    Kind(
        "secret-env-keys",
        CATEGORY,
        ("**/.env.keys",),
        (text(r"^[ \t]*DOTENV_(?:PRIVATE_)?KEY", "") | _HAS_VALUE).saying("dotenvx keys"),
        "error",
        ("secret",),
        "The keys that decrypt the encrypted .env files beside it: whoever has both has everything.",
        "dotenvx documentation",
        types=("file",),
    ),
    Kind(
        "secret-envrc",
        CATEGORY,
        ("**/.envrc",),
        _SECRET_VARIABLE,
        "warning",
        ("secret",),
        "The settings of direnv on this machine export a secret. One that only loads a layout is fine.",
        "direnv documentation; github/gitignore Python",
        keep=("env-named",),
        types=("file",),
    ),
    Kind(
        "secret-rails",
        CATEGORY,
        ("**/config/master.key", "**/config/credentials/*.key", "**/config/*.key"),
        text(r"\A[0-9a-f]{32}\s{0,2}\Z", "a Rails credentials key"),
        "error",
        ("secret",),
        "The key that decrypts Rails' credentials. credentials.yml.enc is encrypted, and is needed.",
        "the .dockerignore that Rails generates",
        keep=_KEEP_LOGIN,
        types=("file",),
    ),
    Kind(
        "test-key",
        CATEGORY,
        (*_KEY_FILES, *_KEYSTORE_FILES),
        ((_BELOW_TESTS | _FOR_TESTS) & TRACKED & (_PRIVATE_KEY | _KEYSTORE)).saying(
            "a key among the tests, tracked by git"
        ),
        "note",
        ("secret",),
        "A key that git tracks among the tests, or that is called after them (`jwt-test.pem`): it protects nothing, as "
        "long as nothing else uses it.",
        "gitleaks and detect-secrets leave tests to the reader, too",
        unless=("*.pub",),
        types=("file",),
    ),
    Kind(
        "secret-ssh",
        CATEGORY,
        _KEY_FILES[:11],
        _PRIVATE_KEY,
        "error",
        ("secret",),
        "A private key of SSH; a layer keeps it even where a later step deletes it. `RUN --mount=type=ssh` gives a "
        "step the key without a copy.",
        "gitleaks; detect-secrets; Docker documentation",
        unless=("*.pub",),
        types=("file",),
    ),
    Kind(
        "secret-private-key",
        CATEGORY,
        _KEY_FILES[11:],
        _PRIVATE_KEY,
        "error",
        ("secret",),
        "A private key of a server, a signature or an API. Certificates and public keys are fine.",
        "gitleaks; detect-secrets",
        keep=_KEEP_NAMED,
        types=("file",),
    ),
    Kind(
        "secret-keystore",
        CATEGORY,
        _KEYSTORE_FILES,
        _KEYSTORE,
        "error",
        ("secret",),
        "A keystore holds private keys, and its password is seldom a good one. A trust store holds certificates only, "
        "and is fine.",
        "gitleaks; the formats of Java, PKCS #12 and KeePass",
        unless=("debug.keystore", "*trust*", "cacerts*"),
        keep=_KEEP_NAMED,
        types=("file",),
    ),
    Kind(
        "secret-aws",
        CATEGORY,
        (
            "**/.aws/credentials",
            "**/.aws/config",
            "**/.s3cfg",
            "**/.boto",
            "**/credentials.csv",
            "**/rootkey.csv",
            "**/*accessKeys.csv",
        ),
        (
            value(
                r"^[ \t]*(?i:aws_secret_access_key|aws_session_token|secret_key|gs_secret_access_key"
                rf"|gs_oauth2_refresh_token|AWSSecretKey)[ \t]*=[ \t]*{_LITERAL}",
                may_be_secret,
                "holds access keys",
            )
            | text(r"(?i:secret access key)[ \t]*[,\r\n]", "holds access keys")
        ).saying("holds access keys"),
        "error",
        ("secret",),
        "Access keys of a cloud account. A step that needs them gets them by `RUN --mount=type=secret`.",
        "gitleaks; AWS and s3cmd documentation",
        types=("file",),
    ),
    Kind(
        "secret-gcp",
        CATEGORY,
        ("**/*.json",),
        (
            ~larger_than(16 * 1024, "")
            & (
                (
                    text(r"\"type\"\s{0,9}:\s{0,9}\"service_account\"", "a service account")
                    & text(r"\"private_key\"\s{0,9}:\s{0,9}\"-----BEGIN ", "its private key")
                )
                | (
                    text(r"\"type\"\s{0,9}:\s{0,9}\"authorized_user\"", "a user's credentials")
                    & text(r"\"refresh_token\"\s{0,9}:\s{0,9}\"[^\"]", "their refresh token")
                )
            )
        ).saying("a Google Cloud key"),
        "error",
        ("secret",),
        "A key of Google Cloud, under whatever name it was downloaded.",
        "gitleaks; Google Cloud documentation",
        keep=_KEEP_NAMED,
        types=("file",),
    ),
    Kind(
        "secret-azure",
        CATEGORY,
        ("**/.azure", "**/*.publishsettings", "**/local.settings.json"),
        (
            inside("msal_token_cache*", "accessTokens.json", "service_principal_entries*")
            | text(r"userPWD=\"[^\"$]|AccountKey=[A-Za-z0-9+/-]", "holds a password or an account key")
        ).saying("holds Azure's tokens, a password or an account key"),
        "error",
        ("secret",),
        "Tokens of the Azure command line, a publish profile or the settings of Azure Functions with an account key.",
        "gitleaks; github/gitignore VisualStudio; Azure documentation",
        types=("dir", "file"),
    ),
    Kind(
        "secret-kube",
        CATEGORY,
        ("**/kubeconfig*", "**/*.kubeconfig", "**/.kube/config", "**/kube.config", "**/kube_config*"),
        text(r"^kind:[ \t]*[\"']?Config\b", "a kubeconfig")
        & text(r"^[ \t-]{0,40}(?:client-key-data|token|password):[ \t]*[\"']?[A-Za-z0-9]", "with credentials"),
        "error",
        ("secret",),
        "Access to a Kubernetes cluster, often as its administrator.",
        "gitleaks; Kubernetes documentation",
        keep=_KEEP_NAMED,
        types=("file",),
    ),
    Kind(
        "secret-docker-config",
        CATEGORY,
        ("**/.docker/config.json", "**/.dockercfg", "**/.dockerconfigjson"),
        text(r"\"(?:auth|identitytoken|password)\"\s{0,9}:\s{0,9}\"[^\"]", "holds a registry's login"),
        "error",
        ("secret",),
        "Logins of registries. One that only names a credential helper is fine.",
        "docker login",
        types=("file",),
    ),
    Kind(
        "secret-npmrc",
        CATEGORY,
        ("**/.npmrc", "**/.yarnrc", "**/.yarnrc.yml"),
        value(
            r"(?:_authToken|_password|_auth|npmAuthToken|npmAuthIdent)[\"']?"
            rf"(?:[ \t]*[:=][ \t]*|[ \t]{{1,8}}){_LITERAL}",
            may_be_secret,
            "holds a token",
        ),
        "error",
        ("secret",),
        "A registry's token in plain text. The file itself is often needed for the install: write ${NPM_TOKEN} into "
        "it, or give it by `RUN --mount=type=secret`.",
        "gitleaks; npm and Yarn documentation",
        keep=_KEEP_LOGIN,
        types=("file",),
    ),
    Kind(
        "secret-login-file",
        CATEGORY,
        (
            "**/.pypirc",
            "**/.netrc",
            "**/_netrc",
            "**/.git-credentials",
            "**/.htpasswd",
            "**/.pgpass",
            "**/.my.cnf",
            "**/.mylogin.cnf",
        ),
        (
            text(
                r"^[ \t]*password[ \t]*[=:][ \t]*[^\s$<{]"
                r"|\bpassword[ \t]+[^\s$<{]"
                r"|^https?://[^/\s:@]{1,200}:[^@\s]{1,300}@"
                r"|^[^:\s]{1,100}:(?:\$|\{SHA\})"
                r"|^[^#:\s]{1,200}:[^:\s]{1,20}:[^:\s]{1,100}:[^:\s]{1,100}:\S",
                "holds a login",
            )
            | (named(".mylogin.cnf") & NOT_EMPTY)
        ).saying("holds a login"),
        "error",
        ("secret",),
        "A login in plain text, or a hash of one, for a package index, a git server or a database.",
        "github/gitignore Python; the tools' own documentation",
        keep=_KEEP_LOGIN,
        types=("file",),
    ),
    Kind(
        "secret-composer",
        CATEGORY,
        ("**/auth.json",),
        text(
            r"\"(?:http-basic|github-oauth|gitlab-token|gitlab-oauth|bitbucket-oauth|bearer)\"\s{0,9}:\s{0,9}\{\s{0,40}\"",
            "holds Composer's logins",
        ),
        "error",
        ("secret",),
        "Composer's logins of private package servers and code hosts. `RUN --mount=type=secret` gives them to the "
        "install alone.",
        "Composer documentation",
        keep=_KEEP_LOGIN,
        types=("file",),
    ),
    Kind(
        "secret-tool-token",
        CATEGORY,
        (
            "**/.cargo/credentials",
            "**/.cargo/credentials.toml",
            "**/.gem/credentials",
            "**/.config/gh/hosts.yml",
            "**/.config/glab-cli/config.yml",
            "**/.config/hub",
            "**/.terraformrc",
            "**/terraform.rc",
            "**/credentials.tfrc.json",
            "**/.pulumi/credentials.json",
            "**/.vault-token",
        ),
        (_TOKEN_SETTING | (named(".vault-token") & NOT_EMPTY)).saying("holds a token"),
        "error",
        ("secret",),
        "The token that a command-line tool stored when someone logged in: Cargo, RubyGems, GitHub, GitLab, "
        "Terraform, Pulumi or Vault.",
        "Cargo documentation; the tools' own documentation",
        types=("file",),
    ),
    Kind(
        "secret-agent-token",
        CATEGORY,
        (
            "**/.claude/.credentials.json",
            "**/.claude/settings.local.json",
            "**/.codex/auth.json",
            "**/.gemini/oauth_creds.json",
            "**/.mcp.json",
            "**/mcp.json",
        ),
        (
            value(
                rf"\"\w{{0,60}}(?i:token|api_?key|secret|password)\w{{0,40}}\"\s{{0,9}}:\s{{0,9}}{_LITERAL}",
                may_be_secret,
                "holds a token",
            )
            | value(
                rf"\"(?i:authorization)\"\s{{0,9}}:\s{{0,9}}\"(?i:bearer|basic) {_LITERAL}",
                may_be_secret,
                "holds a token",
            )
        ).saying("holds a token"),
        "error",
        ("secret",),
        "The login of a coding agent, or a token in the settings of the servers that it talks to. A reference such as "
        "${GITHUB_TOKEN} is fine.",
        "Claude Code, Codex and Gemini documentation; the Model Context Protocol",
        types=("file",),
    ),
    Kind(
        "secret-maven-gradle",
        CATEGORY,
        ("**/settings.xml", "**/gradle.properties", "**/key.properties", "**/keystore.properties"),
        (
            text(r"<(?:password|passphrase)>[^\s<${]", "holds a server's password")
            | (
                named("*.properties")
                & value(
                    rf"^[ \t]*[\w.-]{{0,80}}(?i:password|token|secret|api_?key)[ \t]*[=:][ \t]*{_LITERAL}",
                    may_be_secret,
                    "holds a password or a token",
                )
            )
        ).saying("holds a password or a token"),
        "warning",
        ("secret",),
        "A password or a token of a package server or of a signing key. The file itself is often needed: keep the "
        "secret in the home directory, or give it by `RUN --mount=type=secret`.",
        "gitleaks; Maven, Gradle and Android documentation",
        keep=_KEEP_LOGIN,
        types=("file",),
    ),
    Kind(
        "secret-nuget",
        CATEGORY,
        ("**/[Nn]u[Gg]et.[Cc]onfig",),
        text(r"(?i:cleartextpassword)[\"']\s{1,40}value[ \t]*=[ \t]*[\"'][^\"'%$\s]", "holds a password in plain text"),
        "warning",
        ("secret",),
        "A feed's password in plain text. The file is needed for a restore: write %NUGET_TOKEN% into it instead.",
        "gitleaks; NuGet documentation",
        keep=_KEEP_LOGIN,
        types=("file",),
    ),
    Kind(
        "secret-config-file",
        CATEGORY,
        (
            "**/secrets.dev.yaml",
            "**/values.dev.yaml",
            "**/secrets.y*ml",
            "**/secrets.json",
            "**/secrets.toml",
            "**/appsettings.*.local.json",
            "**/local_settings.py",
            "**/instance/*.cfg",
        ),
        _SECRET_SETTING & UNTRACKED,
        "warning",
        ("secret",),
        "Settings of one developer's machine with a secret in plain text. What SOPS encrypted is fine.",
        "docker init; github/gitignore Python; .NET and Streamlit documentation",
        keep=_KEEP_NAMED,
        types=("file",),
    ),
    Kind(
        "secret-password-file",
        CATEGORY,
        ("**/password.txt", "**/*[-_]password.txt", "**/*[-_]token.txt", "**/*[-_]api[-_]key.txt"),
        text(r"\A[^\s$<{]\S{3,200}\s{0,4}\Z", "a single word"),
        "warning",
        ("secret",),
        "The file behind a secret of a compose file: Compose mounts it at run time, and no image needs it.",
        "docker init; the Compose specification (secrets)",
        unless=("*example*", "*sample*"),
        types=("file",),
    ),
    Kind(
        "secret-terraform-state",
        CATEGORY,
        ("**/*.tfstate*", "**/*.tfplan"),
        (
            text(r"\"(?:terraform_version|lineage)\"\s{0,9}:", "Terraform state")
            | (named("*.tfplan") & magic("504b0304", words="a Terraform plan"))
        ).saying("a Terraform state or plan"),
        "error",
        ("secret",),
        "Terraform's state and plans hold every attribute in plain text, passwords and keys among them.",
        "Terraform documentation; github/gitignore Terraform",
        types=("file",),
    ),
    Kind(
        "secret-terraform-vars",
        CATEGORY,
        ("**/*.tfvars", "**/*.tfvars.json"),
        NOT_EMPTY & UNTRACKED,
        "warning",
        ("secret",),
        "Values for Terraform's variables, which git does not track, most often because there are secrets in them.",
        "github/gitignore Terraform",
        unless=("*example*", "*sample*", "*template*"),
        types=("file",),
    ),
    Kind(
        "secret-ansible-sops",
        CATEGORY,
        (
            "**/.vault_pass*",
            "**/.vault-pass*",
            "**/vault-password*",
            "**/vault_password*",
            "**/keys.txt",
            "**/key.txt",
            "**/*.agekey",
        ),
        (
            (named("*vault*") & text(r"\A(?!#!|\$ANSIBLE_VAULT)[^\n]{1,300}\n?\Z", "one line, as a password file"))
            | text(r"^AGE-SECRET-KEY-1", "a key of age")
        ).saying("a password or a key that decrypts"),
        "error",
        ("secret",),
        "The password or the key that decrypts the files of Ansible Vault or SOPS in the same tree. The encrypted "
        "files are fine.",
        "Ansible, SOPS and age documentation; gitleaks",
        unless=("*example*", "*sample*", "*.sh", "*.py", "*.md"),
        types=("file",),
    ),
    Kind(
        "secret-history",
        CATEGORY,
        (
            "**/.bash_history",
            "**/.zsh_history",
            "**/.sh_history",
            "**/.psql_history",
            "**/.mysql_history",
            "**/.sqlite_history",
            "**/.rediscli_history",
            "**/.python_history",
            "**/.node_repl_history",
            "**/.irb_history",
            "**/.lesshst",
        ),
        NOT_EMPTY,
        "warning",
        ("secret",),
        "What someone typed, passwords on the command line included.",
        "github/gitignore Node; the shells' own documentation",
        types=("file",),
    ),
)


def _of_tests(rows: tuple[Kind, ...]) -> Kind:
    """The row of what is one of these rows, and lies among test data."""

    @cache  # made when a place below tests is asked about: most trees have none, and there are a hundred patterns
    def patterns() -> list[tuple[DockerignorePattern, Kind]]:
        return [(DockerignorePattern(text), kind) for kind in rows for text in kind.patterns]

    def is_one(place: Place) -> bool:
        name = place.path.rpartition("/")[2]
        return any(
            place.type in kind.types
            and pattern.matches(place.path)
            and not any_glob(kind.unless, name)
            and kind.evidence.holds(place)
            for pattern, kind in patterns()
        )

    return Kind(
        "test-secret",
        CATEGORY,
        tuple(dict.fromkeys(text for kind in rows for text in kind.patterns)),
        (((_BELOW_TESTS & TRACKED) | (_BELOW_TEST_DATA & ~GIT_IGNORED)) & seen(is_one)).saying(
            "a secret by its form, among the test data"
        ),
        "warning",
        ("secret",),
        "A token or a password that stands among the tests: most often made up, and no reason to stop a build. "
        "Where it opens something, revoke it.",
        "gitleaks and detect-secrets leave tests to the reader, too",
        types=("file",),
    )


_ERRORS = tuple(kind for kind in _KINDS if kind.severity == "error" and "file" in kind.types)
_TEST_KEY = next(at for at, kind in enumerate(_KINDS) if kind.name == "test-key")
KINDS = (_KINDS[_TEST_KEY], _of_tests(_ERRORS), *_KINDS[:_TEST_KEY], *_KINDS[_TEST_KEY + 1 :])
