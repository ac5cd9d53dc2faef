"""What the words of a command and the variables of an environment name: absolute paths of the image."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.needed.names import named_by, named_by_env
from ctxaudit.needed.shell import Command, commands


def named(line: str, cwd: str | None = "/app") -> list[str]:
    return list(named_by(Command(tuple(shlex.split(line)), cwd, {}, 1)))


def files_of(module: str) -> list[str]:
    return [f"{module}.*", f"{module}/__init__.*", f"{module}/__main__.*"]


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        pytest.param("node dist/server.js", ["/app/dist/server.js"], id="a script that node runs"),
        pytest.param("node dist/server", ["/app/dist/server"], id="a script without its ending"),
        pytest.param("node build", ["/app/build"], id="a directory that node runs"),
        pytest.param(
            "node --enable-source-maps /srv/out/main.mjs --port 80", ["/srv/out/main.mjs"], id="node's options"
        ),
        pytest.param("node -r ./out/hook.js src/a.js", ["/app/out/hook.js", "/app/src/a.js"], id="a file loaded first"),
        pytest.param("node --import=./out/hook.mjs a.js", ["/app/out/hook.mjs", "/app/a.js"], id="an option's value"),
        pytest.param("node --env-file=.env a.js", ["/app/.env", "/app/a.js"], id="an environment file"),
        pytest.param("node -e \"require('./dist/a')\"", ["/app/dist/a"], id="a literal in code for node"),
        pytest.param("deno run --allow-net dist/main.ts", ["/app/dist/main.ts"], id="what deno runs"),
        pytest.param("java -jar /app/target/app.jar", ["/app/target/app.jar"], id="an archive that java runs"),
        pytest.param("java -Xmx1g -jar build/libs/*.jar", ["/app/build/libs/*.jar"], id="a pattern stays one"),
        pytest.param("java -cp 'a:b/*' Main", ["/app/a", "/app/b/*"], id="a class path"),
        pytest.param("java -cp . Main", ["/app/**/*.class"], id="of the directory itself java loads classes"),
        pytest.param("java Main", ["/app/**/*.class"], id="without a class path java loads what lies here"),
        pytest.param(
            "java -javaagent:/opt/agent.jar=x -Dlog.config=conf/l.xml -jar a.jar",
            ["/opt/agent.jar", "/app/conf/l.xml", "/app/a.jar"],
            id="an agent and a property",
        ),
        pytest.param("python app.py", ["/app/app.py"], id="a script that python runs"),
        pytest.param("python3.13 -u -W ignore bin/run", ["/app/bin/run"], id="python with options that have a value"),
        pytest.param("python -m pkg.mod", files_of("/app/pkg/mod"), id="a module: its file, or the package's"),
        pytest.param("python -m http.server 80 -d dist", ["/app/dist"], id="the directory that http.server serves"),
        pytest.param("python -m http.server", ["/app"], id="http.server serves the working directory"),
        pytest.param("python -c \"open('data/x.db')\"", ["/app/data/x.db"], id="a literal in code for python"),
        pytest.param(
            "uvicorn pkg.main:app --host 0.0.0.0 --port 80",
            files_of("/app/pkg/main"),
            id="a module and what in it is the application",
        ),
        pytest.param(
            "gunicorn wsgi:app --chdir src",
            ["/app/src/.", *files_of("/app/wsgi"), *files_of("/app/src/wsgi")],
            id="a module in the directory that an option enters",
        ),
        pytest.param("./bin/service", ["/app/bin/service"], id="the program itself"),
        pytest.param("/app/.venv/bin/gunicorn -b :80", ["/app/.venv/bin/gunicorn"], id="a program of an environment"),
        pytest.param("bin/start", ["/app/bin/start"], id="a program without a dot in front"),
        pytest.param("./echo data/x", ["/app/echo", "/app/data/x"], id="the project's own program with a known name"),
        pytest.param("tool --config=conf/x.yml", ["/app/conf/x.yml"], id="the value of a long option"),
        pytest.param("tool -I../include -Dfile=x", ["/include", "/app/x"], id="values that stand right at an option"),
        pytest.param("tool --model models/x.onnx", ["/app/models/x.onnx"], id="the word after an option"),
        pytest.param("PATH=/a/bin:/b cmd", ["/a/bin", "/b"], id="an assignment before a command"),
        pytest.param("export STATIC_DIR=dist", ["/app/dist"], id="an exported variable"),
        pytest.param("cat file:///a/b.txt", ["/app/a/b.txt", "/a/b.txt"], id="a URL of a file"),
        pytest.param("migrate sqlite:///data/app.db", ["/app/data/app.db", "/data/app.db"], id="a URL of a database"),
        pytest.param("pip install */*.whl", ["/app/*/*.whl"], id="the archives that a wildcard means"),
        pytest.param("cp -r build/libs/*.jar /x", ["/app/build/libs/*.jar"], id="what cp copies, not where to"),
        pytest.param("pnpm i --offline --store-dir .pnpm-store", ["/app/.pnpm-store"], id="the store of pnpm"),
        pytest.param("pnpm i --store-dir=store", ["/app/store"], id="the store of pnpm behind an equals sign"),
        pytest.param("cp -t /srv dist/a dist/b", ["/srv", "/app/dist/a", "/app/dist/b"], id="cp with the target first"),
        pytest.param("cp -r . /srv", ["/app"], id="cp of the working directory takes all of it"),
        pytest.param("mv dist/app /usr/bin/app", ["/app/dist/app"], id="what mv moves"),
        pytest.param("cp 'my files/a b' /x", ["/app/my files/a b"], id="a quoted word with spaces"),
        pytest.param("ln -s /app/dist /var/www/html", ["/app/dist"], id="what a link leads to"),
        pytest.param("ln -s ../dist public/d", ["/dist", "/app/dist"], id="a link's text is relative to the link"),
        pytest.param("tar xzf deps.tar.gz -C /opt", ["/opt/.", "/app/deps.tar.gz"], id="an archive that tar extracts"),
        pytest.param("tar -czf /x.tgz -C dist .", ["/app/dist/.", "/app/dist"], id="what tar archives"),
        pytest.param(
            "celery -A proj.tasks",
            files_of("/app/proj/tasks"),
            id="a module without an application",
        ),
        pytest.param("llama -m x.gguf", [*files_of("/app/x/gguf"), "/app/x.gguf"], id="a model behind an option"),
        pytest.param("flask --app web run", [*files_of("/app/web"), "/app/run"], id="a module behind an option"),
        pytest.param("nginx -c conf/nginx.conf", ["/app/conf/nginx.conf"], id="nginx' configuration"),
        pytest.param("php -S 0.0.0.0:80 -t public", ["/app/public"], id="the document root of php"),
        pytest.param("php -S 0.0.0.0:80", ["/app"], id="php serves the working directory"),
        pytest.param("serve -s build -l 3000", ["/app/build"], id="the directory that serve serves"),
        pytest.param("serve -l 80", ["/app"], id="serve serves the working directory"),
        pytest.param("http-server dist", ["/app/dist"], id="the directory that http-server serves"),
        pytest.param("http-server", ["/app/public", "/app"], id="http-server prefers public"),
        pytest.param("yarn serve -s build", ["/app/build"], id="a server that yarn starts"),
        pytest.param("caddy file-server --root dist", ["/app/dist"], id="the root of caddy"),
        pytest.param("source .venv/bin/activate", ["/app/.venv/bin/activate"], id="a script that the shell reads"),
        pytest.param("cut -d. -f1", [], id="what cut divides its input by"),
        pytest.param("cut -d / -f 2- dist/a.csv", ["/app/dist/a.csv"], id="the file that cut reads"),
        pytest.param("sort -t. -k 2 dist/a.csv", ["/app/dist/a.csv"], id="the file that sort reads"),
        pytest.param("sort -t/ dist/a.csv --output=dist/b", ["/app/dist/a.csv"], id="and not the one that it writes"),
        pytest.param("tr ./ _.", [], id="the letters that tr replaces"),
        pytest.param("head -n 3 dist/a.csv", ["/app/dist/a.csv"], id="the file that head reads"),
        pytest.param("sed -i s/a/b/ dist/index.html", ["/app/dist/index.html"], id="the file that sed edits"),
        pytest.param(
            "find . -name '*.jar' -exec cp {} /x.jar ;", ["/app/**/*.jar"], id="what find hands to a command that reads"
        ),
        pytest.param(
            "find x ( -name '*.so' -o -name '*.a' ) -exec cp -a {} /y ;",
            ["/app/x/**/*.so", "/app/x/**/*.a"],
            id="names of which what is found has one",
        ),
        pytest.param("find x ! -name '*.map' -exec cp {} /y ;", ["/app/x"], id="all but a name"),
        pytest.param("find x -not ( -name a -o -name b ) -exec cp {} /y ;", ["/app/x"], id="all but two names"),
        pytest.param("find x -name a -o -type f -exec cp {} /y ;", ["/app/x"], id="a name, or any file"),
        pytest.param(
            "find x -name a -prune -o -name '*.b' -exec cp {} /y ;",
            ["/app/x/**/*.b"],
            id="a name that find passes over",
        ),
        pytest.param(
            "find x -name a -prune -exec cp {} /y ; -o -name '*.b' -print",
            ["/app/x/**/a", "/app/x/**/*.b"],
            id="a name that find passes over, and hands on",
        ),
        pytest.param(
            "find . -path '*/dist/*.js' -exec cp {} /y ;",
            ["/app/**/dist/**/*.js"],
            id="a path whose stars match slashes",
        ),
        pytest.param("pack --minify *", ["/app/*"], id="what a shell puts behind an option without a value"),
        pytest.param("cat ~/x/../y", ["/**/y"], id="a home directory lies anywhere"),
        pytest.param("cat ../../../x ./a//b/./c", ["/x", "/app/a/b/c"], id="dots, and above the root"),
        pytest.param("cp '$HOMES/dist/a' /y", ["/**/dist/a"], id="behind a variable that is not known"),
        pytest.param("cp 'dist/$NAME/a-${V}.jar' /y", ["/app/dist/**/a-*.jar"], id="a variable within a path"),
        pytest.param("cp '$JAR' /y", ["/**"], id="cp of a variable that is not known reads anything"),
        pytest.param("node '$MAIN'", ["/**"], id="a program that a variable decides about may be any"),
        pytest.param("node '$OPTIONS' dist/a.js", ["/app/dist/a.js"], id="a variable beside the program is none"),
        pytest.param("pip install '$(ls dist/*.whl)'", ["/app/dist/*.whl"], id="a command's output"),
        pytest.param("cat 'a?/[bc].txt' 'd{e,f}'", ["/app/a*/*.txt", "/app/de", "/app/df"], id="patterns of the shell"),
        # The path alone: what lies in it does not count.
        pytest.param("chown -R node:node /app", ["/app/."], id="a change of the owner needs the path alone"),
        pytest.param("chmod +x dist/cli.js", ["/app/dist/cli.js/."], id="a change of the mode needs the path alone"),
        pytest.param("cd dist", ["/app/dist/."], id="a directory that is entered"),
        pytest.param("pip install dist/x.whl", ["/app/dist/x.whl/."], id="a wheel that pip installs"),
        pytest.param("pip install --find-links wheels x", ["/app/wheels"], id="a directory of wheels"),
        pytest.param("dotnet out/A.dll", ["/app/out/A.dll/."], id="a library that dotnet runs"),
        pytest.param("npm --prefix web run build", ["/app/web/."], id="the project that npm works in"),
        pytest.param("go build -o bin/app ./cmd/x", ["/app/cmd/x/."], id="a package that go builds"),
        pytest.param("cmake --build build", ["/app/build/."], id="a directory that cmake builds in"),
        pytest.param("rm dist/x", ["/app/dist/x/."], id="rm fails where there is nothing"),
        pytest.param("node .", ["/app/."], id="node reads a manifest here"),
    ],
)
def test_words_that_name(line: str, paths: list[str]) -> None:
    assert named(line) == paths


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("npm run build", id="a script of npm called like a directory"),
        pytest.param("yarn build", id="a script of yarn"),
        pytest.param("make build", id="a target of make"),
        pytest.param("mvn clean package -DskipTests", id="goals of Maven"),
        pytest.param("next build", id="a subcommand"),
        pytest.param("echo dist/x", id="words that are printed"),
        pytest.param("mkdir -p dist/x", id="a directory that is made"),
        pytest.param("rm -rf dist", id="a directory that is removed, if it is there"),
        pytest.param("useradd -d /app app", id="a home of a user"),
        pytest.param("apt-get install -y curl build-essential", id="packages of the system"),
        pytest.param("curl -o x.tgz https://a.test/b.tgz", id="a download and where to"),
        pytest.param("git clone https://a.test/b.git build", id="a clone"),
        pytest.param("python -m build", id="the module that builds packages"),
        pytest.param("python -m venv --help", id="the module that makes environments"),
        pytest.param("php -r 1", id="php without a file"),
        pytest.param("tool -p 8080 -b 0.0.0.0:80 1.2.3", id="ports, addresses and versions"),
        pytest.param("tool https://a.test/dist", id="a URL"),
        pytest.param("tool $OPTS ${ARGS}", id="variables that are not known"),
        pytest.param("tool --output=dist/x -o dist", id="where output goes"),
        pytest.param("serving --host * --allow-origin=*", id="what a program is to match with"),
        pytest.param("", id="no word at all"),
    ],
)
def test_words_that_name_nothing(line: str) -> None:
    assert named(line) == []


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        pytest.param("node dist/a.js", ["/**/dist/a.js"], id="a relative path lies anywhere"),
        pytest.param("node ../dist/a.js", ["/**/dist/a.js"], id="also from above"),
        pytest.param("cat /a", ["/a"], id="an absolute path does not"),
        pytest.param("serve", ["/**"], id="a server of a directory that is not known serves anything"),
    ],
)
def test_a_working_directory_that_is_not_known(line: str, paths: list[str]) -> None:
    assert named(line, None) == paths


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param('["node", "dist/server.js"]', ["/app/dist/server.js"], id="the JSON form"),
        pytest.param("cd dist && node x.js", ["/app/dist/.", "/app/dist/x.js"], id="a directory that cd enters"),
        pytest.param("D=dist; node $D/x.js", ["/app/dist/x.js"], id="a variable of the script"),
        pytest.param("npx serve -s build", ["/app/build"], id="a server that npx starts"),
        pytest.param("poetry run gunicorn a:app", files_of("/app/a"), id="a module behind poetry"),
        pytest.param("tini -- node dist/a.js", ["/app/dist/a.js"], id="a program behind an init"),
        pytest.param("sqlite3 a.db < data/a.sql", ["/app/a.db", "/app/data/a.sql"], id="a file that is given"),
        pytest.param("python - <<E\nopen('data/x.db')\nE", ["/app/data/x.db"], id="a script that is given"),
        pytest.param("cp $(find . -name '*.jar') /x", ["/app/**/*.jar"], id="what find prints"),
        pytest.param("find x -type f -exec mv {} /y \\;", ["/app/x"], id="what find hands to mv lies where it looks"),
        pytest.param("find x -name a -exec cp {}/b /y \\;", ["/app/x/**/a", "/**/b"], id="in what find finds"),
        pytest.param(
            "find x -name a | xargs -I% cp % /y", ["/app/x/**/a", "/**"], id="what xargs reads may be anything"
        ),
        pytest.param("cp $(cat list) /x", ["/app/list", "/**"], id="what a file lists may be anything"),
        pytest.param("if [ -d out ]; then cp -r out /x; fi", ["/app/out/.", "/app/out"], id="what a condition runs"),
    ],
)
def test_commands_of_a_shell(text: str, paths: list[str]) -> None:
    found = [path for command in commands(text, line=1, cwd="/app", env={}) for path in named_by(command)]
    assert found == paths


@pytest.mark.parametrize(
    ("name", "value", "paths"),
    [
        pytest.param("PATH", "/app/.venv/bin:$PATH", ["/app/.venv/bin"], id="PATH"),
        pytest.param("PATH", "/usr/local/bin:/usr/bin:/bin", [], id="the system's directories"),
        pytest.param("PYTHONPATH", "/app/lib:src", ["/app/lib", "/app/src"], id="PYTHONPATH"),
        pytest.param("PYTHONPATH", "/app", ["/app/."], id="the working directory is named alone"),
        pytest.param("NODE_PATH", "/app/node_modules", ["/app/node_modules"], id="NODE_PATH"),
        pytest.param("BUNDLE_PATH", "vendor/bundle", ["/app/vendor/bundle"], id="BUNDLE_PATH"),
        pytest.param("GEM_HOME", "/app/vendor", ["/app/vendor"], id="GEM_HOME"),
        pytest.param("CLASSPATH", "/app/lib/*:/app", ["/app/lib/*", "/app/.", "/app/**/*.class"], id="CLASSPATH"),
        pytest.param("VIRTUAL_ENV", "/opt/venv", ["/opt/venv"], id="VIRTUAL_ENV"),
        pytest.param("LD_LIBRARY_PATH", "/app/lib", ["/app/lib"], id="LD_LIBRARY_PATH"),
        pytest.param("UV_PROJECT_ENVIRONMENT", ".venv", ["/app/.venv"], id="UV_PROJECT_ENVIRONMENT"),
        pytest.param("COMPOSER_VENDOR_DIR", "lib", ["/app/lib"], id="COMPOSER_VENDOR_DIR"),
        pytest.param("DATABASE_URL", "sqlite:///data/app.db", ["/app/data/app.db", "/data/app.db"], id="a database"),
        pytest.param("DATABASE_URL", "file:./dev.db?mode=ro", ["/app/dev.db"], id="a database of prisma"),
        pytest.param("SPRING_URL", "jdbc:h2:file:./d/x", ["/app/d/x.*", "/app/d/x"], id="a database of Java"),
        pytest.param("STATIC_DIR", "dist", ["/app/dist"], id="a bare word, where the name says a directory"),
        pytest.param("MODEL", "models/x.onnx", ["/app/models/x.onnx"], id="a value that looks like a path"),
        pytest.param("JAVA_OPTS", "-Xmx1g -Dx=/app/y.xml", ["/app/y.xml"], id="a property among options"),
        pytest.param("APP_HOME", "/srv/app", ["/srv/app/."], id="where the application stands is named alone"),
        pytest.param("X", "$ROOT/dist", ["/**/dist"], id="behind a variable that is not known"),
        pytest.param("NODE_ENV", "production", [], id="a word"),
        pytest.param("PORT", "8080", [], id="a number"),
        pytest.param("BIND", "0.0.0.0:80", [], id="an address"),
        pytest.param("DATABASE_URL", "postgres://a:b@c/d", [], id="a server"),
        pytest.param("DATABASE_URL", "sqlite://:memory:", [], id="a database in memory"),
        pytest.param("LOG_FILE", "/app/logs/a.log", [], id="a file that is written"),
        pytest.param("CARGO_TARGET_DIR", "/app/target", [], id="a directory that is written"),
        pytest.param("A", "", [], id="nothing"),
    ],
)
def test_variables(name: str, value: str, paths: list[str]) -> None:
    assert list(named_by_env(name, value, "/app")) == paths


PIECES = r"""
node java python find cp rm php caddy serve npm grep pip export ln tar X=1 -m -c -jar -cp -name -exec -t -S = -- $X ${
$(
` ' " ~ .. / // ** . file: sqlite:/// --x= -o -C
"""
WORDS = st.lists(st.text(max_size=30) | st.sampled_from(PIECES.split()), max_size=8)


@given(words=WORDS, cwd=st.sampled_from([None, "/", "/app", "/a b/c"]))
def test_any_words_give_absolute_paths(words: list[str], cwd: str | None) -> None:
    for path in named_by(Command(tuple(words), cwd, {}, 1)):
        assert path.startswith("/")
        assert ".." not in path.split("/")


@given(name=st.text(max_size=8) | st.sampled_from(["PATH", "CLASSPATH", "X_DIR"]), value=st.text(max_size=40))
def test_any_variable_gives_absolute_paths(name: str, value: str) -> None:
    assert all(path.startswith("/") for path in named_by_env(name, value, "/app"))
