"""The vendors' formats, a file for each family. A new format is one more row there, written from the vendor's page."""

from __future__ import annotations

import functools

from ctxaudit.secrets import ALNUM, HEX, WORD, Row, Tier, decoded, is_varied
from ctxaudit.secrets.vendors import cloud, code, services
from ctxaudit.values import frozen

# Tools of an office, identity, and the web.

_WORK = "read and change what this token may in the workspace"

_WORK_ROWS = (
    Row(
        "secret-atlassian-token",
        ("ATATT3", "ATCTT3"),
        r"ATATT3[0-9A-Za-z_=-]{100,250}",
        "an Atlassian API token",
        _WORK,
        "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
        "id.atlassian.com/manage-profile/security/api-tokens",
        check=is_varied,
    ),
    Row(
        "secret-notion-token",
        ("ntn_", "secret_"),
        f"ntn_[0-9]{{11}}{ALNUM}{{32,36}}|secret_{ALNUM}{{43}}",
        "a Notion integration token",
        _WORK,
        "https://developers.notion.com/docs/authorization",
        "notion.so/my-integrations",
        check=is_varied,
    ),
    Row(
        "secret-linear-key",
        ("lin_api_", "lin_oauth_"),
        f"lin_api_{ALNUM}{{40}}|lin_oauth_{HEX}{{64}}",
        "a Linear API key",
        _WORK,
        "https://linear.app/developers/graphql",
        "linear.app/settings/account/security",
        check=is_varied,
    ),
    Row(
        "secret-asana-token",
        ("1/1", "2/1", "0/"),
        f"(?:0/|[12]/1)[0-9]{{9,17}}(?:/[0-9]{{10,17}})?:{HEX}{{32}}",
        "an Asana personal access token",
        _WORK,
        "https://developers.asana.com/docs/personal-access-token",
        "app.asana.com/0/my-apps",
        check=is_varied,
    ),
    Row(
        "secret-airtable-token",
        ("pat",),
        rf"pat{ALNUM}{{14}}\.{HEX}{{64}}",
        "an Airtable personal access token",
        _WORK,
        "https://airtable.com/developers/web/api/authentication",
        "airtable.com/create/tokens",
        check=is_varied,
    ),
    Row(
        "secret-frameio-token",
        ("fio-u-",),
        f"fio-u-{WORD}{{64}}",
        "a Frame.io developer token",
        _WORK,
        "https://developer.frame.io/docs/getting-started/authentication",
        "developer.frame.io, Developer tokens",
        check=is_varied,
    ),
    Row(
        "secret-figma-token",
        ("figd_", "figo_", "figu_"),
        rf"fig[dou]_{WORD}{{40}}",
        "a Figma token",
        _WORK,
        "https://www.figma.com/developers/api#access-tokens",
        "figma.com, Settings, Security",
        check=is_varied,
    ),
    Row(
        "secret-postman-key",
        ("PMAK-",),
        f"PMAK-{HEX}{{24}}-{HEX}{{34}}",
        "a Postman API key",
        _WORK,
        "https://learning.postman.com/docs/developer/postman-api/authentication/",
        "postman.co/settings/me/api-keys",
        check=is_varied,
    ),
    Row(
        "secret-okta-token",
        (),
        rf"00{WORD}{{40}}",
        "an Okta API token",
        "change the organization's users",
        "https://developer.okta.com/docs/guides/create-an-api-token/",
        "the admin console, Security, API, Tokens",
        name=("okta", "ssws"),
    ),
    Row(
        "secret-auth0-secret",
        (),
        rf"{WORD}{{64}}",
        "an Auth0 client secret",
        "log in as the application",
        "https://auth0.com/docs/get-started/applications/rotate-client-secret",
        "manage.auth0.com, Applications",
        name=("auth0",),
    ),
    Row(
        "secret-clickup-token",
        ("pk_",),
        "pk_[0-9]{5,10}_[0-9A-Z]{32}",
        "a ClickUp personal token",
        _WORK,
        "https://developer.clickup.com/docs/authentication",
        "app.clickup.com/settings/apps",
        check=is_varied,
    ),
    Row(
        "secret-hubspot-token",
        ("pat-na", "pat-eu"),
        f"pat-(?:na|eu)[0-9]-{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}",
        "a HubSpot private app token",
        "read the customers",
        "https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview",
        "app.hubspot.com, Private apps",
        check=is_varied,
    ),
    Row(
        "secret-dropbox-token",
        ("sl.",),
        rf"sl\.(?:u\.)?{WORD}{{100,1300}}",
        "a Dropbox access token",
        "read the account's files",
        "https://developers.dropbox.com/oauth-guide",
        "dropbox.com/account/connected_apps",
        check=is_varied,
    ),
    Row(
        "secret-facebook-token",
        ("EAA",),
        f"EAA[A-Z]{ALNUM}{{80,300}}",
        "a Facebook access token",
        "act as the user or page",
        "https://developers.facebook.com/docs/facebook-login/guides/access-tokens",
        "developers.facebook.com/tools/accesstoken",
        check=is_varied,
    ),
    Row(
        "secret-twitter-token",
        ("AAAAAAAAA",),
        "A{18,24}[0-9A-Za-z%]{60,120}",
        "an X (Twitter) bearer token",
        "read posts in the application's name",
        "https://docs.x.com/fundamentals/authentication/oauth-2-0/bearer-tokens",
        "developer.x.com",
        check=lambda value: is_varied(value) and b"%" in value,
    ),
    Row(
        "secret-salesforce-token",
        ("00D",),
        r"00D[0-9A-Za-z]{12,15}![0-9A-Za-z._]{80,120}",
        "a Salesforce access token",
        "read the customers",
        "https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_tokens.htm",
        "the setup, Session management",
        check=is_varied,
    ),
    Row(
        "secret-typeform-token",
        ("tfp_",),
        f"tfp_{WORD}{{40,82}}",
        "a Typeform personal access token",
        _WORK,
        "https://www.typeform.com/developers/get-started/personal-access-token/",
        "admin.typeform.com/account#/section/tokens",
        check=is_varied,
    ),
    Row(
        "secret-readme-key",
        ("rdme_",),
        "rdme_[a-z0-9]{70}",
        "a ReadMe API key",
        _WORK,
        "https://docs.readme.com/main/reference/authentication",
        "dash.readme.com, API keys",
        check=is_varied,
    ),
    Row(
        "secret-duffel-token",
        ("duffel_live_", "duffel_test_"),
        rf"duffel_(?:live|test)_{WORD}{{43}}",
        "a Duffel token",
        "book flights",
        "https://duffel.com/docs/api/overview/authentication",
        "app.duffel.com, Developers",
        check=is_varied,
    ),
    Row(
        "secret-easypost-key",
        ("EZAK", "EZTK"),
        f"EZ[AT]K{ALNUM}{{54}}",
        "an EasyPost API key",
        "buy shipping labels",
        "https://docs.easypost.com/docs/authentication",
        "easypost.com/account/api-keys",
        check=is_varied,
    ),
    Row(
        "secret-rails-key",
        (),
        f"{HEX}{{32}}|{HEX}{{64}}|{HEX}{{128}}",
        "a Rails master key or secret key base",
        "decrypt the credentials, and sign sessions",
        "https://guides.rubyonrails.org/security.html",
        "`rails credentials:edit` with another key",
        name=("rails", "base", "master"),
    ),
    Row(
        "secret-laravel-key",
        ("base64:",),
        r"base64:[0-9A-Za-z+/]{43}=",
        "a Laravel application key",
        "decrypt and sign sessions",
        "https://laravel.com/docs/encryption",
        "`php artisan key:generate`",
        check=is_varied,
    ),
    Row(
        "secret-dotenv-vault-key",
        ("dotenv://",),
        rf"dotenv://:key_{HEX}{{64}}@dotenv\.(?:org|local)",
        "a dotenv-vault key",
        "decrypt the environment's secrets",
        "https://www.dotenv.org/docs/security/dotenv-key",
        "`npx dotenv-vault rotatekey`",
        check=is_varied,
    ),
)


# Monitoring and alerts.

_SEES = "read the measurements and logs, or write false ones"

_OBSERVABILITY_ROWS = (
    Row(
        "secret-datadog-key",
        (),
        f"{HEX}{{32}}|{HEX}{{40}}|dd(?:api|app)_{ALNUM}{{32,40}}",
        "a Datadog API or application key",
        _SEES,
        "https://docs.datadoghq.com/account_management/api-app-keys/",
        "app.datadoghq.com/organization-settings/api-keys",
        name=("datadog", "dd"),
    ),
    Row(
        "secret-newrelic-key",
        ("NRAK-", "NRII-", "NRIQ-", "NRRA-", "NRAA-", "NRSP-"),
        rf"NR(?:AK|RA|AA)-[A-Z0-9]{{27,42}}|NRI[IQ]-{WORD}{{32}}|NRSP-[0-9A-Za-z]{{30,40}}",
        "a New Relic key",
        _SEES,
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/",
        "one.newrelic.com/api-keys",
        check=is_varied,
    ),
    Row(
        "secret-newrelic-license",
        ("NRAL",),
        f"{HEX}{{36}}NRAL",
        "a New Relic license key",
        "send data to the account",
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/",
        "one.newrelic.com/api-keys",
        check=is_varied,
    ),
    Row(
        "secret-grafana-token",
        ("glsa_", "glc_", "eyJrIjoi"),
        rf"glsa_{ALNUM}{{32}}_[0-9A-Fa-f]{{8}}|glc_[0-9A-Za-z+/]{{60,400}}={{0,2}}|eyJrIjoi[0-9A-Za-z+/]{{50,400}}={{0,2}}",
        "a Grafana token",
        _SEES,
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
        "the server's Administration, Service accounts",
        check=is_varied,
    ),
    Row(
        "secret-sentry-token",
        ("sntrys_", "sntryu_", "sntryi_", "sntrya_"),
        rf"sntrys_eyJ[0-9A-Za-z+/=]{{40,600}}_[0-9A-Za-z+/]{{43}}|sntry[uia]_{HEX}{{64}}",
        "a Sentry auth token",
        _SEES,
        "https://docs.sentry.io/account/auth-tokens/",
        "sentry.io/settings/auth-tokens",
        check=is_varied,
    ),
    Row(
        "secret-honeycomb-key",
        ("hcaik_", "hcxik_", "hcamk_", "hcxlk_", "hcalk_"),
        f"hc[ax](?:ik|mk|lk)_{ALNUM}{{26,64}}",
        "a Honeycomb key",
        _SEES,
        "https://docs.honeycomb.io/configure/environments/manage-api-keys/",
        "ui.honeycomb.io, Environment settings",
        check=is_varied,
    ),
    Row(
        "secret-honeycomb-key",
        (),
        f"{ALNUM}{{22}}|{HEX}{{32}}",
        "a Honeycomb key",
        _SEES,
        "https://docs.honeycomb.io/configure/environments/manage-api-keys/",
        "ui.honeycomb.io, Environment settings",
        name=("honeycomb",),
    ),
    Row(
        "secret-dynatrace-token",
        ("dt0c01.", "dt0s01.", "dt0s16."),
        r"dt0(?:c01|s01|s16)\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}",
        "a Dynatrace token",
        _SEES,
        "https://docs.dynatrace.com/docs/dynatrace-api/basics/dynatrace-api-authentication",
        "the environment's Access tokens",
        check=is_varied,
    ),
    Row(
        "secret-pagerduty-key",
        (),
        rf"[0-9A-Za-z_+-]{{20}}|{HEX}{{32}}|R[0-9A-Z]{{31}}",
        "a PagerDuty key",
        "read, raise and close alerts",
        "https://support.pagerduty.com/main/docs/api-access-keys",
        "the account's Integrations, API access keys",
        name=("pagerduty", "pd"),
    ),
    Row(
        "secret-rootly-key",
        ("rootly_",),
        f"rootly_{HEX}{{64}}",
        "a Rootly API key",
        "read and change incidents",
        "https://docs.rootly.com/api-reference/overview",
        "rootly.com, Organization settings, API keys",
        check=is_varied,
    ),
    Row(
        "secret-infracost-key",
        ("ico-",),
        f"ico-{ALNUM}{{32}}",
        "an Infracost API key",
        "use and see the account's cost estimates",
        "https://www.infracost.io/docs/",
        "dashboard.infracost.io, Org settings, API tokens",
        check=is_varied,
    ),
    Row(
        "secret-opsgenie-key",
        (),
        f"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}",
        "an Opsgenie API key",
        "read, raise and close alerts",
        "https://support.atlassian.com/opsgenie/docs/api-key-management/",
        "the account's API key management",
        name=("opsgenie",),
    ),
    Row(
        "secret-rollbar-token",
        (),
        f"{HEX}{{32}}",
        "a Rollbar access token",
        _SEES,
        "https://docs.rollbar.com/docs/access-tokens",
        "rollbar.com, Project access tokens",
        name=("rollbar",),
    ),
    Row(
        "secret-bugsnag-key",
        (),
        f"{HEX}{{32}}",
        "a BugSnag key",
        "send data to the account",
        "https://docs.bugsnag.com/",
        "app.bugsnag.com/settings",
        name=("bugsnag",),
    ),
    Row(
        "secret-logzio-token",
        (),
        f"{ALNUM}{{32}}",
        "a Logz.io shipping token",
        "send data to the account",
        "https://docs.logz.io/docs/user-guide/admin/authentication-tokens/log-shipping-tokens/",
        "app.logz.io, Manage tokens",
        name=("logzio",),
    ),
    Row(
        "secret-elastic-key",
        (),
        r"[0-9A-Za-z_+/=-]{40,100}",
        "an Elastic API key",
        "read the indexes",
        "https://www.elastic.co/docs/deploy-manage/api-keys",
        "Kibana, Stack management, API keys",
        check=lambda value: b":" in decoded(value),
        name=("elastic", "elasticsearch", "es"),
    ),
    Row(
        "secret-posthog-key",
        ("phx_", "phs_"),
        f"ph[xs]_{ALNUM}{{40,60}}",
        "a PostHog personal key",
        "read what users did",
        "https://posthog.com/docs/api",
        "the settings, Personal API keys",
        check=is_varied,
    ),
    Row(
        "secret-launchdarkly-key",
        ("sdk-", "api-"),
        f"(?:sdk|api)-{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}",
        "a LaunchDarkly SDK key or access token",
        "read or change the feature flags",
        "https://launchdarkly.com/docs/home/account/api",
        "app.launchdarkly.com/settings/authorization",
        check=is_varied,
    ),
)


ROWS: tuple[Row, ...] = (
    *cloud.CLOUD_ROWS,
    *code.FORGES_ROWS,
    *cloud.REGISTRIES_ROWS,
    *services.PAYMENTS_ROWS,
    *services.MESSAGING_ROWS,
    *services.MODELS_ROWS,
    *_OBSERVABILITY_ROWS,
    *code.INFRASTRUCTURE_ROWS,
    *_WORK_ROWS,
)
# Rows that the value alone tells, and rows that the name of the variable has to tell as well.
BY_VALUE = tuple(row for row in ROWS if row.keywords)
BY_NAME = tuple(row for row in ROWS if row.name)


# What there is to say of each kind of secret: what it is, what it opens, where it is revoked, and who says so.


@frozen
class SecretKind:
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
        "an OpenSSH private key",
        "log in wherever its public key is accepted",
        "remove its public key from authorized_keys and the forges",
        "https://man.openbsd.org/ssh-keygen.1",
    ),
    SecretKind(
        "secret-putty-key",
        "certain",
        "a PuTTY private key",
        "log in wherever its public key is accepted",
        "remove its public key from authorized_keys and the forges",
        "https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html",
    ),
    SecretKind(
        "secret-pgp-key",
        "certain",
        "an OpenPGP private key",
        "sign and decrypt as its owner",
        "publish its revocation certificate",
        "https://www.rfc-editor.org/rfc/rfc9580",
    ),
    SecretKind(
        "secret-java-keystore",
        "certain",
        "a Java keystore",
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
        "a KeePass database",
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
        "a password on a command line or in a call",
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
        "make another one at the service that takes it, and withdraw this one",
        "https://docs.docker.com/build/building/secrets/",
    ),
)


@functools.cache
def secret_kinds() -> dict[str, SecretKind]:
    """Return every kind of secret that a search finds, by name."""
    rows = (SecretKind(row.kind, row.tier, row.words, row.opens, row.rotate, row.source) for row in ROWS)
    return {kind.name: kind for kind in sorted((*rows, *_OTHERS), key=lambda kind: kind.name)}


def is_issued(kind: str) -> bool:
    """Whether a service issues such a secret; one that a command makes anew is the project's own."""
    return any(row.kind == kind and not row.rotate.startswith("`") for row in ROWS)
