"""What the project's own tracked files name, and what they do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.needed.names import Mention, Mentions, Sources
from support import processor_limit


@dataclass(frozen=True, slots=True)
class Tracked:
    """Tracked files, by their path."""

    files: Mapping[str, str]

    def paths(self) -> Iterable[str]:
        return self.files

    def new(self) -> Iterable[str]:
        return ()

    def place(self, path: str) -> str:
        return path

    def head(self, path: str) -> bytes:
        return self.files[path].encode(errors="surrogatepass")


def mentions(files: Tracked) -> list[Mention]:
    """Give all that the files name, whoever asks."""
    sources = Sources()
    sources.ask(None)
    return list(Mentions(files, sources).all())


def named(path: str, text: str, **others: str) -> list[str]:
    return [mention.path for mention in mentions(Tracked({path: text, **others}))]


MANIFEST = '{"main": "./dist/index", "bin": {"x": "out/cli.js"}, "exports": {".": {"import": "./esm/*.js"}}}'
NGINX = "server {\n  root /srv/dist;\n  location /s { alias static/; }\n  # root /old;\n  ssl_certificate tls/a.pem;\n}"
SUPERVISED = "[program:a]\ncommand=node out/a.js\ndirectory=/app\n[program:b]\ncommand=bin/worker --log x\n"


@pytest.mark.parametrize(
    ("path", "text", "paths"),
    [
        pytest.param("package.json", MANIFEST, ["dist/index", "out/cli.js", "esm/*.js"], id="a manifest's entries"),
        pytest.param("web/package.json", '{"main": "lib"}', ["web/lib"], id="a manifest's own directory"),
        pytest.param(
            "package.json",
            '{"dependencies": {"a": "file:./a.tgz", "b": "^1"}}',
            ["a.tgz"],
            id="an archive of a package",
        ),
        pytest.param(
            "p/package.json",
            '{"main": "src/i.js", "typings": "dist/i.d.ts", "typesVersions": {"*": {"*": ["gen/*"]}}}',
            ["p/src/i.js", "p/dist/i.d.ts", "p/gen/*"],
            id="the types of a package",
        ),
        pytest.param("composer.json", '{"autoload": {"classmap": ["gen/"]}}', ["gen"], id="what composer loads"),
        pytest.param(
            "Procfile", "web: node dist/a.js\nx: cd out && ./run\n", ["dist/a.js", "out", "out/run"], id="a Procfile"
        ),
        pytest.param("supervisord.conf", SUPERVISED, ["/app/out/a.js", "bin/worker", "x"], id="supervisord's programs"),
        pytest.param("a.service", "[Service]\nExecStart=/opt/a/bin/x\n", ["/opt/a/bin/x"], id="a service of systemd"),
        pytest.param(
            "conf/nginx.conf", NGINX, ["/srv/dist", "conf/static", "static", "conf/tls/a.pem", "tls/a.pem"], id="nginx"
        ),
        pytest.param(
            "nginx.conf",
            "server { location / { } ssl_certificate_key /a/b.pem; }",
            ["/a/b.pem"],
            id="nginx in one line",
        ),
        pytest.param("Caddyfile", ":80 {\n  root * dist\n  file_server\n}\n", ["dist"], id="the root of Caddy"),
        pytest.param("httpd.conf", 'DocumentRoot "/var/www/dist"\n', ["/var/www/dist"], id="the root of httpd"),
        pytest.param(
            ".env.example", "DATABASE_URL=sqlite:///data/app.db\nPORT=80\n", ["**/data/app.db"], id="a sample of .env"
        ),
        pytest.param("c.yaml", "model: m/x.onnx\nstatic_dir: build\n", ["**/m/x.onnx", "build"], id="values of YAML"),
        pytest.param("c.yaml", "roots:\n  - ./dist\n", ["dist"], id="a list of YAML"),
        pytest.param("c.toml", '[db]\npath = "data/a.sqlite"\n', ["**/data/a.sqlite"], id="a value of TOML"),
        pytest.param("conf/c.json", '{"root": "dist"}', ["conf/dist", "dist"], id="a value of JSON"),
        pytest.param("s6/run", "#!/bin/sh\nexec node /a/out/a.js\n", ["/a/out/a.js"], id="a service of s6"),
        pytest.param("crontab", "# x\n5 4 * * 1 cd out && ./a.sh\n", ["out", "out/a.sh"], id="a job of cron"),
        pytest.param("a.properties", "url=jdbc:h2:file:./d/x;A=1\n", ["**/d/x.*", "d/x"], id="a database of H2"),
        pytest.param(
            "uwsgi.ini", "virtualenv = .venv\nstatic-map = /s=/app/out\n", [".venv", "/s", "/app/out"], id="uwsgi"
        ),
        pytest.param("x/entrypoint.sh", "#!/bin/sh\nexec node out/a.js\n", ["x/out/a.js", "out/a.js"], id="a script"),
        pytest.param("a.properties", "url=jdbc:sqlite:d/a.db\n", ["**/d/a.db"], id="a database of a properties file"),
        pytest.param("pom.xml", "<systemPath>lib/a.jar</systemPath>", ["lib/a.jar"], id="an archive of Maven"),
        pytest.param("a.csproj", "<HintPath>..\\a.dll</HintPath>", [], id="a path that leaves the context"),
        pytest.param("s/a.csproj", "<HintPath>..\\lib\\a.dll</HintPath>", ["lib/a.dll"], id="a library of .NET"),
        pytest.param(
            "s/a.csproj",
            '<Import Project="$(ThisFileDirectory)..\\build\\a.props" /><None Include="out\\*" /><A Include="B" />',
            ["**/build/a.props", "s/out/*", "out/*"],
            id="what a project of .NET imports and includes",
        ),
        pytest.param("Directory.Build.targets", '<Import Project="build\\a.props"/>', ["build/a.props"], id="MSBuild"),
        pytest.param(
            "s/CMakeLists.txt",
            "# add_subdirectory(old/x)\nadd_subdirectory(gen/z)\nset(A ${CMAKE_SOURCE_DIR}/bin/a.lib)\n"
            "file(READ ${PROJECT_SOURCE_DIR}/dist/v.txt V)\nlink_directories(../sdk/lib)\n",
            ["s/gen/z", "s/bin/a.lib", "bin/a.lib", "s/dist/v.txt", "dist/v.txt", "sdk/lib"],
            id="what CMake reads",
        ),
        pytest.param(
            "build.sbt", 'A += baseDirectory.value / "dist" / "a"\nB += file("gen/x")', ["dist/a", "gen/x"], id="sbt"
        ),
        pytest.param("s/a.c", '#include "gen/x.h"\n', ["s/gen/x.h", "gen/x.h"], id="an include of C"),
        pytest.param(
            "config/a.yaml", "key: '%kernel.project_dir%/config/a.pem'\n", ["**/config/a.pem"], id="a place in Symfony"
        ),
        pytest.param("build.gradle", "compile files('libs/a.jar')", ["libs/a.jar"], id="an archive of Gradle"),
        pytest.param("requirements.txt", "./wheels/a.whl\nflask==3\n", ["wheels/a.whl"], id="a wheel"),
        pytest.param(
            "build.gradle.kts",
            'tasks.processResources {\n  from("web/dist") { into("static") }\n}\n',
            ["web/dist"],
            id="what Gradle copies",
        ),
        pytest.param(
            "a/build.gradle", "task x(type: Copy) { from '../web/dist' }", ["web/dist"], id="a copy in Groovy"
        ),
        pytest.param(
            "pyproject.toml",
            '[tool.hatch.build.targets.wheel.force-include]\n"web/dist" = "x/static"\n',
            ["web/dist"],
            id="what hatch packs",
        ),
        pytest.param(
            "pyproject.toml",
            '[tool.hatch.build]\nartifacts = ["x/static/**"]\n',
            ["**/x/static"],
            id="hatch's artifacts",
        ),
        pytest.param(
            "pyproject.toml",
            '[tool.setuptools.package-data]\nx = ["dist/*.js"]\n"*" = ["y.typed"]\n',
            ["x/dist", "src/x/dist", "**/y.typed"],
            id="what setuptools packs",
        ),
        pytest.param(
            "setup.py",
            "setup(package_data={'x.y': ['dist/**']}, data_files=[('share', ['out/a.txt'])])",
            ["x/y/dist", "src/x/y/dist", "out/a.txt"],
            id="what setup.py packs",
        ),
        pytest.param(
            "setup.cfg",
            "[options.package_data]\nx = dist/*, build/a.js\n",
            ["x/dist", "src/x/dist", "x/build/a.js", "src/x/build/a.js"],
            id="what setup.cfg packs",
        ),
        pytest.param(
            "MANIFEST.in",
            "graft web/dist\ninclude build/a.js *.md\nrecursive-include out *.js\nprune dist\n",
            ["web/dist", "build/a.js", "out"],
            id="what MANIFEST.in packs",
        ),
        pytest.param(
            "webpack.config.js",
            "new CopyPlugin({ patterns: [{ from: 'lib/build', to: 'x' }, { from: path.resolve(__dirname, 'gen') }] })",
            ["lib/build", "gen"],
            id="what CopyPlugin of webpack copies",
        ),
        pytest.param(
            "vite.config.ts",
            "viteStaticCopy({ targets: [{ src: 'gen/x', dest: '' }] })",
            ["gen/x"],
            id="a copy of vite",
        ),
        pytest.param(
            "w/next.config.js",
            "output: 'x/y', outputFileTracingIncludes: { '/api/x': ['./data/**/*', 'out/a.db'], '/*': ['gen/b'] }",
            ["w/data/**/*", "w/out/a.db", "w/gen/b"],
            id="what Next traces",
        ),
        pytest.param(
            "nuxt.config.ts",
            "nitro: { serverAssets: [{ baseName: 'a', dir: './gen' }], publicAssets: [{ dir: 'out' }] }",
            ["gen", "out"],
            id="the assets of Nuxt",
        ),
        pytest.param(
            "c/a.go",
            "package a\n\n// #cgo linux LDFLAGS: -L${SRCDIR}/build -lfoo ${SRCDIR}/../out/x.a\n/*\n#cgo CFLAGS: "
            '-I${SRCDIR}/gen\n*/\nimport "C"\n',
            ["c/build", "out/x.a", "c/gen"],
            id="what cgo links with",
        ),
        pytest.param(".npmrc", "store-dir=.pnpm-store\n", [".pnpm-store"], id="the store of pnpm"),
        pytest.param(".yarnrc", 'yarn-offline-mirror "./mirror"\n', ["mirror"], id="the mirror of yarn"),
        pytest.param("firebase.json", '{"hosting": {"public": "dist"}}', ["dist"], id="what Firebase serves"),
        pytest.param(
            "firebase.json", '{"hosting": [{"public": "a"}, {"public": "b"}]}', ["a", "b"], id="two sites of Firebase"
        ),
        pytest.param(
            "fly.toml",
            '[processes]\nweb = "node dist/a.js"\n[[statics]]\nguest_path = "/app/public"\n',
            ["dist/a.js", "/app/public"],
            id="what Fly starts and serves",
        ),
        pytest.param("schema.prisma", 'url = "file:./dev.db"', ["**/dev.db"], id="a database of Prisma"),
        # literals
        pytest.param("a.py", "x.connect('geo.sqlite3')", ["**/geo.sqlite3"], id="the name of a database"),
        pytest.param("a.py", "sqlite3.connect('geo')", ["**/geo"], id="a database without an ending"),
        pytest.param("a.js", "new Database('x.db')", ["**/x.db"], id="a database that node opens"),
        pytest.param("a.py", 'E = "sqlite:///data/app.db"', ["**/data/app.db"], id="a URL of a database"),
        pytest.param("a.py", 'E = "sqlite:///data/geo"', ["**/data/geo"], id="a URL of a file without an ending"),
        pytest.param("a.java", 'u = "jdbc:h2:./d/x";', ["**/d/x.*", "**/d/x"], id="a URL of H2"),
        pytest.param(
            "a.go", 'sql.Open("sqlite3", "./geo.db")', ["sqlite3", "**/geo.db"], id="a database that Go opens"
        ),
        pytest.param("a.php", "new PDO('sqlite:geo.db')", ["**/geo.db"], id="a database that PHP opens"),
        pytest.param("ecosystem.config.js", "x = { cwd: 'out', script: 'a.js' }", ["out"], id="a directory of pm2"),
        pytest.param("a.cs", 'x = "Data Source=app.db;Cache=Shared"', ["**/app.db"], id="a connection string"),
        pytest.param("s/a.py", 'N = BASE_DIR / "db.sqlite3"', ["**/db.sqlite3"], id="a database below a directory"),
        pytest.param("s/a.py", 'R = BASE / "out" / "x"', ["s/out/x", "out/x"], id="literals between slashes"),
        pytest.param("s/a.py", 'STATIC_ROOT = "dist"', ["s/dist", "dist"], id="a name that says a directory"),
        pytest.param("s/a.py", 'x = os.path.join(HERE, "..", "out")', ["out"], id="literals that are joined"),
        pytest.param("a.py", 'app.mount("/", StaticFiles(directory="build"))', ["build"], id="StaticFiles"),
        pytest.param("a.py", 'Flask(__name__, static_folder="dist")', ["dist"], id="the folder of Flask"),
        pytest.param("a.py", 'send_from_directory("dist", name)', ["dist"], id="send_from_directory"),
        pytest.param("a.py", 'torch.load("m.pt")', ["**/m.pt"], id="weights"),
        pytest.param("a.py", 'open("out/x.txt")', ["out/x.txt"], id="a file that is opened"),
        pytest.param("a.py", 'd = os.environ.get("STATIC_DIR", "dist")', ["dist"], id="a default of a directory"),
        pytest.param(
            "a.py", "from .gen.x import y", ["gen/x.py", "gen/x.*so", "gen/x/y.py", "gen/x/y.*so"], id="a module"
        ),
        pytest.param("a.py", "import fast", ["**/fast.py", "**/fast.*so"], id="a module that may be compiled"),
        pytest.param("s/a.js", "app.use(express.static('dist'))", ["s/dist", "dist"], id="express.static"),
        pytest.param("s/a.js", "f(path.join(__dirname, '../dist', 'i.html'))", ["dist/i.html"], id="path.join"),
        pytest.param(
            "s/a.py", 'x = join(os.path.dirname(__file__), "dist")', ["s/dist", "dist"], id="a call beside a literal"
        ),
        pytest.param("l/a.rb", "File.expand_path('../../dist', __FILE__)", ["dist"], id="expand_path"),
        pytest.param("a.php", "f(storage_path('app/x'))", ["storage/app/x"], id="the storage of Laravel"),
        pytest.param("a.rb", 'File.open("log/a.log")', ["log/a.log"], id="a log that is read"),
        pytest.param("s/a.js", "f(__dirname + '/dist/x')", ["s/dist/x", "dist/x"], id="a literal that is added"),
        pytest.param("a.js", "f(`${__dirname}/dist/x`)", ["**/dist/x"], id="a template"),
        pytest.param("s/a.js", "const a = require('./build/x')", ["s/build/x"], id="require"),
        pytest.param("s/a.ts", "import x from '../gen/y'", ["gen/y"], id="import"),
        pytest.param("s/a.ts", "import x from '../logs/a.log?raw'", ["logs/a.log"], id="an import with a query"),
        pytest.param("s/a.ts", "new Worker(new URL('../out/w.js?worker', x))", ["out/w.js"], id="a worker of Vite"),
        pytest.param(
            "s/a.css", '@import "../dist/x.css"; /* "out/y" */', ["dist/x.css"], id="an import of a stylesheet"
        ),
        pytest.param("s/a.scss", "a { background: url('../gen/a.png') }", ["gen/a.png"], id="an image of a stylesheet"),
        pytest.param("a.js", "fs.readFileSync('out/x')", ["out/x"], id="a file that node reads"),
        pytest.param("a.js", "reply.sendFile('i.html', { root: 'dist' })", ["i.html", "dist"], id="the root of a file"),
        pytest.param(
            "a.js", "module.exports = { apps: [{ script: './dist/a.js' }] }", ["dist/a.js"], id="a process of pm2"
        ),
        pytest.param("index.html", '<script src="dist/a.js"></script>', ["dist/a.js"], id="a script of a page"),
        pytest.param("a.go", 'http.FileServer(http.Dir("dist"))', ["dist"], id="a directory that Go serves"),
        pytest.param("a.go", "os.ReadFile(`out/x`)", ["out/x"], id="a raw string of Go"),
        pytest.param(
            "a.rs", "fn f<'a>(x: &'a str) { ServeDir::new(\"dist\"); }", ["dist"], id="a directory that Rust serves"
        ),
        pytest.param(
            "A.java",
            'x(\'"\'); new ClassPathResource("gen/x.json")',
            ["**/resources/gen/x.json"],
            id="a resource of Java",
        ),
        pytest.param("A.java", 'Paths.get("out", "a.txt")', ["out/a.txt"], id="a path of Java"),
        pytest.param("a.rb", 'File.join(root, "public", "build")', ["public/build"], id="File.join"),
        pytest.param("a.rb", 'set :public_folder, "dist"', ["dist"], id="the folder of Sinatra"),
        pytest.param("a.rb", 'Rails.root.join("out")', ["out"], id="Rails.root.join"),
        pytest.param("a.php", "require __DIR__ . '/../gen/x.php'; # dist/x", [], id="a file of PHP out of the context"),
        pytest.param("s/a.php", "require __DIR__ . '/../gen/x.php';", ["gen/x.php"], id="a file of PHP"),
        pytest.param("a.yaml", "workingDir: '/app/dist'\n", ["/app/dist"], id="where a pod starts"),
        pytest.param("a.ini", "workdir = /app/dist\n", ["/app/dist"], id="where a service starts"),
        pytest.param("a.cs", 'new PhysicalFileProvider("dist")', ["dist"], id="a directory that .NET serves"),
    ],
)
def test_what_a_file_names(path: str, text: str, paths: list[str]) -> None:
    assert named(path, text) == paths


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("package.json", '{"scripts": {"clean": "rm -rf dist"}}', id="a script that cleans"),
        pytest.param("package.json", '{"files": ["dist"], "directories": {"lib": "dist"}}', id="what is published"),
        pytest.param("package.json", "{", id="a manifest that cannot be parsed"),
        pytest.param(
            "build.gradle", "configurations { x { extendsFrom y } }; from(components.java)", id="no copy of Gradle"
        ),
        pytest.param("pyproject.toml", '[tool.ruff]\nexclude = ["dist"]\n[tool.hatch]\nbuild = 1\n', id="a linter"),
        pytest.param("pyproject.toml", "[tool", id="a pyproject.toml that cannot be parsed"),
        pytest.param(
            "setup.py", "setup(package_data=found(), cmdclass={'x': 'dist/y'}", id="a setup.py that is broken"
        ),
        pytest.param("setup.cfg", "[options\nx", id="a setup.cfg that cannot be parsed"),
        pytest.param("MANIFEST.in", "prune dist\nexclude build/x\nglobal-include *.js\n", id="what is not packed"),
        pytest.param("webpack.config.js", "output: { path: 'dist/x' }, x: { src: 'a/b' }", id="the output of webpack"),
        pytest.param("a.go", "// #cgo LDFLAGS: -lfoo -L/usr/lib\n// ${SRCDIR}/build is made\n", id="no own library"),
        pytest.param(".npmrc", "cache=.npm\n", id="a cache"),
        pytest.param(".npmrc", "registry=https://a.test/build\n//a.test/:_authToken=x\n", id="a registry"),
        pytest.param("firebase.json", '{"hosting": {"ignore": ["dist"]}, "functions": {"source": "x"}}', id="Firebase"),
        pytest.param("firebase.json", "[", id="a firebase.json that cannot be parsed"),
        pytest.param("fly.toml", 'app = "x"\n[build]\ndockerfile = "out/Dockerfile"\n', id="no process of Fly"),
        pytest.param("tsconfig.json", '{"compilerOptions": {"outDir": "./dist"}, "exclude": ["build"]}', id="tsconfig"),
        pytest.param("vite.config.ts", "export default { build: { outDir: 'dist/x' } }", id="the output of vite"),
        pytest.param(
            "webpack.config.js", "output: { path: path.resolve(__dirname, 'dist') }", id="the output of webpack"
        ),
        pytest.param("jest.config.js", "testPathIgnorePatterns: ['dist/']", id="what a test runner ignores"),
        pytest.param(".gitignore", "dist/\n*.db\n", id="what git ignores"),
        pytest.param(".eslintignore", "dist/\n", id="what a linter ignores"),
        pytest.param("README.md", "run `dist/a.js` and open('a.db')", id="documentation"),
        pytest.param("docs/a.js", "express.static('dist')", id="an example in documentation"),
        pytest.param(".github/workflows/a.yml", "path: dist/x\n", id="continuous integration"),
        pytest.param("compose.yaml", "volumes:\n  - ./data/x:/x\n", id="a compose file, which is read elsewhere"),
        pytest.param("a.py", '# open(\'out/a.db\')\n"""open(\'out/b.db\')"""\n', id="comments of Python"),
        pytest.param("a.js", "// static('dist')\n/* static('a.db') */\n", id="comments of JavaScript"),
        pytest.param("a.go", "//go:embed dist\nvar f embed.FS", id="go:embed, which is read elsewhere"),
        pytest.param("c.yaml", "# root: dist\nout_dir: dist/x\nexclude: build/y\n", id="comments and output of YAML"),
        pytest.param(
            "deploy/a.yaml",
            "volumeMounts:\n  - mountPath: /app/config/tls\n    subPath: /x/y\n",
            id="where volumes lie over the image",
        ),
        pytest.param(
            "CMakeLists.txt",
            "file(WRITE gen/a.txt x)\nset(CMAKE_RUNTIME_OUTPUT_DIRECTORY bin/x)\ninstall(TARGETS a DESTINATION lib/x)\n"
            "configure_file(${CMAKE_BINARY_DIR}/x/y z)\ninclude(FetchContent)\nmessage(a/b)\n",
            id="what CMake writes",
        ),
        pytest.param("index.html", "<!-- <script src='dist/a.js'> -->", id="comments of HTML"),
        pytest.param("a.js", "const mode = 'build'; run('dist'); x = ['out', 'target']", id="bare words"),
        pytest.param("a.js", "fs.rmSync('dist/x'); fs.mkdirSync('out/x')", id="what is removed or made"),
        pytest.param("a.js", "fs.rmSync(path.join(__dirname, 'dist'))", id="what is joined to be removed"),
        pytest.param("a.js", "glob({ ignore: ['a/b', 'dist/**'] })", id="a list of what is ignored"),
        pytest.param("a.js", "fetch('https://a.test/dist/x.zip'); f(`${api}/build/x`)", id="URLs"),
        pytest.param("a.js", "import a from 'lodash/dist/a'; require('pkg/build')", id="modules of packages"),
        pytest.param("a.py", "open('out/x.txt', 'w'); print('dist/x'); df.to_csv('x.csv')", id="what is written"),
        pytest.param("a.py", "name.endswith('.db'); logging.info('no x.db')", id="an ending, and a message"),
        pytest.param("a.js", "console.log('see ./data/ for more')", id="prose"),
        pytest.param("a.rb", 'Logger.new(Rails.root.join("log/a.log"))', id="a log that is written"),
        pytest.param("a.go", 'import (\n\t"log/slog"\n\tx "out/y"\n)', id="imports of Go"),
        pytest.param("a.js", "f({ type: 'application/x-tar', accept: 'text/html' })", id="types of media"),
        pytest.param("a.txt", "dist/a.js", id="a file that nobody runs"),
        pytest.param("a.min.js", "static('dist')", id="minified source"),
    ],
)
def test_what_names_nothing(path: str, text: str) -> None:
    assert named(path, text) == []


def test_a_mention_says_where_and_how() -> None:
    files = {"srv/a.js": "x\n\nstatic('dist')\n", "srv/package.json": '{\n  "main": "out/a.js"\n}'}
    assert mentions(Tracked(files)) == [
        Mention("srv/dist", "srv/a.js:3", "has the word `dist`"),
        Mention("dist", "srv/a.js:3", "has the word `dist`"),
        Mention("srv/out/a.js", "srv/package.json:2", "names it as its `main`"),
    ]


def test_a_script_says_its_line() -> None:
    files = {"entrypoint.sh": "#!/bin/sh\n\nnode out/a.js\n"}
    assert mentions(Tracked(files)) == [Mention("out/a.js", "entrypoint.sh:3", "starts it")]


def test_a_path_may_be_relative_to_the_package() -> None:
    assert named("web/src/a.js", "static('dist')", **{"web/package.json": "{}"}) == ["web/src/dist", "web/dist", "dist"]


@pytest.mark.parametrize("path", ["web/playwright/utils/helper.ts", "cypress/support/a.ts", "e2e/a.ts", "a.spec.ts"])
def test_what_helps_tests_of_a_browser_is_one(path: str) -> None:
    files = {path: "readFile('x.db')\n", "playwright.config.ts": ""}
    assert [one.is_of_tests for one in mentions(Tracked(files))] == [True]


def test_what_a_service_does_with_playwright_is_no_test() -> None:
    files = {"src/playwright/browser.ts": "readFile('x.db')\n"}
    assert [one.is_of_tests for one in mentions(Tracked(files))] == [False]


def test_what_only_a_test_names_says_so() -> None:
    files = {"tests/a.py": "open('x.db')\nopen('y.db')", "z/a.py": "open('y.db')"}
    assert [(one.path, one.is_of_tests) for one in mentions(Tracked(files))] == [
        ("**/x.db", True),
        ("**/y.db", True),
        ("**/y.db", False),
    ]


@pytest.mark.parametrize(
    ("text", "tracked"),
    [
        pytest.param("import x from './lib'", "lib/index.ts", id="an import of a directory"),
        pytest.param("import x from './a.js'", "a.ts", id="an import of what is compiled"),
        pytest.param("readFile('data/x.csv')", "data/x.csv", id="a file"),
        pytest.param("f('src/part')", "src/part/a.js", id="a directory in passing"),
        pytest.param("join(__dirname, '..')", "s/a.js", id="a directory that holds the file"),
    ],
)
def test_what_git_tracks_is_no_mention(text: str, tracked: str) -> None:
    assert [path for path in named("m.js", text, **{tracked: ""}) if not path.startswith("**/")] == []


def test_a_tracked_directory_that_is_served_may_hold_more() -> None:
    assert named("a.js", "static('public')", **{"public/a.css": ""}) == ["public"]


NAMES = """
a.js a.py a.rs a.html a.php a.lua a.vue a.go a.rb package.json composer.json Procfile crontab run supervisord.conf
a.conf nginx.conf a.yaml .env pom.xml requirements.txt build.gradle
"""
SYNTAX = r"""
' " ` \ / // /* */ # ( ) [ ] { } ${ , = : open( join( 'a.db' "dist/x" root alias command= [a] <!-- < > .. . from import
require( f" ''' \"\"\"
"""
PIECES = st.sampled_from([*SYNTAX.split(), " ", "\n"])
TEXT = st.text(max_size=60) | st.lists(PIECES, max_size=20).map("".join)


@given(name=st.sampled_from(NAMES.split()), text=TEXT)
def test_any_text_will_do(name: str, text: str) -> None:
    for mention in mentions(Tracked({name: text})):
        assert ".." not in mention.path.split("/")
        assert mention.path.strip("/*")


PIECES_OF_LINES = r"""
' " ` \' \" /* 'a', ( a( a/ join('a', ${ * < = a. ../ .. jdbc:h2: x= a,b: [ [a] &&
"""


@pytest.mark.parametrize("piece", [*PIECES_OF_LINES.split(), " ", "from ", "1 ", "import (", "- ", "\n"])
def test_a_long_line_costs_no_more_than_its_length(piece: str) -> None:
    for name in NAMES.split():
        with processor_limit(3):
            mentions(Tracked({name: piece * (8192 // len(piece))}))


@pytest.mark.parametrize(
    ("path", "text", "paths"),
    [
        pytest.param(
            "a.js", "const d = 'dist'\napp.use(express.static(`${__dirname}/${d}`))", ["**/dist"], id="a template"
        ),
        pytest.param(
            "a.js",
            "const { root, d } = require('./c')\napp.use(express.static(path.join(root, d)))",
            ["**"],
            id="a module",
        ),
        pytest.param("a.js", "app.use(express.static(process.argv[2]))", ["**"], id="an argument"),
        pytest.param("a.js", "app.use(express.static(config.get('web.bundle')))", ["**"], id="a configuration"),
        pytest.param(
            "a.js", "const d = process.env.D || 'out'\nexpress.static(join(__dirname, d))", ["**/out"], id="a default"
        ),
        pytest.param(
            "a.js",
            "app.register(require('@fastify/static'), { root: join(base, DIR) })",
            ["**"],
            id="a plugin's option",
        ),
        pytest.param(
            "a.py", "NAME = 'dist'\napp = Flask(__name__, static_folder=BASE / NAME)", ["**/dist"], id="paths of Python"
        ),
        pytest.param(
            "a.py", "D = 'build'\napp.mount('/', StaticFiles(directory=f'{ROOT}/{D}'))", ["**/build"], id="an f-string"
        ),
        pytest.param(
            "a.go", 'const dir = "dist"\nvar h = http.Dir(filepath.Join(base, dir))', ["**/dist"], id="a path of Go"
        ),
        pytest.param("a.go", 'd := flag.String("d", "out", "x")\nvar h = http.Dir(*d)', ["**/out"], id="a flag of Go"),
        pytest.param("a.rs", "fn a() { ServeDir::new(&config.dir) }", ["**"], id="a field of Rust"),
        pytest.param(
            "a.rb", "OUT = 'build'\nset :public_folder, File.join(settings.root, OUT)", ["**/build"], id="Ruby's join"
        ),
        pytest.param("a.php", '<?php $d = "build"; readfile(__DIR__ . "/$d/index.html");', ["**/build"], id="PHP"),
        pytest.param("a.js", "const r = join(__dirname, D); require('koa-static')(r)", ["**"], id="a plugin of Koa"),
        pytest.param(
            "a.js", "import serve from 'sirv'\nconst D = 'out'\nserve(join(here, D))", ["**", "**/out"], id="an alias"
        ),
        pytest.param("a.js", "fs.readFileSync(path.join(dir, name))", [], id="a file that is read is no document root"),
        pytest.param("a.js", "const d = 'dist'\nclean(d)", [], id="a name that nothing serves"),
        pytest.param(
            "a.py", "u += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)", [], id="uploads of Django"
        ),
    ],
)
def test_what_source_serves_by_variables(path: str, text: str, paths: list[str]) -> None:
    found = {one for one in named(path, text) if one.startswith("**")}
    assert found - {"**/d", "**/x", "**/index.html"} == set(paths)


@pytest.mark.parametrize(
    ("path", "text", "paths"),
    [
        pytest.param(
            "angular.json",
            '{"projects": {"a": {"build": {"outputPath": "dist", "assets": ["gen", {"input": "libs/x/dist"}]}}}}',
            ["gen", "libs/x/dist"],
            id="assets of Angular, and not its output",
        ),
        pytest.param("pubspec.yaml", "flutter:\n  assets:\n    - build/gen/\n", ["build/gen"], id="assets of Flutter"),
        pytest.param(
            "pubspec.yaml",
            "dependencies:\n  a: ^1\nfonts:\n  - asset: out/a.ttf\n",
            ["out/a.ttf"],
            id="fonts of Flutter",
        ),
        pytest.param(
            "vite.config.ts", "export default { publicDir: 'out', build: { outDir: 'dist' } }", ["out"], id="Vite's own"
        ),
        pytest.param(
            "gatsby-config.js",
            "options: { name: 'd', path: `${__dirname}/out/data` }",
            ["out/data"],
            id="a source of Gatsby",
        ),
        pytest.param(
            "docusaurus.config.js", "module.exports = { staticDirectories: ['build'] }", ["build"], id="Docusaurus"
        ),
        pytest.param(".eleventy.js", "c.addPassthroughCopy('dist')", ["dist"], id="what Eleventy passes through"),
        pytest.param("svelte.config.js", "files: { assets: 'build' }", ["build"], id="the assets of SvelteKit"),
        pytest.param("src-tauri/tauri.conf.json", '{"build": {"frontendDist": "../dist"}}', ["dist"], id="Tauri"),
        pytest.param("capacitor.config.json", '{"webDir": "www"}', ["www"], id="Capacitor"),
        pytest.param(
            "tsconfig.json",
            '{\n// all\n"compilerOptions": {"outDir": "out", "baseUrl": ".", "paths": {"@r/*": ["packages/*/dist"]},}}',
            ["packages/*/dist"],
            id="the paths of TypeScript, and not its output",
        ),
        pytest.param(
            "tsconfig.json",
            '{"compilerOptions": {"typeRoots": ["./node_modules/@types", "gen"]}, "include": [".next/types"]}',
            ["gen"],
            id="the types of TypeScript, none of its packages",
        ),
        pytest.param(
            "build.gradle",
            "android { sourceSets { main { assets.srcDirs = ['src/main/assets', 'web/dist'] } } }",
            ["src/main/assets", "web/dist"],
            id="the directories of a source set",
        ),
        pytest.param(
            "webpack.config.js", "output: { path: path.resolve('dist') }, devServer: { static: 'x' }", [], id="webpack"
        ),
    ],
)
def test_what_a_tool_packs_as_it_is(path: str, text: str, paths: list[str]) -> None:
    assert named(path, text) == paths
