"""The generic detector: names that mean a secret, in the forms in which files have them."""

from __future__ import annotations

import base64
import random
import uuid

import pytest

from ctxaudit.secrets.search import search
from planted import PASSWORD, TOKEN, alnum, encoded, github, hexadecimal, pem

FINGERPRINT = "4B7C1F09A2D65E83B17094CC53E8F2A6D01B39F7"


def base32(text: str) -> str:
    """Return base32 of Latin text, as an app for passwords of one use shows it."""
    return base64.b32encode(text.encode("latin-1")).decode()


def shown(row: tuple[str, str]) -> str:
    """Return a row's id: the file, and its text without the value."""
    path, text = row
    return f"{path} with {text}".replace(PASSWORD, "VALUE").replace(TOKEN, "VALUE")[:90]


@pytest.mark.parametrize(
    "row",
    [
        ("a.py", f'os.environ["API_KEY"] = "{TOKEN}"'),
        ("Dockerfile", f"ENV API_KEY {FINGERPRINT}\n"),
        ("Dockerfile", f"RUN gpg --verify x.asc\nENV DEPLOY_KEY {FINGERPRINT}\n"),
        ("Dockerfile", f"ENV GPG_PASSPHRASE {FINGERPRINT}\n"),
        ("a.go", f"type A struct {{}}\nvar apiToken string = `{TOKEN}`\n"),
        ("chart/templates/secrets.yaml", f'{{{{- $adminPassword := "{PASSWORD}" }}}}\n'),
        ("chart/templates/secrets.yaml", f'{{{{- $adminPassword := default "{PASSWORD}" .Values.password }}}}\n'),
        ("a.sh", f'API_TOKEN=$(echo "{TOKEN}" | base64 -d)\n'),
        ("a.sh", "export DB_PASSWORD=q7Xk.2VbN(9sLm\n"),
        ("Rakefile", f'api_key = "{TOKEN}"\n'),
        ("a.yaml", f"auth:\n  password: {PASSWORD}\n"),
        ("a.yaml", f"authorization:\n  credentials: {TOKEN}\n"),
        ("a.yaml", f"api_token:\n  {TOKEN}\n"),
        ("a.yaml", f"cookieSecret: {encoded(TOKEN[:16])}\n"),
        ("a.yaml", f"secrets:\n  payments: {TOKEN}\n"),
        ("a.toml", f'[pypi-token]\npypi = "{TOKEN}"\n'),
        ("auth.json", f'{{\n  "bearer": {{ "x.acme.dev": "{TOKEN}" }}\n}}\n'),
        ("a.json", f'{{"tokens": ["{TOKEN}", "x"]}}'),
        ("db/app.prisma", f'  accessToken = "{TOKEN}"'),
        ("a.json", f'{{"key": "password", "value": "{PASSWORD}"}}'),
        ("a.plist", f"<key>Password</key><string>{PASSWORD}</string>"),
        ("a.jwk", f'{{"kty": "oct", "kid": "x", "k": "{TOKEN}"}}'),
        (".env", f"RABBITMQ_ERLANG_COOKIE={TOKEN.upper()[:20]}"),
        ("a.yaml", f"url: ssh://amy:{PASSWORD}@h.acme.dev/x"),
        ("a.py", f'TOKENS = [\n    "a",\n    "{github()}",\n]\n'),
        ("a.py", f"password = (\n    '{PASSWORD}'\n)\n"),
        ("etc/ppp/chap-secrets", f'vpn * "{PASSWORD}" *\n'),
        ("etc/ipsec.secrets", f'1.2.3.4 %any : PSK "{PASSWORD}"\n'),
        ("a.tfstate", f'{{"type": "random_password", "instances": [{{"attributes": {{"result": "{PASSWORD}"}}}}]}}'),
        ("a.json", f'{{"adminPassword": {{"value": "{PASSWORD}"}}}}'),
        ("a.json", f'{{"adminPassword": {{\n  "defaultValue": "{PASSWORD}"\n}}}}'),
        ("build.xml", f'<signjar alias="x" storepass="{PASSWORD}"/>'),
        ("a.sh", f"aws configure set aws_secret_access_key {TOKEN}"),
        ("Dockerfile", f"RUN apk add x && aws configure set aws_secret_access_key {TOKEN}"),
        ("Dockerfile", f"RUN aws --profile p configure set aws_secret_access_key {TOKEN} && make"),
        ("a.sh", f"x; aws configure set profile.p.aws_secret_access_key {TOKEN}; make"),
        ("Dockerfile", f"RUN printf 'machine a.b login bob password {PASSWORD}' > /root/.netrc"),
        ("Dockerfile", f"RUN printf 'machine a.b\\nlogin bob\\npassword {PASSWORD}\\n' > /root/.netrc"),
        ("Dockerfile", f"RUN echo machine a.b login bob password {PASSWORD} >> /root/.netrc"),
        ("a.sh", f"http -a bot:{PASSWORD} https://h/"),
        ("a.sh", f"curl -U bot:{PASSWORD} https://h/"),
        ("a.sh", f"http -A bearer -a {TOKEN} https://h/"),
        ("a.sh", "redis-cli -a tr0ub4dor ping"),
        ("a.sh", "docker --config /c login -u bot -p tr0ub4dor r.acme.dev"),
        ("a.sh", "oc login h -u bot -p tr0ub4dor"),
        ("a.sh", "mysql -u root -ptr0ub4dor app"),
        ("a.sh", "mongosh -u root -p tr0ub4dor"),
        ("a.sh", "twine upload -u bot -p tr0ub4dor dist/*"),
        ("a.sh", "az login -u bot -p tr0ub4dor"),
        ("a.sh", "dotnet nuget add source h -u bot -p tr0ub4dor"),
        ("a.sh", "cqlsh -u bot -p tr0ub4dor"),
        ("a.sh", "useradd -p tr0ub4dor bob"),
        ("a.sh", "sqlcmd -U sa -P tr0ub4dor"),
        ("a.sh", "zip -P tr0ub4dor a.zip a"),
        ("a.sh", "7z x -ptr0ub4dor a.7z"),
        ("a.sh", "ldapsearch -D cn=admin -w tr0ub4dor"),
        ("a.bat", "plink -pw tr0ub4dor h"),
        ("a.sh", "keytool -list --password tr0ub4dor"),
        ("a.sh", "docker run x -p a9F3kQ2x7Zp0Lw4TQ8rT"),
        ("a.tfvars", f'secrets = {{\n  mail = "{TOKEN}"\n}}\n'),
        ("a.ovpn", pem().replace("PRIVATE KEY", "OpenVPN Static key V1")),
        ("a.cfg", "cb=https://api.telegram.org/bot1234567890:AA" + f"{TOKEN}{TOKEN}"[:33] + "/sendMessage"),
        ("a.ts", f"const t = SecretValue.unsafePlainText('{TOKEN}');"),
        ("a.go", f'signed, _ := t.SignedString([]byte("{TOKEN}"))'),
        ("A.java", f'store.load(in, "{PASSWORD}".toCharArray()); keyStore.load(in, "{PASSWORD}".toCharArray());'),
        ("a.sbt", f'credentials += Credentials("Nexus", "n.acme.dev", "bot", "{PASSWORD}")'),
        ("notes.txt", f"Provider=SQLOLEDB;Data Source=db;User ID=x;Password={PASSWORD}"),
        ("host.txt", pem()),
        ("index.html", f'<script>var apiSecret = "{TOKEN}";</script>'),
        ("settings.py.bak", f'SECRET = "{TOKEN}"'),
        ("etc/shadow.bak", "amy:$6$abcdefgh$0123456789abcdefghijkl:19000:0:99999:7:::\n"),
        (".env.old", f"DB_PASSWORD={PASSWORD}"),
        ("a.go", f'hmacSecret := []byte("{TOKEN}")'),
        ("a.rb", f"ENV['API_TOKEN'] ||= '{TOKEN}'"),
        ("a.rb", f"key = ENV.fetch('SECRET_KEY') {{ '{TOKEN}' }}"),
        ("a.rb", f"request.basic_auth 'bot', '{PASSWORD}'"),
        ("a.kt", f'private val secret by lazy {{ "{TOKEN}" }}'),
        ("a.scala", f'val conf = Map("token" -> "{TOKEN}")'),
        ("a.r", f'password <- "{PASSWORD}"'),
        ("a.rs", f'.basic_auth("bot", Some("{PASSWORD}"))'),
        ("a.php", f"$pdo = new PDO('mysql:host=db', 'app', '{PASSWORD}');"),
        ("a.php", f"$link = mysqli_connect('db', 'root', '{PASSWORD}', 'app');"),
        ("a.pl", f'my $dbh = DBI->connect("dbi:mysql:app", "x", "{PASSWORD}");'),
        ("a.py", f"smtp.login('x@acme.dev', '{PASSWORD}')"),
        ("a.py", f"jwt.encode(payload, '{TOKEN}', algorithm='HS256')"),
        ("a.py", f"Fernet(b'{TOKEN}')"),
        ("a.ts", f"jwt.sign(payload, '{TOKEN}')"),
        ("A.java", f'return new UsernamePasswordAuthenticationToken("amy", "{PASSWORD}");'),
        ("A.java", f'new PasswordAuthentication("amy", "{PASSWORD}".toCharArray())'),
        ("A.cs", f'new SymmetricSecurityKey(Encoding.UTF8.GetBytes("{TOKEN}"))'),
        ("a.sh", f"openssl rsa -passin pass:{PASSWORD} -in k"),
        ("a.sh", f"echo '{TOKEN}' | docker login -u bot --password-stdin"),
        ("compose.yaml", f"command: redis-server --requirepass {TOKEN}"),
        ("compose.yaml", f'command: ["redis-server", "--requirepass", "{TOKEN}"]'),
        ("a.service", f"ExecStart=/bin/x --token {TOKEN}"),
        (".env", f"PASSWORD={PASSWORD}é9"),
        ("appsettings.json", f'{{"Default": "Server=db.acme.dev;User Id=sa;Password={PASSWORD};"}}'),
        ("application.properties", f"url=jdbc:mysql://db.acme.dev/x?user=app&password={PASSWORD}"),
        ("a.js", f'pool = {{password: process.env.PW || "{PASSWORD}"}}'),
        ("a.py", f'os.environ.setdefault("DB_PASSWORD", "{PASSWORD}")'),
        ("a.py", f'os.getenv("API_TOKEN", "{TOKEN}")'),
        ("a.py", f'API_TOKEN = os.environ.get("API_TOKEN", "{TOKEN}")'),
        ("a.py", f'API_TOKEN = config("API_TOKEN", default="{TOKEN}")'),
        ("a.py", f'API_TOKEN = os.getenv("API_TOKEN") or "{TOKEN}"'),
        ("a.js", f'const apiToken = process.env.API_TOKEN || "{TOKEN}"'),
        ("a.ts", f"const apiToken = process.env['API_TOKEN'] ?? '{TOKEN}'"),
        ("a.kt", f'val apiToken = System.getenv("API_TOKEN") ?: "{TOKEN}"'),
        ("a.rb", f'API_TOKEN = ENV.fetch("API_TOKEN", "{TOKEN}")'),
        ("a.php", f"'password' => env('DB_PASSWORD', '{PASSWORD}'),"),
        ("compose.yaml", f"API_TOKEN: ${{API_TOKEN:-{TOKEN}}}"),
        ("compose.yaml", f'- "API_TOKEN=${{API_TOKEN-{TOKEN}}}"'),
        ("compose.yaml", f'API_TOKEN: "${{A:-${{B:-{TOKEN}}}}}"'),
        ("compose.yaml", f"context: https://u:${{API_TOKEN:-{TOKEN}}}@git.acme.dev/r.git"),
        ("Dockerfile", f'ENV API_TOKEN="${{API_TOKEN:-{TOKEN}}}"'),
        ("a.sh", f': "${{API_TOKEN:={TOKEN}}}"'),
        ("application.yml", f"password: ${{DB_PASSWORD:{PASSWORD}}}"),
        (".env", f"REPOSITORY=https://{alnum(40)}@git.acme.dev/a.git"),
        (".env", f"PROXY=ss://{encoded('aes-256-gcm:' + PASSWORD)}@h.acme.dev:8388"),
        (".env", "APP_SECRET=t3lesc0pe-w1nt3r"),
        ("a.py", f'setPassword("{PASSWORD}")'),
        ("a.py", f'client.use_token("{TOKEN}")'),
        ("a.properties", f"sonar.token={TOKEN}\nsonar.login={TOKEN}\n"),
        ("a.ts", f'const projectKey = "{TOKEN}"'),
        ("src/it.ts", f'const apiKey = "{TOKEN}"'),
        ("messages/client.json", f'{{"api_token": "{TOKEN}"}}'),
        ("a.py", f'totp_secret = "{base32(alnum(20))}"'),
        ("settings.yaml", f"app:\n  openapi: true\n  password: {PASSWORD}\n"),
        ("config/de.yml", f"api_token: {TOKEN}\n"),
        ("stores/pl.properties", f"secret_key = {TOKEN}\n"),
        ("config.json", '{"apiKey": "wpass-4711-q7x-z9k"}'),
        (".env.production", "ADMIN_PASSWORD=S3cr3tF0rPr0d!\n"),
        ("package.json", f'{{"dependencies": {{"openapi": "1.2.3"}}, "config": {{"api_token": "{TOKEN}"}}}}'),
        ("a.ts", f"x({{ example: 1 }}); y({{ password: '{PASSWORD}' }})"),
        ("a.ts", f"const exampleOf = {{ password: '{PASSWORD}' }}"),
        (".github/workflows/e2e-deploy.yml.bak", f"env:\n  API_TOKEN: {TOKEN}\n"),
        ("src/keys.rs", f'const LATEST_KEY: &str = "{pem()}";'),
        ("src/keys.rs", f'const KEY: &str = "{pem()}"; // test'),
        ("a.ts", "const masterPassword = 'forest-4096-Pepper9'"),
        ("script/reset", "user.password = tR7(kd83hfA9slQ)\n"),
        ("a.py", f'PASSWORD: str = "{PASSWORD}"'),
        ("a.py", f"config['password'] = '{PASSWORD}'"),
        ("a.py", f"connect(user='x', password='{PASSWORD}')"),
        ("a.py", f'dsn = "host=db user=app password={PASSWORD} dbname=x"'),
        ("a.py", f'requests.get(u, headers={{"X-Api-Key": "{TOKEN}"}})'),
        ("a.py", f'requests.get(u, auth=("admin", "{PASSWORD}"))'),
        ("a.go", f'const apiToken = "{TOKEN}"'),
        ("a.go", f'Password: "{PASSWORD}",'),
        ("a.go", f'password := "{PASSWORD}"'),
        ("a.go", f'os.Setenv("API_TOKEN", "{TOKEN}")'),
        ("A.java", f'private static final String PASSWORD = "{PASSWORD}";'),
        ("A.java", f'ds.setPassword("{PASSWORD}");'),
        ("A.java", f'DriverManager.getConnection("jdbc:mysql://db/x", "app", "{PASSWORD}")'),
        ("a.kt", f'val apiKey: String = "{TOKEN}"'),
        ("a.rs", f'const API_KEY: &str = "{TOKEN}";'),
        ("a.ts", f"private readonly apiToken: string = '{TOKEN}';"),
        ("a.cs", f'string conn = @"Server=db;User Id=sa;Password={PASSWORD};";'),
        ("a.cs", f'public string ApiKey {{ get; set; }} = "{TOKEN}";'),
        ("a.c", f'#define API_KEY "{TOKEN}"'),
        ("a.c", f'static const char *password = "{PASSWORD}";'),
        ("a.c", f'char password[] = "{PASSWORD}";'),
        ("a.ino", f'const char* ssid_password = "{PASSWORD}";'),
        ("a.php", f"define('DB_PASSWORD', '{PASSWORD}');"),
        ("a.php", f"'password' => '{PASSWORD}',"),
        ("a.php", f"$password = '{PASSWORD}';"),
        ("a.rb", f":password => '{PASSWORD}'"),
        ("a.rb", f"password: '{PASSWORD}'"),
        ("a.pl", f"my $password = '{PASSWORD}';"),
        ("a.lua", f'password = "{PASSWORD}"'),
        ("a.ps1", f'$env:API_TOKEN = "{TOKEN}"'),
        ("a.ps1", f'$pw = ConvertTo-SecureString "{PASSWORD}" -AsPlainText -Force'),
        ("a.bat", f"set DB_PASSWORD={PASSWORD}"),
        ("a.fish", f"set -gx API_TOKEN {TOKEN}"),
        ("a.sh", f"export TOKEN={TOKEN}"),
        ("a.sh", f': "${{DB_PASSWORD:={PASSWORD}}}"'),
        ("a.sh", f"mysql -u root -p{PASSWORD} db"),
        ("a.sh", f"curl -u admin:{PASSWORD} https://h/"),
        ("a.sh", f'curl -H "X-Api-Key: {TOKEN}" https://h/'),
        ("a.sh", f"curl -H 'Authorization: Basic {encoded('admin:' + PASSWORD)}' u"),
        ("a.sh", f'echo "root:{PASSWORD}" | chpasswd'),
        ("a.sh", f"sshpass -p {PASSWORD} ssh h"),
        ("a.sh", f"docker login -u x -p {TOKEN} ghcr.io"),
        ("a.sh", f"PGPASSWORD={PASSWORD} psql -h db"),
        ("a.sh", f"kubectl create secret generic x --from-literal=password={PASSWORD}"),
        ("a.sh", f"helm install --set db.password={PASSWORD} x"),
        ("x.yaml", f"password: >-\n  {PASSWORD}\n"),
        ("x.yaml", f"password: |\n  {PASSWORD}\n"),
        ("x.yaml", f"- name: DB_PASSWORD\n  value: {PASSWORD}\n"),
        ("x.yaml", f'- name: DB_PASSWORD\n  value: "{PASSWORD}"\n'),
        ("x.yaml", f"stringData:\n  password: {PASSWORD}\n"),
        ("x.yaml", f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  pw.txt: {encoded(PASSWORD)}\n"),
        ("x.yml", f'db: {{user: app, password: "{PASSWORD}"}}'),
        ("x.yml", f"db: {{user: app, password: {PASSWORD}}}"),
        ("x.json", f'{{"name": "API_TOKEN", "value": "{TOKEN}"}}'),
        ("x.json", f'{{"client_secret":"{TOKEN}"}}'),
        ("x.json", f'{{"connectionString": "Server=db;Pwd={PASSWORD};"}}'),
        ("task.json", f'{{"environment":[\n{{\n"name": "DB_PASSWORD",\n"value": "{PASSWORD}"\n}}]}}'),
        ("x.xml", f"<password>{PASSWORD}</password>"),
        ("x.xml", f'<property name="password" value="{PASSWORD}"/>'),
        ("x.xml", f'<property name="db.password">{PASSWORD}</property>'),
        ("x.xml", f'<entry key="db.password">{PASSWORD}</entry>'),
        ("x.xml", f'<string name="api_key">{TOKEN}</string>'),
        ("web.config", f'<add key="ApiToken" value="{TOKEN}" />'),
        ("core-site.xml", f"<name>fs.s3a.secret.key</name>\n  <value>{TOKEN}</value>"),
        ("x.xml", f'<user name="a" password="{PASSWORD}"/>'),
        ("Info.plist", f"<key>ApiPassword</key>\n\t<string>{PASSWORD}</string>"),
        ("x.tf", f'variable "db_password" {{\n  type = string\n  default = "{PASSWORD}"\n}}'),
        ("x.tf", f'  password = "{PASSWORD}"'),
        ("x.tfvars", f'db_password = "{PASSWORD}"'),
        ("redis.conf", f"requirepass {PASSWORD}"),
        ("redis.conf", f"masterauth {PASSWORD}"),
        ("x.conf", f"password = {PASSWORD}"),
        ("x.ini", f"password = {PASSWORD} ; the db"),
        ("x.ini", f"smtp_pass={PASSWORD}"),
        ("ldap.conf", f"bindpw {PASSWORD}"),
        ("x.cnf", f'password="{PASSWORD}"'),
        ("wpa.conf", f'\tpsk="{PASSWORD}"'),
        ("wg0.conf", f"PrivateKey = {encoded('0123456789abcdefghij@KLMNOPQRSTU')}"),
        ("x.service", f'Environment="DB_PASSWORD={PASSWORD}"'),
        ("inventory", f"host1 ansible_user=x ansible_password={PASSWORD}"),
        ("x.sql", f"CREATE USER app WITH PASSWORD '{PASSWORD}';"),
        ("x.sql", f"CREATE USER 'a'@'%' IDENTIFIED BY '{PASSWORD}';"),
        ("x.sql", f"ALTER ROLE app PASSWORD '{PASSWORD}';"),
        ("x.properties", f"spring.datasource.password={PASSWORD}"),
        ("x.properties", f"db.password : {PASSWORD}"),
        ("gradle.properties", f"signing.keyPassword={PASSWORD}"),
        ("build.gradle", f"storePassword '{PASSWORD}'"),
        ("build.gradle", f'password = "{PASSWORD}"'),
        ("Jenkinsfile", f"environment {{ API_TOKEN = '{TOKEN}' }}"),
        ("Makefile", f"API_TOKEN ?= {TOKEN}"),
        ("Makefile", f"API_TOKEN := {TOKEN}"),
        ("Vagrantfile", f'config.ssh.password = "{PASSWORD}"'),
        (".envrc", f'export DB_PASSWORD="{PASSWORD}"'),
        ("Caddyfile", f"api_token {TOKEN}"),
        ("nginx.conf", f'proxy_set_header Authorization "Bearer {TOKEN}";'),
        ("x.http", f"Authorization: Bearer {TOKEN}"),
        ("x.http", f"X-Auth-Token: {TOKEN}"),
        ("x.toml", f'token = """{TOKEN}"""'),
        ("x.edn", f':password "{PASSWORD}"'),
        ("x.clj", f'{{:password "{PASSWORD}"}}'),
        ("x.ex", f'password: "{PASSWORD}",'),
        ("x.exs", f'config :app, secret_key_base: "{TOKEN * 2}"'),
        ("x.ipynb", f'{{"source": ["password = \\"{PASSWORD}\\"\\n"]}}'),
        ("x.ipynb", f"""{{"source": ["api_key = '{TOKEN}'\\n"]}}"""),
        ("settings.xml", f"<server><id>x</id><password>{PASSWORD}</password></server>"),
        ("nuget.config", f'<add key="ClearTextPassword" value="{PASSWORD}" />'),
        (".netrc", f"machine h login u password {PASSWORD}"),
        (".netrc", "machine h\nlogin u\npassword simplepass\n"),
        ("x.kdl", f'password "{PASSWORD}"'),
        ("Dockerfile", f"ENV DB_PASSWORD {PASSWORD}"),
        ("Dockerfile", f"ENV A=b DB_PASSWORD={PASSWORD} C=d"),
        ("Dockerfile", f'RUN echo "//r/:_authToken={TOKEN}" > .npmrc'),
        ("x.yaml", f"url: postgres://app:{PASSWORD.rstrip('!')}@db/x"),
        ("x.yaml", f"redis://:{TOKEN}@cache:6379"),
        ("x.js", f'axios.defaults.headers.common["Authorization"] = "Bearer {TOKEN}";'),
        ("x.js", f"const cfg = {{ auth: {{ user: 'a', pass: '{PASSWORD}' }} }}"),
        ("x.js", f"""mongoose.connect("mongodb+srv://app:{PASSWORD.rstrip("!")}@c0.ab.mongodb.net/x")"""),
        ("etc/shadow", "root:$6$abcdefgh$" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7" * 3 + ":19000:0:99999:7:::"),
        ("x.cfg", f"[auth]\napi-key: {TOKEN}"),
        ("accounts.csv", f"user,password\nalice,{PASSWORD}\n"),
        ("credentials.csv", f"Access key ID,Secret access key\nAKIAQ7XK2VBN3SLMT4WZ,{TOKEN}{TOKEN[:16]}\n"),
        ("ks.cfg", f"rootpw {PASSWORD}"),
        ("ks.cfg", f"rootpw --plaintext {PASSWORD}"),
        ("a.py", f'QUERY = """\nALTER USER app PASSWORD \'{PASSWORD}\'\n"""\n'),
        ("a.py", f"x = \"'''\"\npassword = \"{PASSWORD}\"\ny = \"'''\"\n"),
        ("a.js", f"// the old one\nconst apiToken = '{TOKEN}'"),
        ("app.conf", f"# first\n# second\n#password = {PASSWORD}\nport = 80\n"),
        ("a.js", f"const passwords = ['{PASSWORD}']"),
        ("a.xml", f"<password><![CDATA[{PASSWORD}]]></password>"),
        ("utf16.ini", f"\ufeff[db]\r\npassword={PASSWORD}\r\n"),
        ("long.json", f'{{"a":[{"1," * 3000}1],"db":{{"password":"{PASSWORD}"}},"b":[{"2," * 3000}2]}}'),
        ("Jenkinsfile", f"withEnv(['API_TOKEN={TOKEN}']) {{ }}"),
        ("a.ps1", f'$password = ConvertTo-SecureString "{PASSWORD}" -AsPlainText -Force'),
        ("multi.yaml", f"password: >-\n  {PASSWORD}\n"),
        ("unattend.xml", f"<Password><Value>{PASSWORD}</Value></Password>"),
        ("a.py", f"FB_PAGE_ACCESS_TOKEN = '{TOKEN}'"),
        ("advanced.config", f'[{{rabbit, [{{default_pass, <<"{PASSWORD}">>}}]}}].'),
        ("a.tf", f"user_data = <<-EOF\n  export DB_PASSWORD={alnum(16)}\nEOF\n"),
        ("a.ipynb", f'{{"source": ["%env API_TOKEN={TOKEN}\\n"]}}'),
        ("nginx.conf", f"fastcgi_param DB_PASSWORD {alnum(16)};"),
        ("a.py", f"signer = URLSafeTimedSerializer('{TOKEN}')"),
        ("a.js", f"const c = crypto.createCipheriv('aes-256-cbc', '{TOKEN}', iv);"),
        ("a.js", f"app.use(cookieParser('{TOKEN}'));"),
        ("a.js", f"headers.x = 'Basic ' + btoa('bot:{PASSWORD}')"),
        ("a.py", f"auth = b64encode(b'bot:{PASSWORD}')"),
        ("build.gradle", f'buildConfigField "String", "API_SECRET", "\\"{TOKEN}\\""'),
        ("build.gradle", f"buildConfigField 'String', 'API_TOKEN', '\"{TOKEN}\"'"),
        ("build.gradle", f'resValue "string", "api_token", "{TOKEN}"'),
        ("build.gradle.kts", f'buildConfigField("String", "API_SECRET", "\\"{TOKEN}\\"")'),
        ("AndroidManifest.xml", f'<meta-data android:name="x.ApiKey" android:value="{hexadecimal(40)}" />'),
        ("a.xml", f'<Key>Password</Key>\n<Value ProtectInMemory="True">{PASSWORD}</Value>'),
        ("a.sh", f"svn co --username bob --password {alnum(16)} https://h/x"),
        ("sonar-project.properties", f"sonar.login={hexadecimal(40)}"),
        ("secrets.json", f'{{"Jwt:Key": "{alnum(32)}"}}'),
        ("A.cs", f'builder.Configuration["Jwt:Key"] = "{alnum(32)}";'),
        ("a.kt", f'val props = mapOf("password" to "{PASSWORD}")'),
        ("a.py", f"token: str = Field(default='{TOKEN}')"),
        ("a.lua", f'red:auth("{PASSWORD}")'),
        ("config.php", f"'passwordsalt' => '{alnum(30)}',"),
        ("rootkey.csv", f"AWSAccessKeyId=x\nAWSSecretKey={alnum(40)}\n"),
        ("sssd.conf", f"ldap_default_authtok = {PASSWORD}\n"),
        ("a.rb", f"config.pepper = '{hexadecimal(128)}'"),
        ("a.php", f"return ['crypt' => [\n    'key' => '{hexadecimal(32)}'\n]];"),
        ("params.json", f'[{{"ParameterKey": "DbPassword", "ParameterValue": "{PASSWORD}"}}]'),
        ("a.sh", f"aws cloudformation deploy --parameters ParameterKey=DbPassword,ParameterValue={alnum(16)}"),
        ("a.json", f'{{"PrivateKey": "MIIJKAIBAAKCAgEA{alnum(900)}"}}'),
        ("A.java", f'String privateKey = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC{alnum(900)}";'),
        ("a.go", 'var k = "-----BEGIN RSA ' + f'PRIVATE KEY-----\\n" +\n\t"MIIEpAIBAAKCAQEA{alnum(48)}\\n" +\n'),
        ("a.js", f"const u = `https://api.acme.dev/v1?api_key={hexadecimal(32)}&x=1`;"),
        (
            "x.yaml",
            f"kind: Secret\ndata:\n  DATABASE_URL: {encoded('postgres://app:' + TOKEN + '@db:5432/x')}\n",
        ),
        (
            "x.yaml",
            f"kind: Secret\ndata:\n  A_URL: {encoded('https://hooks.slack.com/services/TA1B2C4/BA1B2C3/' + TOKEN)}\n",
        ),
        ("application_default_credentials.json", f'{{"refresh_token": "1//0{alnum(99)}"}}'),
        ("preseed.cfg", f"d-i passwd/root-password password {PASSWORD}\n"),
        ("preseed.cfg", f"d-i passwd/root-password-again password {PASSWORD}\n"),
        ("Autounattend.xml", f"<AdministratorPassword>\n  <Value>{PASSWORD}</Value>\n</AdministratorPassword>"),
        ("nginx.conf", f'proxy_set_header X-Api-Key "{TOKEN}";'),
        ("haproxy.cfg", f"  stats auth admin:{PASSWORD}\n"),
        ("users.acl", f"user app on >{PASSWORD} ~* +@all\n"),
        ("redis.conf", f"user default on >{PASSWORD} ~* +@all\n"),
        ("x.sql", "ALTER USER shop IDENTIFIED BY GlacierGrove9195;"),
        ("x.sql", f"INSERT INTO settings VALUES\n(2, 'smtp_password', '{PASSWORD}'),"),
        ("a.sh", f"echo '{PASSWORD}' | sudo -S apt update"),
        ("a.m", f'#define kAppSecret @"{TOKEN}"'),
        ("a.cpp", f'const std::string dbPassword{{"{PASSWORD}"}};'),
        ("a.swift", f'request.setValue("{TOKEN}", forHTTPHeaderField: "X-API-Key")'),
        ("a.js", f"new Sequelize('shop', 'app', '{PASSWORD}', {{ host: 'db' }})"),
        ("a.js", f"client.login('{TOKEN}{TOKEN}');"),
        ("a.py", f"bot.run('{TOKEN}{TOKEN}')"),
        ("a.js", f"const t = require('twilio')('AC{hexadecimal(32)}', '{hexadecimal(32, 2)}');"),
        ("a.ts", f"const w = new ethers.Wallet('0x{hexadecimal(64)}');"),
        ("a.kt", f'val c = Credentials.basic("bot", "{PASSWORD}")'),
        ("A.cs", f'new AuthenticationHeaderValue("Bearer", "{TOKEN}")'),
        ("a.php", f"curl_setopt($ch, CURLOPT_USERPWD, 'bot:{PASSWORD}');"),
        ("a.php", f"$s = hash_hmac('sha256', $data, '{TOKEN}');"),
        ("a.rb", f"OpenSSL::HMAC.hexdigest('SHA256', '{TOKEN}', data)"),
        ("a.py", f"hmac.new(b'{TOKEN}', message, hashlib.sha256)"),
        ("a.go", f'mac := hmac.New(sha256.New, []byte("{TOKEN}"))'),
        ("A.java", f'new BasicAWSCredentials("x",\n    "{TOKEN}");'),
        ("a.yaml", f"api_keys:\n  - {TOKEN}\n"),
        ("a.py", f"API_TOKENS = [\n    '{TOKEN}',\n]\n"),
        ("a.py", f"PASSWORDS = {{\n    'admin': '{PASSWORD}',\n}}\n"),
        ("notes.txt", f"The root password is {alnum(16)}\n"),
        ("hardhat.config.js", f"accounts: ['0x{hexadecimal(64)}']"),
        (".env", 'MNEMONIC="' + "zebra marble tulip anchor copper ridge lottery drift ocean tiger velvet winner" + '"'),
        ("agent.hcl", f'encrypt = "{alnum(43)}="'),
        (".bundle/config", f'BUNDLE_GEMS__ACME__DEV: "bot:{TOKEN}"\n'),
        ("a.swift", f'let token = Token(rawValue: "{TOKEN}")'),
        ("a.ts", f"export const signerKey = '0x{hexadecimal(64)}'"),
        (".env", f"SENTRY_DSN=https://{hexadecimal(32)}:{hexadecimal(32, 2)}@errors.acme.dev/12\n"),
        ("a.txt", f"https://{hexadecimal(32)}@git.acme.dev/a/b.git"),
    ],
    ids=shown,
)
def test_a_value_beside_a_name_for_a_secret_is_found(row: tuple[str, str]) -> None:
    path, text = row
    found = search(path, text.encode(), b"key")
    assert len(found) == 1
    assert not found[0].mild


PASSWORD_OF_8 = "Vq7xt9vH"
# Ways to give a program a password: on a line that goes on, in the JSON form, joined to the option.
GIVEN = [
    "docker login -u x \\\n  -p {} h",
    "docker login \\\n  --username x \\\n  --password {} h",
    "docker login -u x --password \\\n  {} h",
    "curl -fsSL \\\n  --user user:{} h",
    "mysql -u root \\\n  -p{} x",
    "openssl rsa \\\n  -in k -passin pass:{}",
    "echo 'root:{}' \\\n  | chpasswd",
    "echo {} \\\n  | docker login --password-stdin",
    '["docker", "login", "-u", "x", "-p", "{}", "h"]',
    '["curl","-u","user:{}","h"]',
    '["mysql", "-u", "root", "-p{}"]',
    '[ "redis-cli", "-a", "{}" ]',
    '["sshpass", "-p", \\\n  "{}", "ssh"]',
    "docker login -u x -p{} h",
    "redis-cli -a{} ping",
    "mongosh -u a -p'{}'",
    "twine upload -p{} x",
    "zip -rP{} a",
    "ldapadd -w{}",
    "sqlcmd -P{}",
    "cqlsh -p{}",
    "curl -uuser:{} h",
    "keytool -storepass {}",
    "ssh-keygen -t rsa -N '{}' -f k",
    "lftp -u user,{} h",
    "mosquitto_pub -u user -P {}",
    "mysqladmin password {}",
    "mysqladmin -u root password '{}'",
    '/usr/bin/mariadb-admin -u root \\\n  password "{}"',
    "htpasswd -b /etc/nginx/htpasswd user {}",
    "htpasswd -bc -C 12 f user {}",
    '["htpasswd", "-bc", "f", "user", "{}"]',
    "mosquitto_passwd -b f user {}",
    "redis-cli -h h auth {}",
    "redis-cli config set requirepass {}",
    "rabbitmqctl add_user user {}",
    "rabbitmqctl change_password user '{}'",
    "mc alias set a https://h user {}",
    "sh -c 'mc config host add a https://h user {}'",
    "vault login {}",
    '["cargo", "login", "{}"]',
    "snyk auth {}",
    "circleci setup {}",
    "nuget setapikey {}",
    "pulumi config set --secret db {}",
    "rclone obscure {}",
    "ansible-vault encrypt_string {}",
    "composer config --global http-basic.h user {}",
    "composer config github-oauth.github.com {}",
    "bundle config set --global gems.acme.org bob:{}",
    "bundle config gems.acme.org {} && bundle install",
    '["bundle", "config", "gems.acme.org", "bob:{}"]',
    "poetry config http-basic.h user {}",
    "poetry config pypi-token.pypi {}",
    "openssl passwd -1 {}",
    "net user bob {} /add",
]


@pytest.mark.parametrize("command", GIVEN)
@pytest.mark.parametrize("value", [PASSWORD_OF_8, TOKEN])
def test_a_password_of_a_program_is_found_however_it_is_given(command: str, value: str) -> None:
    text = f"FROM scratch\nRUN {command.format(value)}\n"
    line = text[: text.index(value)].count("\n") + 1
    found = [(secret.kind, secret.line) for secret in search("Dockerfile", text.encode(), b"key")]
    assert found == [("secret-command-password", line)]


@pytest.mark.parametrize("command", GIVEN)
@pytest.mark.parametrize("value", ["$PASS", "${PASS}", "$(cat /run/a)", "<password>", "changeme", "your-password"])
def test_what_stands_for_a_password_is_found_nowhere(command: str, value: str) -> None:
    text = f"FROM scratch\nRUN {command.format(value)}\n"
    assert search("Dockerfile", text.encode(), b"key") == ()


@pytest.mark.parametrize(
    "row",
    [
        ("web/form.json", '"password": "パスワード(確認)"'),
        ("web/form.json", '"PW": "\\u03a0\\u03b1\\u03bb\\u03ac\\u03bf\\u03c5"'),
        ("web/form.json", '"password": "Contraseña"'),
        ("public/intl/a.json", '"password": "Has4o-Nowe!"'),
        ("messages/el-GR.json", '"password": "Kodik0s!Neos"'),
        ("a.js", 'var token = $("input[name=csrfmiddlewaretoken]").val();'),
        ("a.js", "const token = document.querySelector('#a9F3kQ2_x7Z-p0').value"),
        ("a.js", 'const token = localStorage.getItem("a9F3kQ2x7Zp0Lw4T")'),
        ("a.py", 'Token.objects.get(key="0123456789abcdef0123456789abcdef01234567")'),
        ("a.py", 'API_KEY = "fedcba9876543210fedcba9876543210"'),
        (".env", "API_KEY=00112233445566778899aabbccddeeff"),
        ("a.py", 'password = get_password("prod/db/password1")'),
        ("a.py", 'TOKEN_URL = "https://x/y"'),
        ("a.ts", "password: string;"),
        ("x.yaml", "password: required"),
        ("x.yaml", "  token: ${{ secrets.X }}"),
        ("x.yaml", "passwordSecretRef: db-pass-1"),
        ("a.js", 'const tokenKey = "auth.token.v2"'),
        ("a.py", '"password": "password-field-1"'),
        ("a.py", 'API_TOKEN = os.environ.get("API_TOKEN", "changeme")'),
        ("a.py", '_CREDENTIALS = expression(r"(https?://)[^/]*@", re.IGNORECASE)'),
        ("a.py", 'Row(\n    "secret-age-key",\n    ("AGE-SECRET-KEY-1",),\n)'),
        ("a.py", 'value.startswith(b"AccountKey=Eby8vdM02xNOcqF")'),
        ("a.py", 'write(".npmrc", "//r.acme.dev/:_authToken=NOT-A-TOKEN-0000000\\n")'),
        ("a.py", 'connect(passphrase=kwargs["signing_key_passphrase_1"])'),
        ("a.py", 'if password.startswith("SCRAM-SHA-256"):'),
        ("a.py", 'pat = r"((http|ftp)s?:\\/\\/|www.)[\\w/\\-?=%.:@]+\\.[\\w/\\-&?=%.,:~!@#$*()]+"'),
        ("a.js", 'token: "https://api.acme.dev/v5/oauth2/token",'),
        ("a.json", '{"AWS::ApiGateway::ApiKey": "aws-cdk-lib/aws-apigateway.CfnApiKey"}'),
        ("a.js", 'const bigIntKeys = "chainId,gasLimit,gasPrice,maxFeePerGas,value1".split(/,/);'),
        ("a.js", '[/\'/, { token: "string.$S2.delim", next: "@pop" }]'),
        ("a.py", '"reset_password": "20/m/ip,5/m/key",'),
        ("a.py", f'DUMMY_SECRET = "{TOKEN}"'),
        ("a.py", f'"next_page_token": "{encoded("index: 11, of: 20")}"'),
        ("a.py", 'ResetPassword = "00299570-246d-11d0-a768-00aa006e0529"'),
        ("a.py", "self._pwd = 'C:\\\\windows\\\\system32'"),
        ("a.py", "encoded_password = newPassword.encode('utf-16le')"),
        ("a.py", '("LmPassword", "16s=b\'\'"),'),
        ("a.py", "token = b'\\xa1\\x15\\x30\\x13\\xa0\\x03'"),
        ("a.py", "cipher_key = ('aesKey', 'aes256-cts-hmac-sha1-96s')"),
        ("a.py", 'op.create_primary_key("pk_flow_run_alert_queue", ["id"])'),
        ("a.py", 'url = "mysql://bbuser:bbpasswd@dbhost/bbdb"'),
        ("a.js", "var ppk = 'PuTTY-User-Key-File-2: ' + algorithm; x('Private-Lines: ' + n);"),
        ("Makefile", "FLAGS = 'CFLAGS=-O2 -g -pipe -Wp,-D_FORTIFY_SOURCE=2 -Wall' net"),
        ("pkg.dist-info/METADATA", f"login(password='{PASSWORD}')"),
        ("a.py", 'WS_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"'),
        ("a.py", f'"""Connect.\n\n    connect(password="{PASSWORD}")\n"""\n'),
        ("a.py", f"""def f():\n    r\"\"\"Key:\n\n    {pem()}\"\"\"\n"""),
        ("a.py", f'EXAMPLES = r"""\npassword: {PASSWORD}\napi_token = "{TOKEN}"\n"""\n'),
        ("a.ts", f"/**\n * @example\n * login({{ password: '{PASSWORD}' }})\n */\n"),
        ("a.rs", f'/// connect("postgres://app:{TOKEN}@db.acme.dev/x")\n'),
        ("a.js", 'console.log("Check debug token: "+e.first1)}),t.isReady("x")'),
        ("a.js", f'var a=1;{"b(c,d);" * 300}e={{password:"{PASSWORD}"}};{"b(c,d);" * 300}'),
        ("a.js", 'err.match(/the index identified by "(\\d)+" constrains the table/)'),
        ("a.g", "class NoMoreTokens(Exception):\n    pass\n"),
        ("a.zsh", "token=('(-[ELG]|--(pcre|list|grain(|-pcre)|range|pillar))')"),
        ("cloud.conf", f"# first:\n#   api_key: {TOKEN}\n#   password: {PASSWORD}\n"),
        ("t/unit/client.py", f"connect(password='{PASSWORD}')"),
        ("a.ini", "mysecret = 03#pa33w0rd"),
        ("a.py", 'engine = create_engine("oracle://scott:tiger@oracle18c/xe")'),
        ("compose.yaml", "DB_PASSWORD: ${DB_PASSWORD:?set DB_PASSWORD2}"),
        ("compose.yaml", "DB_PASSWORD: ${DB_PASSWORD:-postgres}"),
        ("a.sh", "API_TOKEN=${API_TOKEN:-$OTHER_TOKEN2}"),
        ("a.py", 'TOKEN_RE = re.compile(r"[A-Za-z0-9]{20}")'),
        ("x.yaml", 'tokenizer: "cl100k_base"'),
        ("x.yml", "secretName: my-app-tls-2024"),
        ("x.json", '{"publicKey": "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq7Xk2VbN9sLmT4wZ8rYcJ6dF"}'),
        ("x.json", '{"passwordHash":"$2b$12$abcdefghijklmnopqrstuv"}'),
        ("a.php", "'password' => 'required|string|min:8|confirmed',"),
        ("a.properties", "token.validity=PT1H30M"),
        ("x.yaml", f"known_host_key: AAAAC3NzaC1lZDI1NTE5AAAAI{TOKEN}"),
        ("a.py", "TOKEN_XPATH = '//div[@id=\"token1\"]/span'"),
        ("a.js", "const password = 'aes-cbc-256'"),
        ("a.yaml", "secret:\n  name: my-app-tls-2024\n"),
        ("a.yaml", "tokens:\n  first: plain-words-only\n  url: https://a.acme.dev/q7Xk2VbN9sLmT4wZ8r\n"),
        ("a.jwk", f'{{"kty": "RSA", "e": "AQAB", "n": "{TOKEN}"}}'),
        (".env", "DB_PASSWORD=@Microsoft.KeyVault(SecretUri=https://v/secrets/x1)"),
        ("Jenkinsfile", "PW = credentials('db-password-prod1')"),
        ("schema.json", '{"password": {"type": "string", "minLength": 8}}'),
        ("README.txt", f"password = {PASSWORD}"),
        ("a.py", 'self.login("amy", "the_user")'),
        ("a.py", "jwt.encode(payload, 'test_key')"),
        ("a.sh", "echo $TOKEN1 | docker login -u bot --password-stdin"),
        ("a.sh", "x --token $TOKEN --password-file /run/secrets/a1"),
        ("a.css", ".password-field { color: #ff00aa }"),
        ("x.yaml", "key: value1234"),
        ("a.go", 'case token.IDENT: "ident12"'),
        ("Dockerfile", "ENV PASSWORD_FILE=/run/secrets/pw"),
        ("x.sh", "TOKEN=$(cat /run/x)"),
        ("x.sh", 'read -s -p "Password: " PASSWORD'),
        ("x.sh", "mkdir -p build2/x9"),
        ("x.sh", "docker run -p 8080:80 -w /app1 x"),
        ("Dockerfile", "RUN dotnet publish -a amd64 -o /out"),
        ("x.sh", "docker compose -p shop2 up"),
        ("x.sh", "docker run -a stdout1 -w work2 x"),
        ("x.sh", "helm template -a apps1 x"),
        ("x.sh", "cargo build -p app2"),
        ("x.sh", "npm run build -w web2"),
        ("x.sh", "npm exec -p left-pad1 x"),
        ("Dockerfile", 'RUN ["docker", "run", "-p", "8080:80", "-w", "/app1", "x1"]'),
        ("Dockerfile", "RUN cargo build \\\n  -papp2 && npm exec -pleft-pad1"),
        ("Dockerfile", "RUN echo mysql \\\n  && mkdir -pbuild2"),
        ("x.sh", "mongosh --port 27018 -p"),
        ("x.sh", "kubectl patch pod x -p spec1"),
        ("x.sh", "plink -P port22x h"),
        ("x.html", '<input type="password" id="pw1" placeholder="Password123">'),
        ("x.conf", "auth_basic_user_file /etc/nginx/.htpasswd2"),
        ("x.sh", "mysqladmin -u root1 ping2 && mysqladmin status1"),
        ("x.sh", "htpasswd -c f user1"),
        ("x.sh", "redis-cli config set maxmemory 100mb1"),
        ("x.sh", "rabbitmqctl set_permissions -p vhost1 user1"),
        ("x.sh", "vault login -method=userpass username=user1"),
        ("x.sh", "composer config platform1 7.4"),
        ("x.sh", "bundle config gem.test rspec3"),
        ("x.sh", "bundle config set --local path vendor/b1.2 && bundle config build.pg --with-x=a1"),
        ("x.sh", "bundle config mirror.https://rubygems.org http://h1.acme:8080/"),
        ("Dockerfile", "RUN x && aws configure set aws_secret_access_key $AWS_KEY1 && make"),
        ("Dockerfile", "RUN aws configure set default.s3.max_concurrent_requests 20"),
        ("Dockerfile", "RUN echo machine a.b login bob password ${PASSWORD1} >> /root/.netrc"),
        ("x.sh", "poetry config virtualenvs.in-project true1"),
        ("x.sh", "mc config get alias1 b2 c3 d4"),
        ("x.sh", "net user bob1"),
        ("x.sh", "openssl passwd -1 -stdin < file1"),
        ("x.yaml", "image: registry/x@sha256:" + "ab12" * 16),
        ("x.js", 'if (e.key === "Enter1234") {}'),
        ("x.js", '{ key: "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6" }'),
        ("x.cfg", "ssl_key = /etc/ssl/private/key1.pem"),
        ("openapi.yaml", "password: {type: string, minLength: 12}"),
        ("a.env", "PORT=3000\nLOG_LEVEL=debug\n"),
        (".env", "API_TOKEN=${CI_TOKEN}\nDB_PASSWORD=changeme\n"),
        ("secrets.enc.yaml", "db_password: ENC[AES256_GCM,data:q7Xk2VbN9s==,type:str]\n"),
        ("vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n3132333435363738396162636465663132333435\n"),
        (
            "sealed.yaml",
            "kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq\n",
        ),
        ("package-lock.json", '{"token": "q7Xk2VbN9sLmT4wZ8rYcJ6dF"}'),
        ("locales/de.json", '{"password": "Passwort2Wiederholen!"}'),
        ("db/app.prisma", "  serviceTokenCiphertext Bytes?\n  secretValue Bytes?\n"),
        ("db/app.dbml", "  api_secret Varchar2 [note: 'of the service']\n  token Bytes?\n"),
        ("Dockerfile", f"ENV GPG_KEY {FINGERPRINT}\n"),
        ("Dockerfile", f"RUN gpg --batch --keyserver keys.acme.dev --recv-keys {FINGERPRINT}; \\\n  gpg x\n"),
        ("Dockerfile", f"RUN apt-key adv --keyserver keys.acme.dev \\\n  --recv-keys 0x{FINGERPRINT}\n"),
        ("keys.yaml", f"pgp_signing_key: {FINGERPRINT.lower()}\n"),
        ("a.pb.go", '\tApiToken *Token_Value `protobuf:"bytes,1,opt,name=api_token,json=apiToken,proto3,oneof"`\n'),
        ("a.go", 'type A struct {\n\tClientSecret Secret `json:"clientSecret1" yaml:"client_secret,omitempty"`\n}\n'),
        ("a.bicep", "resource adminPasswordSecret 'Microsoft.KeyVault/vaults/secrets@2022-07-01' = {\n"),
        ("a.bicep", "resource apiToken 'Acme.Api9/services/accessTokens@2022-07-01-preview' existing = {\n"),
        ("chart/templates/secrets.yaml", '{{- $adminPassword := include "shop9x.adminPassword" . }}\n'),
        ("chart/templates/secrets.yaml", '{{- $redisPassword = include "shop9x.redisPassword" . }}\n'),
        ("chart/templates/secrets.yaml", "{{- $password := randAlphaNum 16 }}\n"),
        (
            "chart/templates/secrets.yaml",
            '  url: {{ printf "%s@%s" $redisPassword (include "shop9x.redisName" .) | b64enc }}\n',
        ),
        ("chart/templates/_a.tpl", '{{- $apiKey := include "shop9x.hubApiKey" . }}\n'),
        ("ci.yaml", "run: |\n  LICENSE_KEY=$(grep '^SHOP_LICENSE_KEY=' .env | cut -d'=' -f2-)\n"),
        ("a.sh", "python3 <<EOF\n    old_api_token = Token.objects.get(key='0123456789abcdef')\nEOF\n"),
        ("a.sh", "python3 <<EOF\napi_token = find_3rd(key2='0123456789abcdef')\nEOF\n"),
        ("a.sh", "API_TOKEN=$(vault-read '4fKq/shop9/api-Token1')\n"),
        ("a.rake", "api_key = Shop.config.app_mode.hosted? ? Setting.key1 : nil\n"),
        ("Rakefile", "api_key = Shop.config.app_mode.hosted? ? Setting.key1 : nil\n"),
        ("a.php", "return 'GOCSPX-2k8gsR0000000000000000VNahJj';\n"),
        ("a.ts", f"export const TOKEN_ADDRESS = '0x{hexadecimal(40)}';"),
        ("a.ts", f"const contracts = {{ rewardToken: '0x{hexadecimal(40)}' }};"),
        ("a.ts", f"export const tokenMint = '{alnum(44)}';"),
        ("a.ts", f"export const mapboxToken = 'pk.eyJ{alnum(40)}.{alnum(22)}';"),
        ("a.ts", f"export const stripeKey = 'pk_live_{alnum(24)}';\nconst apiKey = 'phc_{alnum(43)}';"),
        ("a.ts", f"export const dsn = 'https://{hexadecimal(32)}@o123456.ingest.us.sentry.io/4501234';"),
        (".env", f"SENTRY_DSN=https://{hexadecimal(32)}@errors.acme.dev/12\n"),
        (".secrets.baseline", f'{{"results": [{{"hashed_secret": "{hexadecimal(40)}"}}]}}'),
        ("renovate.json", f'{{"hostRules": [{{"encrypted": {{"token": "wcFMA/{TOKEN * 4}"}}}}]}}'),
        ("package.json", f'{{"secret-x": "github:x/y#{hexadecimal(40)}"}}'),
        ("config/services.yaml", "    $secret: '%env(APP_SECRET2)%'\n"),
        ("config/services.yaml", "  security.password_encoder: App\\Encoder\\BcryptEncoder2\n"),
        ("Jenkinsfile", "withCredentials([usernamePassword(credentialsId: 'nexus-deployer-42')]) { }"),
        ("Jenkinsfile", f"withCredentials([string(credentialsId: '{uuid.UUID(int=7 << 90 | 9 << 70)}')]) {{ }}"),
        (
            ".aws/config",
            "[profile x]\ncredential_process = /usr/bin/get-creds\ncredential_source = Ec2InstanceMetadata\n",
        ),
        (".terraformrc", 'credentials "app.acme.dev" {\n}\n'),
        (".env", "EXPORT_SECRET=#DEPRECATED, use ADMIN_API_SECRET instead\n"),
        ("k8s/a.yaml", f"annotations:\n  checksum/secret: {hexadecimal(64)}\n"),
        ("a.kt", 'println("reset the password to "Default-12" first")'),
        ("a.js", f"const b = Buffer.from('data:image/png;base64,{TOKEN}'); const u = btoa('https://h/x1');"),
        ("a.gradle", 'buildConfigField "String", "AUTH_TOKEN_URL", "\\"https://h/token1\\""'),
        ("a.json", f'{{"Cache:Key": "{TOKEN}", "Sort:Key": "{alnum(32)}"}}'),
        ("AndroidManifest.xml", '<meta-data android:name="x.ApiKey" android:value="@string/api_key2" />'),
        ("x.sql", "CREATE USER app IDENTIFIED BY externally;\nALTER USER app IDENTIFIED BY &password1;"),
        ("x.sql", "INSERT INTO labels VALUES (2, 'password', 'Password');"),
        ("x.yaml", f"kind: Secret\ndata:\n  api_url: {encoded('https://api.acme.dev:8443/v1')}\n"),
        ("a.cpp", 'const char* password{"password"};'),
        ("a.rb", "password { Faker::Internet.password2 }"),
        ("a.swift", 'defaults.setValue("com.acme.app2", forKey: "tokenService1")'),
        ("a.py", 'tokens = [\n    "b-PER", "i-ORG2", "the-token-1",\n]\n'),
        ("a.yaml", "tokens:\n  - read-only-1\n  - design.system.v2\n"),
        ("a.yaml", "passwords:\n  policy: strong-v2\n  hint: at-least-8-letters\n"),
        ("notes.txt", "The password is generated. The token is a9f3 characters long. The secret is 32bytes\n"),
        (".env", 'MNEMONIC="test test test test test test test test test test test junk"'),
        (".env", "MNEMONIC=words that the wallet asks for and you write down with care\n"),
        (
            ".bundle/config",
            'BUNDLE_BUILD__PG: "--with-pg-config=/usr/lib/pg1"\nBUNDLE_MIRROR__X: "https://h.acme:8080/a1b2c3d4"\n',
        ),
        ("a.php", "$h = hash_hmac('sha256', $data, $this->keyOfConfig1);"),
        ("x.json", f'{{"publicKey": "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA{alnum(300)}"}}'),
        (
            "x.pem",
            f"-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA{alnum(20)}\n",
        ),
        ("a.json", '{"PASSWORD_TOO_SHORT": "E1001PasswordTooShort"}'),
        ("Dockerfile", "RUN echo $USER ALL=\\(root\\) NOPASSWD:ALL > /etc/sudoers.d/$USER\n"),
        ("package.json", '"@nuxtjs/auth-next": "5.0.0-1667386184.dfbbb54"'),
        ("package.json", '"auth-token": "^1.4.0-rc.2+build5a9F3kQ2x7"'),
        ("web.php", "Route::get('password', 'SettingsController@password');"),
        ("a.php", "$userKey = 'seasonal:my2020:user:' . $id;"),
        ("a.js", f"const REDACTED_CREDENTIAL_VALUE = '_BLANK_{hexadecimal(24)}'"),
        ("a.py", f"test_spreadsheet_key = '{alnum(44)}'"),
        (
            "a.rs",
            'const KEY_X: &str = r"SOFTWARE\\Acme\\Clients\\{4283FEFC-FE2A-4295-8BDF-4283fefc63f0}";',
        ),
        ("a.hs", f'server = "smp://{encoded(alnum(32)).replace("+", "-")}@queue.acme.dev:5223"'),
        (".env.test", "APP_SECRET='s$cretf0rt3st'\n"),
        (".env", "APP_SECRET=ChangeMeN0w\nDB_PASSWORD=Secr3tPassw0rd!\n"),
        ("a.go", f'var c = Config{{VapidKey: "BIt{alnum(84)}"}}'),
        ("a.json", f'{{"secretKey": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE{alnum(88)}"}}'),
        ("script/reset", 'user.password = SecureRandom.hex(20).encode("UTF-8")\n'),
        ("script/reset", "user.password = Passwords::Generator.new(24).next_value\n"),
        ("a.dart", "pepper: Server.instance.getPasswordOrThrow('jwtHmacSha512PrivateKey'),"),
        ("a.go", 'token := store.LookupToken("service9.Token2.ofAcme")'),
        ("a.kt", 'val apiKey = BuildConfig.readApiKey("mapsApiKey2v9")'),
        ("sonar-project.properties", f"sonar.projectKey=acme_shop_{alnum(20)}\n"),
        ("build.gradle", f'property "sonar.projectKey", "acme_shop_{alnum(20)}"'),
        ("ci.yaml", f"run: mvn verify -Dsonar.projectKey=acme_shop_{alnum(20)}\n"),
        ("web/messages/en.json", '{"tokenDetail": "Rotate9-every-Day!"}'),
        ("web/dictionaries/en.ts", 'export default { password: "Passwort2Wiederholen!" }'),
        ("src/en.json", '{"password": "Passwort2Wiederholen!"}'),
        ("a.py", f'totp_secret = "{base32("12345678901234567890")}"'),
        ("a.rb", f'secret: "{base32("Hello!" + chr(0xDE) + chr(0xAD) + chr(0xBE) + chr(0xEF))}"'),
        ("a.java", f'byte[] secretKey = hex("{b"12345678901234567890".hex()}");'),
        ("api.yaml", f"openapi: 3.1.0\npaths:\n  /login:\n    example:\n      password: {PASSWORD}\n"),
        ("api.json", f'{{"swagger": "2.0", "x": {{"example": {{"api_token": "{TOKEN}"}}}}}}'),
        ("user.dto.ts", f"@ApiProperty({{ example: {{ password: '{PASSWORD}' }} }})"),
        ("User.php", f"#[OA\\Property(property: 'x', example: ['password' => '{PASSWORD}'])]"),
        ("models.py", f'class A:\n    x: str = Field(examples=[{{"password": "{PASSWORD}"}}])\n'),
        (".github/workflows/e2e.yml", f"run: app --password {PASSWORD}\nenv:\n  API_TOKEN: {TOKEN}\n"),
        ("a.cs", 'public const string UseNewPasswordRules = "pm-28451-use-new-password-rules";'),
        ("a.ts", "export const MasterPasswordUnlock = 'auth-4096-unlock-by-pin-v2'"),
        ("src/keys.rs", f'const TEST_KEY_1: &str = "{pem()}";'),
        ("src/keys.go", f"var dummyKey = `{pem()}`"),
    ],
    ids=shown,
)
def test_what_only_looks_like_a_secret_is_none(row: tuple[str, str]) -> None:
    path, text = row
    assert [secret for secret in search(path, text.encode(), b"key") if not secret.mild] == []


# What proves where something comes from, and opens nothing, and names with a secret's word within another word.
_NOT_A_SECRETS = [
    "signature",
    "author_signature",
    "parent_author_signature",
    "token_signature",
    "secretSignature",
    "api_key_signature",
    "author_checksum",
    "token_checksum",
    "auth_digest",
    "key_fingerprint",
    "password_fingerprints",
    "token_digests",
    "author",
    "author_id",
    "authority",
    "keyboard",
    "monkey",
    "turkey",
    "tokenizer",
    "tokenization",
    "passenger",
    "passport",
    "compass",
    "bypass",
    "salty",
    "authenticity",
    "secretary",
]


@pytest.mark.parametrize("name", _NOT_A_SECRETS)
@pytest.mark.parametrize(
    "form",
    [
        pytest.param(("a.json", '{{"{}": "{}"}}'), id="of JSON"),
        pytest.param(("a.json", '{{"of": "{{\\"{}\\":\\"{}\\"}}"}}'), id="of JSON within a string"),
        pytest.param(("a.py", '{} = "{}"'), id="of source"),
        pytest.param((".env", "{}={}"), id="of variables"),
    ],
)
def test_a_name_that_only_holds_a_secrets_word_has_no_secret(form: tuple[str, str], name: str) -> None:
    path, text = form
    assert search(path, text.format(name, encoded(TOKEN)).encode(), b"key") == ()


@pytest.mark.parametrize(
    "name", ["signature_key", "signatureSecret", "author_token", "authority_password", "digest_auth_password"]
)
def test_a_secret_of_what_makes_a_signature_is_found(name: str) -> None:
    assert [secret.line for secret in search("a.json", f'{{"{name}": "{TOKEN}"}}'.encode(), b"key")] == [1]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("a.yaml", "db:\n  password: {}\n", id="settings"),
        pytest.param(".env", "DB_PASSWORD={}\n", id="variables"),
        pytest.param("a.py", "password = '{}'\n", id="source code"),
    ],
)
def test_a_password_of_random_letters_and_digits_is_found(path: str, text: str) -> None:
    missed = [seed for seed in range(300) if not search(path, text.format(alnum(12, seed)).encode(), b"key")]
    assert len(missed) <= 6


@pytest.mark.parametrize(
    "value", ["forest-pepper-33", "Zigzag-quiver-lantern-2019"], ids=["two words", "three words and a year"]
)
def test_a_password_of_words_and_a_number_is_found_in_source(value: str) -> None:
    found = search("a.go", f'c := Config{{Password: "{value}"}}\n'.encode(), b"key")
    assert [secret.kind for secret in found] == ["secret-password"]


_MILD = ["tests/settings.py", "app/fixtures/a.yaml", "docs/a.md", ".env.example", "examples/a.sh", "web/login.test.ts"]
# What a runner of tests alone reads.
_OF_RUNNERS = ["phpunit.xml", "api/phpunit.xml.dist", "phpunit.dist.xml", "phpunit.ci.xml", "phpunit-pgsql.xml"]
_OF_RUNNERS += ["pytest.ini", "tox.ini", "jest.config.js", "web/vitest.config.mts", "jest.setup.ts", "karma.conf.js"]
_OF_RUNNERS += ["codeception.yml", "codeception.dist.yml", "behat.yml", "behat.yaml.dist"]


@pytest.mark.parametrize("path", [*_MILD, *_OF_RUNNERS])
def test_a_secret_in_a_test_a_sample_or_a_document_is_mild(path: str) -> None:
    found = search(path, f"GITHUB = '{github()}'\n".encode(), b"key")
    assert [(secret.kind, secret.mild) for secret in found] == [("secret-github-token", True)]


@pytest.mark.parametrize("name", ["APP_KEY", "ANY"])
@pytest.mark.parametrize("path", ["phpunit.xml", "phpunit.xml.dist"])
def test_a_laravel_key_of_a_test_configuration_is_mild(path: str, name: str) -> None:
    text = f'<php>\n  <env name="{name}" value="base64:{encoded(alnum(32))}"/>\n</php>\n'
    found = search(path, text.encode(), b"key")
    assert [(secret.kind, secret.line, secret.mild) for secret in found] == [("secret-laravel-key", 2, True)]


def test_a_secret_that_an_empty_field_shows_is_mild_and_its_neighbour_is_not() -> None:
    text = f'<input placeholder="{github()}" />\nfield = {{placeholder: "{github()}", value: "{github()}"}}\n'
    found = search("src/form.tsx", text.encode(), b"key")
    assert [(secret.kind, secret.line, secret.mild) for secret in found] == [
        ("secret-github-token", 1, True),
        ("secret-github-token", 2, True),
        ("secret-github-token", 2, False),
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(".env", "PLACEHOLDER={}", id="a variable of an environment"),
        pytest.param(".env", "placeholder={}", id="one in small letters"),
        pytest.param("deploy.sh", "export TOKEN_PLACEHOLDER={}", id="a variable of a script"),
        pytest.param("src/form.tsx", "tokenPlaceholder: '{}'", id="a name that ends with it"),
    ],
)
def test_a_secret_that_is_only_called_a_placeholder_is_not_mild(path: str, text: str) -> None:
    found = search(path, text.format(github()).encode(), b"key")
    assert [(secret.kind, secret.mild) for secret in found] == [("secret-github-token", False)]


@pytest.mark.parametrize(
    "path", ["app.xml", "phpunit/app.xml", "myphpunit.xml", "contest.ini", "latest.config.js", "jest.yaml", "behat.php"]
)
def test_a_secret_of_a_file_with_another_name_is_not_mild(path: str) -> None:
    found = search(path, f"GITHUB = '{github()}'\n".encode(), b"key")
    assert [(secret.kind, secret.mild) for secret in found] == [("secret-github-token", False)]


def identifier(seed: int) -> str:
    """Return a UUID, the same for the same seed."""
    return str(uuid.UUID(int=random.Random(seed).getrandbits(128), version=4))


def listed(names: str, form: str) -> str:
    """Return lines that give a UUID to each of the names."""
    return "".join(form.format(name, identifier(seed)) for seed, name in enumerate(names.split()))


_PRODUCTS = "Dashlane OnePassword NordPass Keeper Sesame Enpass KeePassXC LastPass IPasswords Devolutions Initial"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        pytest.param("a.ts", '  {} = "{}",\n', id="an enumeration"),
        pytest.param("a.json", '  "{}": "{}",\n', id="an object of JSON"),
        pytest.param("a.py", "    '{}': '{}',\n", id="a dictionary"),
        pytest.param("a.php", "    const {} = '{}';\n", id="constants"),
    ],
)
def test_an_identifier_of_a_list_of_them_is_no_secret(path: str, form: str) -> None:
    assert search(path, listed(_PRODUCTS, form).encode(), b"key") == ()


@pytest.mark.parametrize(
    ("path", "names"),
    [
        pytest.param("a.ts", "password", id="alone"),
        pytest.param("a.ts", "Dashlane Keeper Sesame password", id="beside few others"),
        pytest.param(
            "a.ts", "tenantId clientId subscriptionId objectId client_password appId", id="beside identifiers"
        ),
        pytest.param("a.env", "ONE TWO THREE FOUR DB_PASSWORD FIVE SIX SEVEN EIGHT", id="in a file of variables"),
    ],
)
def test_an_identifier_that_is_a_password_is_found(path: str, names: str) -> None:
    lines = listed(names, '  {} = "{}"\n' if path == "a.ts" else "{}={}\n").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "password" in text.lower())
    found = search(path, "\n".join(lines).encode(), b"key")
    assert [(secret.kind, secret.line) for secret in found] == [("secret-password", line)]
