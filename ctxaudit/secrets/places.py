"""What a file's path says of the secrets in it: source code, a test, a sample, a lock file, a login file."""

from __future__ import annotations

import functools
import re
from typing import Literal, NamedTuple

from ctxaudit.secrets.known import word_set

Shape = Literal["source", "settings", "quiet"]

_SOURCE = word_set(
    "py pyi pyx js mjs cjs jsx ts mts cts tsx vue svelte go java kt kts scala groovy gradle rb erb php",
    "phtml cs fs vb c h cc cpp cxx hpp hh m mm rs swift dart lua pl pm ex exs erl hs ml clj cljs r jl nim",
    "zig d pas cr tf hcl bicep ipynb json jsonc json5 sol ps1 psm1 psd1 sql graphql proto html htm jsp",
    "aspx cshtml razor twig ejs hbs j2 tpl el lisp scm tcl v sv jsonnet libsonnet nix cmake bzl star bazel",
    "css scss less har g g4 y yy l ll lex proto thrift asm s vbs bas groovy awk",
)
# Lock files, source maps, translations: full of random values and of words for secrets, and of no secrets.
_QUIET = re.compile(
    r"(?:.*[.-]lock(?:\.json|\.ya?ml|b)?|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml"
    r"|go\.(?:sum|mod)|.*\.map|.*\.min\.\w+"
    r"|.*[.-]bundle\.js|.*\.(?:po|pot|mo|xlf|xliff|resx|arb|strings|ftl|svg|css|scss|less|map|csv|tsv"
    r"|lock|sum|snap|d\.ts|ics|bib|tex|eml)"
    r"|.*\.lockfile|messages[._]\w+\.properties|.*_(?:de|fr|es|it|ja|zh|ko|pt|ru|pl|nl|sv|tr|cs"
    r"|en)(?:_\w\w)?\.properties"
    r"|[a-z]{2,3}[-_][A-Z]{2}\.(?:json5?|ya?ml|properties|ini|toml|php|[jt]s)"
    r"|integrity\.json|manifest\.json|\.terraform\.lock\.hcl|flake\.lock|podfile\.lock|composer\.lock"
    r"|chunk-\w+\.m?js|yarn.*\.cjs)",
    re.IGNORECASE,
)
_QUIET_DIRECTORY = re.compile(
    r"(?:^|/)(?:locales?|i18n|l10n|intl|translations?|lang|languages|node_modules/\.cache|\.yarn/releases)/",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r".*\.(?:md|mdx|markdown|rst|adoc|asciidoc|org|txt|rdoc|pod|textile|html?|ipynb_checkpoints|[1-8]|log|out)"
    r"|metadata|pkg-info|record|readme|changes|changelog|history|news|authors|license|copying|notice",
    re.IGNORECASE,
)
_SAMPLE = re.compile(
    r"(?:.*[._-])?(?:example|examples|sample|template|tmpl|tpl|dist|defaults?|schema|skel|demo"
    r"|stub)s?(?:[._-].*)?|.*\.(?:j2|tmpl|tpl|erb|mustache|hbs)",
    re.IGNORECASE,
)
_TEST_DIRECTORY = re.compile(
    r"(?:^|/)(?:t|tests?|unittests?|testing|testdata|test[-_]\w+|[\w.-]*[-_.]tests?|[\w.]*Tests?|specs?|e2e"
    r"|__tests__|__mocks__|mocks?|fixtures?|__fixtures__|[\w-]*[-_]fixtures?"
    r"|examples?|samples?|demos?|docs?|documentation|benchmarks?|cypress|playwright|storybook"
    r"|__snapshots__|cassettes|vcr[\w-]*|integration|conformance|site-packages/[\w.]+/tests?)/",
    re.IGNORECASE,
)
_TEST_FILE = re.compile(
    r"(?:test_.*|.*[._-](?:test|tests|spec|specs|e2e|mock|fixture|fixtures|stories)\.[\w.]+"
    r"|.*Tests?\.(?:java|kt|cs|scala|swift|php)|conftest\.py|.*_test\.\w+|tests?\.\w+)"
)
_LOGIN = re.compile(
    r"\.netrc|_netrc|\.pgpass|pgpass\.conf|\.my\.cnf|\.git-credentials|\.htpasswd|\.npmrc"
    r"|\.yarnrc(?:\.yml)?|\.pypirc|\.dockercfg|\.dockerconfigjson"
    r"|docker-config\.json|\.ftpconfig|sftp(?:-config)?\.json|sitemanager\.xml|filezilla\.xml|recentservers\.xml|rclone\.conf|\.s3cfg|\.boto"
    r"|kubeconfig.*|.*\.kubeconfig|admin\.conf|credentials\.tfrc\.json|\.terraformrc|auth\.json|\.vault-token|\.remote-sync\.json"
    r"|credentials|credentials\.(?:toml|ini|csv|json|ya?ml|xml)|dbeaver.*\.json|\.lftprc|\.wgetrc|\.curlrc|sasl_passwd|shadow|\.esmtprc|\.msmtprc|\.fetchmailrc"
    r"|\.muttrc|\.smbcredentials|\.cifs.*|wpa_supplicant\.conf|\.pgpass\.conf|\.mongorc\.js|\.rediscli.*|settings-security\.xml|\.condarc|pip\.conf|hosts\.yml"
    r"|nuget\.config|\.?secrets?\.(?:toml|ya?ml|json|env)",
    re.IGNORECASE,
)
_LOGIN_PATH = re.compile(
    r"(?:^|/)(?:\.docker/config\.json|\.kube/config|\.aws/(?:credentials|config)|\.config/(?:gh|hub|glab-cli)\b.*)$"
)
_ENVIRONMENT = re.compile(r"(?:\.env(?:rc|\..*)?|.*\.env|\.flaskenv|\.Renviron|env)")


class Place(NamedTuple):
    """What a path says. shape: how its values are written, "quiet" where names mean nothing.

    mild: a test, a sample or documentation, where a secret is a note. login: made to hold a login.
    environment: a file of variables, where each line is a name and a value.
    """

    shape: Shape
    mild: bool
    login: bool
    environment: bool


@functools.lru_cache(maxsize=4096)
def place_of(path: str) -> Place:
    """Return what is to be known of a file by its path."""
    name = path.rpartition("/")[2]
    document = _DOCUMENT.fullmatch(name) is not None
    quiet = _QUIET.fullmatch(name) is not None or _QUIET_DIRECTORY.search(path) is not None
    login = (_LOGIN.fullmatch(name) or _LOGIN_PATH.search(path)) is not None and not quiet
    mild = document or _is_mild(path, name)
    ending = name.rpartition(".")[2].lower() if "." in name.lstrip(".") else ""
    shape: Shape = "source" if ending in _SOURCE else "settings"
    is_text = name.lower().endswith(".txt") and not _TEST_DIRECTORY.search(path) and "requirements" in name
    if is_text:
        return Place("settings", False, False, False)
    return Place("quiet" if quiet or document else shape, mild, login, _ENVIRONMENT.fullmatch(name) is not None)


def _is_mild(path: str, name: str) -> bool:
    above = path[: -len(name)]
    return bool(_SAMPLE.fullmatch(name) or _TEST_DIRECTORY.search(above) or _TEST_FILE.fullmatch(name))
