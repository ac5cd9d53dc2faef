"""Names and values as other languages and formats write them, each beside what only looks like it."""

from __future__ import annotations

import pytest

from ctxaudit.secrets.search import search
from planted import PASSWORD, TOKEN, encoded


def shown(row: tuple[str, str]) -> str:
    """Return a row's id: the file, and its text without the value."""
    path, text = row
    return f"{path} with {text}".replace(PASSWORD, "VALUE").replace(TOKEN, "VALUE")[:90]


SECRETS = [
    ("A.java", f'@Value("${{app.token:{TOKEN}}}") String t;'),
    ("A.java", f'@Value("${{spring.datasource.password:{PASSWORD}}}")\nprivate String pw;'),
    ("A.kt", f'@Value("\\${{app.api-key:{TOKEN}}}") val k: String'),
    ("application.yml", f'url: "x?p=${{DB_PASSWORD:{PASSWORD}}}"'),
    ("a.properties", f"db.url=jdbc:oracle:thin:app/{PASSWORD.rstrip('!')}@db.acme.dev:1521:xe"),
    ("A.java", f'String u = "jdbc:oracle:thin:app/{PASSWORD}@//db:1521/x";'),
    ("a.rs", f'let password: Option<&str> = Some("{PASSWORD}");'),
    ("a.rs", f'Config {{ token: Some("{TOKEN}".to_string()), n: 1 }}'),
    ("a.rs", f'.password(Some("{PASSWORD}"))'),
    ("a.rs", f'api_key: Some(String::from("{TOKEN}")),'),
    ("user-data", f"#cloud-config\nchpasswd:\n  expire: false\n  list: |\n    root:{PASSWORD}\n"),
    ("cloud-init.yaml", f"#cloud-config\nchpasswd:\n  list:\n    - ubuntu:{PASSWORD}\n"),
    ("user-data.yaml", f"chpasswd:\n  users:\n  - {{name: root, password: {PASSWORD}, type: text}}\n"),
    ("appsettings.json", f'{{"Jwt": {{"Issuer": "x", "Key": "{TOKEN}"}}}}'),
    ("appsettings.json", f'{{\n  "Jwt": {{\n    "Key": "{TOKEN}",\n    "Issuer": "https://x"\n  }}\n}}'),
    ("config.yml", f"jwt:\n  issuer: x\n  key: {TOKEN}\n"),
    ("app.toml", f'[jwt]\nissuer = "x"\nkey = "{TOKEN}"\n'),
    ("config.json", f'{{"encryption": {{"key": "{TOKEN}"}}}}'),
    ("app.config", f'<setting name="DbPassword" serializeAs="String">\n  <value>{PASSWORD}</value>\n</setting>'),
    (
        "Settings.settings",
        f'<Setting Name="ApiPassword" Type="System.String">\n <Value Profile="(Default)">{PASSWORD}</Value></Setting>',
    ),
    ("creds.json", f'{{"auths": {{"ghcr.io": {{"auth": "{encoded("bob:" + PASSWORD)}"}}}}}}'),
    ("pull-secret.json", f'{{"auths":{{"quay.io":{{"auth":"{encoded("bob:" + PASSWORD)}","email":"a@b"}}}}}}'),
    ("a.dart", f"const String apiKey = '{TOKEN}';"),
    ("a.scala", f'val dbPassword: String = "{PASSWORD}"'),
    ("a.groovy", f"def token = '{TOKEN}'"),
    ("a.swift", f'let apiSecret = "{TOKEN}"'),
    ("a.m", f'static NSString *const kApiToken = @"{TOKEN}";'),
    ("a.vb", f'Dim password As String = "{PASSWORD}"'),
    ("a.r", f'Sys.setenv(API_TOKEN = "{TOKEN}")'),
    ("a.jl", f'ENV["DB_PASSWORD"] = "{PASSWORD}"'),
    ("a.hs", f'dbPassword = "{PASSWORD}"'),
    ("a.erl", f'{{password, "{PASSWORD}"}},'),
    ("a.nix", f'  password = "{PASSWORD}";'),
    ("a.ml", f'let password = "{PASSWORD}"'),
    ("haproxy.cfg", f"    user admin insecure-password {PASSWORD}"),
    ("pgbouncer/userlist.txt", f'"app" "{PASSWORD}"'),
    ("mosquitto.conf", f"remote_password {PASSWORD}"),
    ("odbc.ini", f"PWD = {PASSWORD}"),
    ("my.ini", f"[client]\npassword={PASSWORD}\n"),
    ("tnsnames.properties", f"connection=oracle://app:{PASSWORD.rstrip('!')}@db.acme.dev/x"),
    ("vars.libsonnet", f"{{ dbPassword:: '{PASSWORD}' }}"),
    ("a.bicep", f"param adminPassword string = '{PASSWORD}'"),
    ("a.pp", f"  password => '{PASSWORD}',"),
    ("playbook.yml", f"- mysql_user:\n    name: app\n    password: {PASSWORD}\n"),
    ("recipe.rb", f"default['app']['db']['password'] = '{PASSWORD}'"),
    ("a.cue", f'password: "{PASSWORD}"'),
    ("values.yaml", f"auth:\n  rootPassword: {PASSWORD}\n"),
    ("app.conf", f'include x\npassword = "{PASSWORD}"\n'),
    ("log4j2.xml", f'<Jdbc userName="a" password="{PASSWORD}"/>'),
    ("context.xml", f'<Resource name="jdbc/x" username="a" password="{PASSWORD}" />'),
    ("server.xml", f'<Connector keystorePass="{PASSWORD}"/>'),
    ("a.cs", f'new SqlConnection("Server=db;Database=x;User Id=sa;Password={PASSWORD};")'),
    ("a.go", f'dsn := "app:{PASSWORD.rstrip("!")}@tcp(db:3306)/x"'),
    ("a.py", f"os.environ['API_TOKEN'] = '{TOKEN}'"),
    ("a.py", f'os.environ.setdefault("SECRET_KEY", "{TOKEN}")'),
    ("a.ts", f"process.env.API_TOKEN = '{TOKEN}';"),
    ("traefik.toml", f'[api]\ntoken = "{TOKEN}"\n'),
    ("a.ps1", f'$cred = New-Object PSCredential("admin", (ConvertTo-SecureString "{PASSWORD}" -AsPlainText -Force))'),
    ("a.cmake", f'set(SIGNING_PASSWORD "{PASSWORD}")'),
    ("a.gd", f'var api_token = "{TOKEN}"'),
    ("secrets/db_password.txt", f"{PASSWORD}\n"),
    ("a.sh", f"sqlplus -s app/{PASSWORD}@db.acme.dev/x"),
    ("a.sh", f"chpasswd <<EOF\nroot:{PASSWORD}\nEOF\n"),
    ("a.go", f'const apiKey string = "{TOKEN}"'),
    ("JwtSettings.json", f'{{"JwtSettings": {{"Key": "{TOKEN}"}}}}'),
]
NOT_SECRETS = [
    ("a.dart", "final String password;"),
    ("a.scala", "def token(t: String): Parser[String] = literal(t)"),
    ("a.java", '@Value("${app.token:}") String t;'),
    ("a.java", '@Value("${app.token:changeme}") String t;'),
    ("a.java", '@Value("${security.jwt.token.expire-length:3600000}") long t;'),
    ("a.java", '@Value("${app.password.encoder:bcrypt2}") String t;'),
    ("a.properties", "db.url=jdbc:oracle:thin:@db.acme.dev:1521:xe"),
    ("a.properties", "db.url=jdbc:oracle:thin:scott/tiger@localhost:1521:xe"),
    ("a.properties", "db.url=jdbc:oracle:thin:${USER}/${PASS}@db:1521:xe"),
    ("a.rs", 'let token = Some("identifier1");'),
    ("a.rs", "password: Option<String>,"),
    (
        "user-data",
        "#cloud-config\nchpasswd:\n  list: |\n    root:$6$abc$aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ\n    b:RANDOM\n    c:R\n",
    ),
    ("config.yml", "cache:\n  key: v1-a9F3kQ2x7Zp0Lw4TQ8rT6nB1\n"),
    ("ci.yml", "- uses: actions/cache@v4\n  with:\n    key: linux-a9F3kQ2x7Zp0Lw4TQ8rT6nB1cD5\n"),
    ("a.json", '{"public": {"key": "a9F3kQ2x7Zp0Lw4TQ8rT6nB1cD5"}}'),
    ("a.json", '{"index": {"key": "a9F3kQ2x7Zp0Lw4TQ8rT6nB1cD5"}}'),
    ("a.json", '{"jwt": {"key": "${JWT_KEY}"}}'),
    ("a.json", '{"jwt": {"key": "/run/secrets/jwt.pem"}}'),
    ("a.json", '{"jwt": {"issuer": "x"}, "item": {"key": "a9F3kQ2x7Zp0Lw4TQ8rT6nB1cD5"}}'),
    ("app.config", '<setting name="PasswordLength" serializeAs="String"><value>12</value></setting>'),
    ("app.config", '<setting name="TokenUrl" serializeAs="String"><value>https://x/y1</value></setting>'),
    ("creds.json", '{"auths": {"ghcr.io": {}}, "credsStore": "desktop"}'),
    ("creds.json", '{"auths": {"ghcr.io": {"auth": ""}}}'),
    ("schema.json", '{"properties": {"auths": {"type": "object"}, "auth": {"type": "string"}}}'),
    ("a.swift", 'let tokenType = "Bearer1"'),
    ("a.ex", "@token_regex ~r/[a-z0-9]{20}/"),
    ("a.hs", "passwordField :: Text -> Form"),
    ("values.yaml", "existingSecret: my-app-db-2024\nexistingSecretPasswordKey: db-password1\n"),
    ("a.bicep", "@secure()\nparam adminPassword string\n"),
    ("a.nix", '  passwordFile = "/run/keys/pw1";'),
    ("a.tf", "  password = random_password.db1.result"),
    ("a.tf", '  secret_id = "prod/app/db-1"'),
    ("a.yaml", "tokenReview: authentication.k8s.io/v1\n"),
    ("a.yaml", "password:\n  secretKeyRef:\n    name: db1\n    key: password-1\n"),
    ("a.yaml", "key: app.kubernetes.io/name2\n"),
    ("a.py", 'parser.add_argument("--token", default=None, help="the token2 to use")'),
    ("a.py", 'assert token == "abc123def456"'),
    ("a.go", 'const tokenHeader = "X-Auth-Token-V2"'),
    ("pgbouncer/userlist.txt", '"app" "SCRAM-SHA-256$4096:abc=$def=:ghi="'),
    ("a.cs", '[JsonPropertyName("access_token2")] public string AccessToken { get; set; }'),
    ("secrets/db_password.txt", "changeme\n"),
    ("wordlists/passwords.txt", f"{PASSWORD}\n"),
    ("a.sh", "sqlplus scott/tiger@localhost/x"),
    ("a.go", 'dsn := "root:root@tcp(127.0.0.1:3306)/x"'),
    ("a.yaml", f"jwt:\n  issuer: x\ncache:\n  key: {TOKEN}\n"),
    ("a.toml", f'[jwt]\nissuer = "x"\n[index]\nkey = "{TOKEN}"\n'),
    ("a.ps1", '$p = ConvertTo-SecureString "$env:PW1" -AsPlainText -Force'),
]


@pytest.mark.parametrize("row", SECRETS, ids=shown)
def test_a_value_is_found_as_another_language_writes_it(row: tuple[str, str]) -> None:
    path, text = row
    assert [secret.mild for secret in search(path, text.encode(), b"key")] == [False]


@pytest.mark.parametrize("row", NOT_SECRETS, ids=shown)
def test_what_only_looks_like_one_is_not_a_secret(row: tuple[str, str]) -> None:
    path, text = row
    assert [secret for secret in search(path, text.encode(), b"key") if not secret.mild] == []
