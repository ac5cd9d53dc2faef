"""What a RUN makes in the image, exactly; and what only looks as if it made something."""

from __future__ import annotations

import json

import pytest
from image_files import done, made

Files = dict[str, str]


PACKAGE = json.dumps({"main": "lib/x.js"})


def package(**scripts: str) -> str:
    return json.dumps({"name": "x", "scripts": scripts})


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        # Packages of JavaScript.
        pytest.param("npm ci", "node_modules", id="npm ci fills node_modules"),
        pytest.param("npm install --omit=dev", "node_modules", id="npm install without development packages, too"),
        pytest.param("npm ci --prefix web", "web/node_modules", id="npm has a directory by an option"),
        pytest.param("cd web && npm ci", "web/node_modules", id="cd decides where npm installs"),
        pytest.param("(cd web && npm ci) && npm ci", "web/node_modules node_modules", id="a subshell keeps its cd"),
        pytest.param(
            "npm install express", "node_modules/express", id="one package without a package.json is only itself"
        ),
        pytest.param('["npm", "ci"]', "node_modules", id="the JSON form runs"),
        pytest.param('["sh", "-c", "cd web && npm ci"]', "web/node_modules", id="a shell in the JSON form is read"),
        pytest.param("bash -euo pipefail -c 'npm ci'", "node_modules", id="bash -c is read behind its options"),
        pytest.param("NODE_ENV=production npm ci", "node_modules", id="an assignment stands before a command"),
        pytest.param("<<EOF\nset -e\ncd web\nnpm ci\nEOF", "web/node_modules", id="a heredoc is a script"),
        pytest.param("yarn --frozen-lockfile", "node_modules", id="yarn alone installs"),
        pytest.param("yarn --cwd web install", "web/node_modules", id="yarn has its own option for the directory"),
        pytest.param("corepack enable && pnpm install --frozen-lockfile", "node_modules", id="pnpm installs"),
        pytest.param("pnpm -C web i", "web/node_modules", id="pnpm has -C"),
        pytest.param("pnpm --filter=api deploy --prod /srv/api", "/srv/api", id="pnpm deploy fills a directory"),
        pytest.param("bun install --production", "node_modules", id="bun installs"),
        pytest.param("corepack yarn install", "node_modules", id="corepack runs yarn"),
        pytest.param("sudo -u node npm ci", "node_modules", id="sudo only wraps"),
        pytest.param("su node -c 'npm ci'", "node_modules", id="su is given a script"),
        pytest.param(
            "for p in web api; do (cd $p && npm ci); done", "web/node_modules api/node_modules", id="a loop over words"
        ),
        pytest.param("npm ci || npm install", "node_modules", id="the first of two runs"),
        # Builds of JavaScript.
        pytest.param("npx tsc", "dist", id="tsc without a configuration writes dist"),
        pytest.param("npx tsc --outDir lib", "lib", id="tsc has an option"),
        pytest.param("npx vite build", "dist", id="vite writes dist"),
        pytest.param("npx vite build --outDir ../public", "/public", id="vite has an option that leads out"),
        pytest.param("npx vite build web", "web/dist", id="vite has a root"),
        pytest.param("npx webpack --mode production", "dist", id="webpack writes dist"),
        pytest.param("npx webpack -o public/js", "public/js", id="webpack has an option"),
        pytest.param("npx rollup -i a.js -o out/b.js", "out/b.js", id="rollup writes the file it is given"),
        pytest.param("npx esbuild a.ts --bundle --outfile=out/a.js", "out/a.js", id="esbuild writes a file"),
        pytest.param("npx tsup src/index.ts -d out", "out", id="tsup has an option"),
        pytest.param("npx parcel build index.html", "dist .parcel-cache", id="parcel keeps a cache, too"),
        pytest.param("npx next build", ".next", id="next writes .next"),
        pytest.param("npx nuxt build", ".output .nuxt", id="nuxt writes two directories"),
        pytest.param("npx ng build", "dist .angular", id="ng without angular.json writes dist"),
        pytest.param("npx astro build", "dist .astro", id="astro"),
        pytest.param("npx gatsby build", "public .cache", id="gatsby"),
        pytest.param("npx react-scripts build", "build", id="react-scripts writes build"),
        pytest.param("BUILD_PATH=out npx react-scripts build", "out", id="react-scripts reads a variable"),
        pytest.param("npx vue-cli-service build --dest web", "web", id="the Vue CLI has an option"),
        pytest.param("npx vitepress build docs", "docs/.vitepress/dist", id="vitepress writes below the documents"),
        pytest.param("npx prisma generate", "node_modules/.prisma", id="prisma writes its client"),
        pytest.param("./node_modules/.bin/vite build", "dist", id="a program by its path in node_modules"),
        pytest.param("node node_modules/vite/bin/vite.js build", "dist", id="node is given a program of node_modules"),
        pytest.param("deno compile -o bin/app main.ts", "bin/app", id="deno compiles a file"),
        # Python.
        pytest.param("pip install -r requirements.txt -t lib", "lib", id="pip has a target"),
        pytest.param("python3.12 -m pip install --target=lib x", "lib", id="pip as a module of a version"),
        pytest.param("python -m venv /app/.venv", ".venv", id="venv makes what it is given"),
        pytest.param("python3 -mvenv .venv", ".venv", id="a module behind its option"),
        pytest.param("virtualenv -p python3 env", "env", id="virtualenv, too"),
        pytest.param("uv sync --frozen --no-dev", ".venv", id="uv sync makes .venv"),
        pytest.param("UV_PROJECT_ENVIRONMENT=/opt/v uv sync", "/opt/v", id="uv reads a variable"),
        pytest.param("uv sync --directory api", "api/.venv", id="uv has a directory"),
        pytest.param("uv venv", ".venv", id="uv venv makes .venv"),
        pytest.param(
            "poetry config virtualenvs.in-project true && poetry install", ".venv", id="poetry in the project"
        ),
        pytest.param("POETRY_VIRTUALENVS_IN_PROJECT=1 poetry install", ".venv", id="poetry reads a variable"),
        pytest.param("PIPENV_VENV_IN_PROJECT=1 pipenv install --deploy", ".venv", id="pipenv reads a variable"),
        pytest.param("pdm install --prod", ".venv", id="pdm keeps it in the project"),
        pytest.param("conda create -y -p /app/env python=3.12", "env", id="conda by a path"),
        pytest.param("pip wheel -w wheels .", "wheels/*.whl", id="pip wheel writes wheels"),
        pytest.param("python -m build", "dist", id="build writes dist"),
        pytest.param("python manage.py collectstatic --noinput", "staticfiles", id="Django without settings"),
        # PHP and Ruby.
        pytest.param("composer install --no-dev", "vendor", id="composer fills vendor"),
        pytest.param("composer -d api install", "api/vendor", id="composer has a directory"),
        pytest.param("COMPOSER_VENDOR_DIR=lib composer install", "lib", id="composer reads a variable"),
        pytest.param("bundle install --path vendor/bundle", "vendor/bundle", id="bundle has a path"),
        pytest.param("BUNDLE_PATH=gems bundle install", "gems", id="bundle reads a variable"),
        pytest.param("bundle config set --local path gems && bundle", "gems", id="bundle is configured before"),
        pytest.param(
            "bundle config set deployment true && bundle install", "vendor/bundle", id="deployment has a default"
        ),
        pytest.param("bundle exec rails assets:precompile", "public/assets", id="Rails writes its assets"),
        pytest.param("SECRET=1 ./bin/rails assets:precompile", "public/assets", id="the starter of Rails does"),
        pytest.param("php artisan view:cache", "storage/framework/views", id="Laravel's views"),
        # Compiled.
        pytest.param("CGO_ENABLED=0 go build -o bin/service ./cmd/service", "bin/service", id="go writes one file"),
        pytest.param(
            "go build -ldflags '-s -w' -o /out/ ./cmd/a ./cmd/b", "/out/a /out/b", id="go writes below a directory"
        ),
        pytest.param("go build ./cmd/service", "service", id="go names the file after the package"),
        pytest.param("go -C api build -o ../bin/x .", "bin/x", id="go has a directory before its subcommand"),
        pytest.param("GOBIN=/app/bin go install ./cmd/a", "bin/a", id="go install into GOBIN"),
        pytest.param("go mod vendor", "vendor", id="go vendors"),
        pytest.param("cargo build --release", "target", id="cargo fills target"),
        pytest.param("cargo +nightly build --target-dir out", "out", id="cargo has an option, behind a toolchain"),
        pytest.param("CARGO_TARGET_DIR=/t cargo build", "/t", id="cargo reads a variable"),
        pytest.param("cargo chef cook --recipe-path recipe.json", "target", id="cargo chef fills target"),
        pytest.param("mvn -B -DskipTests package", "target", id="mvn fills target"),
        pytest.param("./mvnw -f api/pom.xml install", "api/target", id="the wrapper of mvn with a file"),
        pytest.param("./gradlew bootJar -x test", "build .gradle", id="gradle fills build"),
        pytest.param("gradle -p api :core:assemble", "api/core/build api/.gradle", id="gradle by a project"),
        pytest.param("sbt assembly", "target project/target project/project **/target", id="sbt"),
        pytest.param("lein uberjar", "target", id="lein"),
        pytest.param("dotnet publish -c Release -o /out", "/out obj bin", id="dotnet leaves obj and bin"),
        pytest.param("mix deps.get --only prod", "deps", id="mix gets deps"),
        pytest.param("MIX_ENV=prod mix do deps.get, compile", "deps _build", id="mix does two things"),
        pytest.param("mix assets.deploy", "priv/static", id="mix deploys assets"),
        pytest.param("cmake -B build -S . && cmake --build build", "build", id="cmake configures a directory"),
        pytest.param("mkdir b && cd b && cmake .. && make install", "b", id="cmake in a directory of its own"),
        pytest.param("meson setup out && ninja -C out", "out", id="meson"),
        pytest.param("bazel build //...", "bazel-*", id="bazel"),
        pytest.param("swift build -c release", ".build", id="swift"),
        pytest.param("flutter build web", "build .dart_tool", id="flutter"),
        pytest.param("dart compile exe bin/a.dart -o bin/a", "bin/a", id="dart"),
        pytest.param("gcc -O2 -o app main.c", "app", id="gcc"),
        pytest.param("protoc -I proto --python_out=gen proto/a.proto", "gen/**/*_pb2.py", id="protoc by its plugin"),
        # Sites.
        pytest.param("bundle exec jekyll build", "_site", id="jekyll"),
        pytest.param("hugo --minify -d ../out", "/out", id="hugo has an option"),
        pytest.param("hugo", "public", id="hugo alone builds"),
        pytest.param("mkdocs build", "site", id="mkdocs"),
        pytest.param("sphinx-build -b html docs docs/_build", "docs/_build", id="sphinx"),
        # Files.
        pytest.param("cp -r a b", "b", id="cp makes its last word"),
        pytest.param("cp a b lib/", "lib/a lib/b", id="cp into a directory makes one file each"),
        pytest.param("mv a/x.jar app.jar", "app.jar", id="mv makes its last word"),
        pytest.param("tar -xzf a.tgz -C lib", "lib", id="tar extracts into a directory"),
        pytest.param("tar czf out.tgz src", "out.tgz", id="tar makes an archive"),
        pytest.param("unzip -q a.zip -d lib", "lib", id="unzip"),
        pytest.param("curl -fsSL -o lib/a.jar https://e.org/a.jar", "lib/a.jar", id="curl writes a file"),
        pytest.param("curl -fsSLo a https://e.org/b", "a", id="curl with its options in one word"),
        pytest.param("curl -O https://e.org/b.js", "b.js", id="curl by the address"),
        pytest.param("wget -qO a.js https://e.org/b.js", "a.js", id="wget writes a file"),
        pytest.param("wget https://e.org/b.js?x=1", "b.js", id="wget by the address"),
        pytest.param("echo 1 > version.txt", "version.txt", id="a redirection writes a file"),
        pytest.param("mkdir -p lib && cp -r a lib", "lib/a", id="cp into a directory that was made"),
        pytest.param("cp a /usr/bin", "/usr/bin/a", id="cp into a directory of the system"),
        pytest.param("--mount=type=cache,target=/x npm ci", "node_modules", id="flags are no words"),
        pytest.param("touch a.db", "a.db", id="touch"),
        pytest.param("sqlite3 a.db < schema.sql", "a.db", id="sqlite3 is given tables"),
        pytest.param("cat <<EOF > a.ini\nnpm ci\nEOF", "a.ini", id="the text of a heredoc is no script"),
        pytest.param("git clone https://e.org/x/lib.git", "lib", id="git clone"),
    ],
)
def test_a_run_makes_exactly(text: str, paths: str) -> None:
    assert made(text) == set(paths.split())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("npm install -g typescript", id="a global package lies elsewhere"),
        pytest.param("npm install --location=global x", id="the same by another option"),
        pytest.param("yarn global add x", id="yarn's global packages"),
        pytest.param("npm ci --dry-run", id="a dry run"),
        pytest.param("npm --version && node -v", id="a version is asked for"),
        pytest.param("npm ci --help", id="help is asked for"),
        pytest.param("echo npm ci", id="words of echo"),
        pytest.param("true || npm ci", id="the second of two runs only where the first fails"),
        pytest.param("npm config set registry https://e.org", id="npm is configured"),
        pytest.param("yarn config set x y", id="yarn is configured"),
        pytest.param("yarn cache clean", id="yarn's cache"),
        pytest.param("npm cache clean --force", id="npm's cache"),
        pytest.param("pnpm store prune", id="pnpm's store"),
        pytest.param("turbo prune web --docker", id="a planner installs nothing"),
        pytest.param("corepack enable", id="corepack only enables"),
        pytest.param("cd $DIR && npm ci", id="nobody knows where"),
        pytest.param("if [ -f x ]; then npm ci; fi", id="a condition without else"),
        pytest.param("case $x in a) npm ci ;; esac", id="a case without a rest"),
        pytest.param("while read x; do npm ci; done < list", id="a loop"),
        pytest.param("for x in *; do (cd $x && npm ci); done", id="a loop over what nobody knows"),
        pytest.param("install() { npm ci; }", id="a function that nothing calls"),
        pytest.param("npm ci & ", id="in the background"),
        pytest.param("[ -f x ] || exit 0; npm ci", id="behind a way out"),
        pytest.param("exit 0; npm ci", id="behind the end"),
        pytest.param("exec true; npm ci", id="behind exec"),
        pytest.param("[ -f x ] && npm ci; true", id="behind a test that may fail"),
        pytest.param("# npm ci", id="a comment"),
        pytest.param("true # && npm ci", id="a comment behind a command"),
        pytest.param("cat <<EOF\nnpm ci\nEOF", id="the text of a heredoc"),
        pytest.param("printf 'npm ci' | cat", id="a text in a pipe"),
        pytest.param("npx tsc --noEmit", id="tsc only checks"),
        pytest.param("npx tsc --init", id="tsc writes its configuration"),
        pytest.param("npx vite", id="vite serves"),
        pytest.param("npx vite preview", id="vite shows what is built"),
        pytest.param("npx next start", id="next serves what is built"),
        pytest.param("npx next lint", id="next looks at the sources"),
        pytest.param("npx eslint . && npx jest", id="tests"),
        pytest.param("pip install -r requirements.txt", id="pip beside a virtual environment"),
        pytest.param(".venv/bin/pip install x", id="pip of a virtual environment that is there"),
        pytest.param("uv pip install -r requirements.txt", id="uv as pip"),
        pytest.param("uv sync --dry-run", id="a dry run of uv"),
        pytest.param("uv lock", id="only a lock"),
        pytest.param("poetry install", id="poetry keeps its environments elsewhere"),
        pytest.param("poetry config virtualenvs.create false && poetry install", id="poetry without an environment"),
        pytest.param("pipenv install --system", id="pipenv into the system"),
        pytest.param("conda create -n x python", id="conda by a name"),
        pytest.param("python manage.py collectstatic --dry-run", id="a dry run of Django"),
        pytest.param("python manage.py migrate", id="another command of Django"),
        pytest.param("composer global require x", id="composer's global packages"),
        pytest.param("composer dump-autoload", id="composer only writes a map"),
        pytest.param("bundle install", id="gems of the system"),
        pytest.param("bundle check", id="bundle only looks"),
        pytest.param("rails db:migrate", id="another task of Rails"),
        pytest.param("go mod download", id="modules lie elsewhere"),
        pytest.param("go build ./...", id="go build of many packages writes nothing"),
        pytest.param("go install ./...", id="go installs elsewhere"),
        pytest.param("go run .", id="go run writes nothing"),
        pytest.param("go test ./...", id="go test"),
        pytest.param("cargo fetch", id="crates lie elsewhere"),
        pytest.param("cargo install cargo-chef", id="cargo installs elsewhere"),
        pytest.param("cargo fmt --check", id="cargo looks"),
        pytest.param("mvn dependency:go-offline", id="mvn only gets its packages"),
        pytest.param("mvn -v", id="mvn's version"),
        pytest.param("gradle dependencies", id="gradle only lists"),
        pytest.param("./gradlew --version", id="gradle's version"),
        pytest.param("dotnet tool install x", id="a tool of dotnet"),
        pytest.param("dotnet --info", id="dotnet's version"),
        pytest.param("mix local.hex --force", id="mix installs elsewhere"),
        pytest.param("cmake --build build", id="cmake builds where the host configured"),
        pytest.param("make", id="a Makefile that nobody can read"),
        pytest.param("./build.sh", id="a script that nobody can read"),
        pytest.param("ninja -C out", id="ninja works in a directory that is there"),
        pytest.param("apt-get update && apt-get install -y nodejs", id="packages of the system"),
        pytest.param("mkdir -p dist", id="an empty directory"),
        pytest.param("chown -R app dist", id="an owner"),
        pytest.param("echo 1 >> version.txt", id="a line more in a file"),
        pytest.param("ls > /dev/null 2>&1", id="nothing is kept"),
        pytest.param("tar -tf a.tgz", id="an archive is listed"),
        pytest.param("curl -fsSL https://e.org/x", id="curl prints"),
        pytest.param("cp -r a/. b", id="cp merges into what is there"),
        pytest.param("cp -n a b", id="cp keeps what is there"),
        pytest.param("npm ci || true", id="a failure is expected"),
        pytest.param("if ! npm ci; then exit 1; fi", id="a failure is asked for"),
        pytest.param("tar -xzf a.tgz -C /usr/local", id="an archive among the system's files"),
        pytest.param("tar -xzf a.tgz", id="an archive among the project's files"),
        pytest.param("sqlite3 a.db 'select 1'", id="a database is read"),
        pytest.param("hugo version", id="hugo's version"),
        pytest.param("'npm ci", id="no script at all"),
        pytest.param("ls | xargs npm ci", id="xargs may run nothing"),
    ],
)
def test_a_run_makes_nothing(text: str) -> None:
    assert made(text) == set()


WORKSPACE: Files = {
    "package.json": '{"workspaces": ["packages/*"], "scripts": {"build": "turbo run build"}}',
    "turbo.json": '{"tasks": {"build": {"dependsOn": ["^build"]}}}',
    "packages/a/package.json": '{"name": "@x/a", "scripts": {"build": "tsc"}, "dependencies": {"@x/b": "*"}}',
    "packages/b/package.json": '{"name": "@x/b", "scripts": {"build": "vite build --outDir lib"}}',
    "packages/c/package.json": '{"name": "@x/c", "scripts": {"build": "vite build"}}',
}


@pytest.mark.parametrize(
    ("text", "files", "paths"),
    [
        pytest.param(
            "npx prisma generate",
            {"prisma/schema.prisma": 'generator a {\n  url = "{x}"\n  output = "../a"\n}\n'},
            "a node_modules/.prisma",
            id="a brace in a string is no end of a block of prisma",
        ),
        pytest.param(
            "npx prisma generate",
            {"prisma/schema.prisma": 'generator a {\n  // output = "../a"\n  provider = "b"\n}\n'},
            "node_modules/.prisma",
            id="a comment in a block of prisma",
        ),
        pytest.param(
            "npx prisma generate",
            {"prisma/schema.prisma": 'generator a {\n  provider = "b"\n\nmodel b {\n  output = "../a"\n}\n'},
            "node_modules/.prisma",
            id="a block of prisma that does not end",
        ),
        pytest.param(
            "mix do deps.get, compile",
            {"mix.exs": ""},
            "deps _build",
            id="a comma ends a task of mix do",
        ),
        pytest.param(
            "mix do deps.get + compile",
            {"mix.exs": ""},
            "deps _build",
            id="a plus stands between two tasks of mix do",
        ),
        pytest.param(
            "mix do deps.get --only a,compile",
            {"mix.exs": ""},
            "deps",
            id="a comma in a word is none between tasks",
        ),
        pytest.param(
            "make a",
            {"Makefile": "a ::= b\na:\n\tnpm ci\n", "package.json": "{}"},
            "node_modules",
            id="a variable that is expanded at once is no rule of make",
        ),
        pytest.param("npm run build", {"package.json": package(build="vite build")}, "dist", id="an npm script"),
        pytest.param(
            "yarn build",
            {"package.json": package(prebuild="tsc -p x --outDir lib", build="vite build")},
            "lib dist",
            id="a script that runs another before it",
        ),
        pytest.param(
            "npm run all",
            {
                "package.json": package(
                    all="run-s build:*", **{"build:a": "tsc --outDir a", "build:b": "tsc --outDir b"}
                )
            },
            "a b",
            id="scripts by a glob",
        ),
        pytest.param(
            "npm run build -- --outDir out",
            {"package.json": package(build="vite build")},
            "out",
            id="an argument of npm",
        ),
        pytest.param(
            "pnpm build --outDir out", {"package.json": package(build="vite build")}, "out", id="an argument of pnpm"
        ),
        pytest.param(
            "npm ci",
            {"package.json": package(postinstall="npm run build", build="tsc")},
            "node_modules dist",
            id="a script that installation runs",
        ),
        pytest.param(
            "npm ci --ignore-scripts",
            {"package.json": package(postinstall="tsc")},
            "node_modules",
            id="without scripts",
        ),
        pytest.param("npm start", {"package.json": package(start="next build && next start")}, ".next", id="npm start"),
        pytest.param("npm run nothing", {"package.json": package()}, "", id="a script that is not there"),
        pytest.param(
            "npm run a",
            {"package.json": package(a="npm run b", b="npm run a; vite build")},
            "dist",
            id="scripts in a circle",
        ),
        pytest.param("npm ci", WORKSPACE, "node_modules packages/*/node_modules", id="the packages of a workspace"),
        pytest.param(
            "npx turbo run build --filter=@x/a",
            WORKSPACE,
            "packages/a/dist packages/b/lib",
            id="turbo builds what is needed",
        ),
        pytest.param(
            "npm run build", WORKSPACE, "packages/a/dist packages/b/lib packages/c/dist", id="turbo from a script"
        ),
        pytest.param("npm run build -w packages/b", WORKSPACE, "packages/b/lib", id="npm in one package"),
        pytest.param("yarn workspace @x/c build", WORKSPACE, "packages/c/dist", id="yarn in one package"),
        pytest.param(
            "pnpm --filter './packages/*' run build",
            {**WORKSPACE, "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n"},
            "packages/a/dist packages/b/lib packages/c/dist",
            id="pnpm with a filter",
        ),
        pytest.param(
            "pnpm install",
            {"package.json": "{}", "pnpm-workspace.yaml": "packages:\n  - apps/*\n  # - old\n  - '!apps/x'\n"},
            "node_modules apps/*/node_modules",
            id="pnpm's list of packages",
        ),
        pytest.param(
            "yarn install",
            {"package.json": '{"packageManager": "yarn@4.1.0"}', ".yarnrc.yml": "enableTelemetry: 0\n"},
            ".pnp.cjs .pnp.loader.mjs .yarn/cache .yarn/unplugged .yarn/install-state.gz",
            id="a new yarn installs into archives",
        ),
        pytest.param(
            "yarn install",
            {"package.json": "{}", ".yarnrc.yml": "nodeLinker: node-modules\n"},
            "node_modules",
            id="a new yarn that is configured for node_modules",
        ),
        pytest.param(
            "npx tsc", {"tsconfig.json": '{"compilerOptions": {"outDir": "./lib",} /* x */}'}, "lib", id="outDir"
        ),
        pytest.param(
            "npx tsc -p api",
            {"api/tsconfig.json": '{"extends": "../base"}', "base.json": '{"compilerOptions": {"outDir": "out"}}'},
            "out",
            id="outDir of what is extended is relative to that",
        ),
        pytest.param("npx tsc", {"tsconfig.json": '{"compilerOptions": {}}'}, "", id="beside the sources"),
        pytest.param("npx tsc", {"tsconfig.json": '{"compilerOptions": {"noEmit": true}}'}, "", id="noEmit"),
        pytest.param("npx tsc", {"tsconfig.json": '{"extends": "@tsconfig/node20"}'}, "dist", id="a base of a package"),
        pytest.param(
            "npx tsc -b",
            {
                "tsconfig.json": '{"files": [], "references": [{"path": "a"}]}',
                "a/tsconfig.json": '{"compilerOptions": {"outDir": "lib"}}',
            },
            "a/lib",
            id="references",
        ),
        pytest.param(
            "npx vite build",
            {"vite.config.ts": "export default { build: { outDir: '../static' } }"},
            "/static",
            id="vite is configured",
        ),
        pytest.param(
            "npx vite build",
            {"vite.config.ts": "const d = f(); export default { build: { outDir: d } }"},
            "",
            id="vite is configured by a variable",
        ),
        pytest.param(
            "npx vite build",
            {"vite.config.ts": "export default { build: { write: false } }"},
            "",
            id="vite only checks",
        ),
        *(
            pytest.param(f"npx {command}", files, paths, id=f"{command}: {name}")
            for name, command, files, paths in (
                ("an option", "tsup --outDir=build", {}, "build"),
                ("package.json", "tsup", {"package.json": '{"tsup": {"outDir": "build"}}'}, "build"),
                ("package.json", "tsdown", {"package.json": '{"tsdown": [{"outDir": "a"}, {"dts": true}]}'}, "a dist"),
                ("no outDir in package.json", "tsup", {"package.json": '{"tsup": {"dts": true}}'}, "dist"),
                ("no string in package.json", "tsup", {"package.json": '{"tsup": {"outDir": null}}'}, ""),
                (
                    "a file comes before package.json",
                    "tsup",
                    {"package.json": '{"tsup": {"outDir": "build"}}', "tsup.config.ts": "export default {}"},
                    "dist",
                ),
            )
        ),
        pytest.param(
            "npx vite build",
            {
                "vite.config.js": "import { sveltekit } from '@sveltejs/kit/vite'",
                "svelte.config.js": "import adapter from '@sveltejs/adapter-node'",
            },
            ".svelte-kit build",
            id="SvelteKit",
        ),
        pytest.param(
            "npx next build", {"next.config.mjs": "export default { output: 'export' }"}, ".next out", id="next exports"
        ),
        pytest.param(
            "npx next build", {"next.config.js": "module.exports = { distDir: 'b' }"}, "b", id="next's distDir"
        ),
        pytest.param(
            "npx ng build",
            {"angular.json": '{"projects": {"w": {"architect": {"build": {"options": {"outputPath": "dist/w"}}}}}}'},
            "dist/w .angular",
            id="angular's outputPath",
        ),
        pytest.param(
            "npx webpack",
            {"webpack.config.js": "module.exports = { output: { path: path.resolve(__dirname, 'public', 'js') } }"},
            "public/js",
            id="webpack's output",
        ),
        pytest.param(
            "node scripts/build.mjs",
            {"scripts/build.mjs": "import * as e from 'esbuild'\nawait e.build({ outdir: 'dist' })"},
            "dist",
            id="a script that calls a bundler",
        ),
        pytest.param(
            "sh ./ci/build.sh",
            {"ci/build.sh": "set -e\nnpm ci\ncd web\nnpm ci\n"},
            "node_modules web/node_modules",
            id="a shell script",
        ),
        pytest.param(
            "./ci/build.sh",
            {"ci/build.sh": '#!/bin/bash\ncd "$(dirname "$0")"/..\nnpm ci\n'},
            "node_modules",
            id="a script that goes to its own directory",
        ),
        pytest.param(
            "entry.sh npm ci",
            {"/usr/local/bin/entry.sh": '#!/bin/sh\nset -e\nexec "$@"\n'},
            "node_modules",
            id="an entrypoint that runs its arguments",
        ),
        pytest.param(
            "./run.sh web",
            {"run.sh": "#!/bin/sh\nfor p in $1; do (cd $p && npm ci); done\n"},
            "web/node_modules",
            id="an argument of a script",
        ),
        pytest.param(
            "make",
            {
                "Makefile": "OUT := bin\nall: $(OUT)/app web\n.PHONY: all web\n$(OUT)/app:\n\tgo build -o $@ .\n"
                "web:\n\t@cd web && npm ci\n"
            },
            "bin/app web/node_modules",
            id="the default target of a Makefile",
        ),
        pytest.param(
            "make -C api build",
            {"api/Makefile": "build: deps\n\tcargo build\ndeps:\n\tgo mod vendor\n"},
            "api/vendor api/target",
            id="what a target needs comes first",
        ),
        pytest.param(
            "make build",
            {"Makefile": "build:\n\tnpm ci\n", "build/x": ""},
            "",
            id="a target that is a tracked directory",
        ),
        pytest.param(
            "make build",
            {"Makefile": ".PHONY: build\nbuild:\n\tnpm ci\n", "build/x": ""},
            "node_modules",
            id="a phony target that is one",
        ),
        pytest.param("make", {"Makefile": "ifdef X\nall:\n\tnpm ci\nendif\n"}, "", id="a target behind a condition"),
        pytest.param(
            "make",
            {"Makefile": "define in-docker\n\tdocker run --rm x \\\n\t\tnpm ci\nendef\n\nall:\n\tcd web && npm ci\n"},
            "web/node_modules",
            id="a Makefile with a variable of several lines",
        ),
        pytest.param(
            "make",
            {"Makefile": "define install\n\tnpm ci\nendef\nall:\n\t$(call install,web)\n"},
            "",
            id="a recipe that calls a variable",
        ),
        pytest.param(
            "make",
            {"Makefile": "web: DIR := x\nall:\n\tnpm ci\nweb:\n\tcargo build\n"},
            "node_modules",
            id="a variable of one target is no rule, which the default target is of",
        ),
        pytest.param(
            "make",
            {"Makefile": "web:\n\tcargo build\nall:\n\tnpm ci\n.DEFAULT_GOAL := all\n"},
            "node_modules",
            id="the default target that a Makefile names",
        ),
        pytest.param(
            "make",
            {"Makefile": "ifdef X\nweb:\n\tcargo build\nendif\nall:\n\tnpm ci\n"},
            "",
            id="a default target that a condition decides",
        ),
        pytest.param(
            "make",
            {"Makefile": "A := one\nB := $(A)\nA := two\nall:\n\tcd $(B) && npm ci\n"},
            "one/node_modules",
            id="a variable that takes another one as it is then",
        ),
        pytest.param(
            "make A=given",
            {"Makefile": "A := one\nB := $(A)\nall:\n\tcd $(B) && npm ci\n"},
            "given/node_modules",
            id="a variable of the command line is there first",
        ),
        pytest.param(
            "A=env make",
            {"Makefile": "A ?= one\nall:\n\tcd $(A) && npm ci\n"},
            "env/node_modules",
            id="a variable of the environment, where the Makefile sets it if it is not set",
        ),
        pytest.param(
            "A=env make",
            {"Makefile": "A += more\nall:\n\tcd $(A) && npm ci\n"},
            "",
            id="a variable of the environment with more",
        ),
        pytest.param(
            "make a",
            {"Makefile": "a: b web\n\tnpm ci\nb: a c\nweb:\n\tcd web && npm ci\nc:\n\tcd c && npm ci\n"},
            "c/node_modules web/node_modules node_modules",
            id="a target that needs itself, and others",
        ),
        pytest.param(
            "make a",
            {"Makefile": "a: x\na: web c\n\tcd $< && npm ci\nweb:\n\ttrue\n"},
            "",
            id="the first need of a target of two rules",
        ),
        pytest.param(
            "just build",
            {"justfile": "set shell := ['sh']\n\nbuild: deps\n    vite build\n\ndeps:\n    cd web && npm ci\n"},
            "web/node_modules dist",
            id="a recipe of just",
        ),
        pytest.param(
            "just build x web",
            {"justfile": "build dir:  # one\n    vite build\n\nweb:\n    cd web && npm ci\n"},
            "dist web/node_modules",
            id="two recipes of just, the first of which takes a word",
        ),
        pytest.param(
            "just",
            {"justfile": "build:  # the default\n    vite build\n\nweb:\n    cd web && npm ci\n"},
            "dist",
            id="a comment behind a recipe's name",
        ),
        pytest.param(
            "just",
            {"justfile": "[linux]\nbuild:\n    vite build\n\n[windows]\nbuild:\n    cd web && npm ci\n"},
            "dist",
            id="a recipe for another system",
        ),
        pytest.param(
            "just",
            {"justfile": "[private]\nbuild:\n    vite build\n\nweb:\n    cd web && npm ci\n\nbuild:\n    npm ci\n"},
            "web/node_modules",
            id="a recipe that another one of its name replaces",
        ),
        pytest.param(
            "make V=1 release",
            {
                "Makefile": "V := 0\nDIR ?= out\nVERSION := $(shell git describe)\n"
                'release:\n\tgo build -ldflags "-X v=$(VERSION)" -o $(DIR)/a-$(V) .\n'
            },
            "out/a-1",
            id="variables of a Makefile",
        ),
        pytest.param(
            "npx vite build",
            {"vite.config.js": "import laravel from 'laravel-vite-plugin'"},
            "public/build",
            id="a plugin of vite",
        ),
        pytest.param(
            "npx vite build",
            {"vite.config.ts": "export default { plugins: [dts({ outDir: 'types' })], build: { target: 'es2020' } }"},
            "dist",
            id="an outDir that is not the build's",
        ),
        pytest.param(
            "npx webpack --config webpack.prod.js",
            {
                "webpack.prod.js": "const common = require('./webpack.common')\nmodule.exports = merge(common, {})",
                "webpack.common.js": "module.exports = { output: { path: path.join(__dirname, 'out') } }",
            },
            "out",
            id="a configuration that another one extends",
        ),
        pytest.param(
            "yarn set version stable && yarn config set nodeLinker node-modules && yarn install",
            {"package.json": "{}"},
            "node_modules",
            id="yarn is configured by commands before",
        ),
        pytest.param(
            "corepack prepare yarn@4.2.0 --activate && yarn",
            {"package.json": "{}"},
            ".pnp.cjs .pnp.loader.mjs .yarn/cache .yarn/unplugged .yarn/install-state.gz",
            id="a new yarn by corepack",
        ),
        pytest.param(
            "sh gradlew assemble", {"gradlew": "exec java x"}, "build .gradle", id="a starter given to a shell"
        ),
        pytest.param(
            "npx mix --production",
            {"webpack.mix.js": "mix.js('resources/js/app.js', 'public/js').sass('resources/app.scss', 'public/css')"},
            "public/mix-manifest.json public/js/app.js public/css/app.css",
            id="the packer of Laravel",
        ),
        pytest.param(
            "go build -o bin ./cmd/a",
            {"bin/README": "", "cmd/a/main.go": ""},
            "bin/a",
            id="go into a tracked directory",
        ),
        pytest.param("npx tsc", {"tsconfig.json": '{"compilerOptions": {"outDir": "."}}'}, "", id="among the sources"),
        pytest.param(
            "composer install",
            {
                "composer.json": '{"config": {"vendor-dir": "lib"},'
                ' "scripts": {"post-install-cmd": ["@a"], "a": "npm ci"}}'
            },
            "lib node_modules",
            id="composer's directory and its scripts",
        ),
        pytest.param(
            "bundle exec rails assets:precompile",
            {
                "Gemfile": "gem 'jsbundling-rails'\ngem 'shakapacker'",
                "package.json": package(build="esbuild --outdir=a/b"),
            },
            "public/assets public/packs node_modules a/b",
            id="the packers of Rails",
        ),
        pytest.param(
            "bundle install",
            {"Gemfile": "", ".bundle/config": '---\nBUNDLE_PATH: "vendor/gems"\n'},
            "vendor/gems",
            id="Bundler is configured by a tracked file",
        ),
        pytest.param(
            "mvn package",
            {"pom.xml": "<modules><module>a</module></modules>", "a/pom.xml": "<p/>"},
            "target a/target",
            id="the modules of Maven",
        ),
        pytest.param(
            "gradle build",
            {"settings.gradle": "include ':a', 'b:c'"},
            "build a/build b/c/build .gradle",
            id="Gradle's projects",
        ),
        pytest.param("gradle build", {"build.gradle": "buildDir = '/x'"}, "", id="a build directory that is moved"),
        pytest.param(
            "cd crates/a && cargo build",
            {"Cargo.toml": "[workspace]\n", "crates/a/Cargo.toml": "[package]\n"},
            "target",
            id="the target of a Cargo workspace",
        ),
        pytest.param(
            "cargo build",
            {"Cargo.toml": "", ".cargo/config.toml": '[build]\ntarget-dir = "out"\n'},
            "out",
            id="Cargo is configured",
        ),
        pytest.param("go build", {"go.mod": "module example.org/x/tool/v2\n"}, "tool", id="the name of a module"),
        pytest.param(
            "dotnet publish web/Web.csproj -o out",
            {"web/Web.csproj": '<ProjectReference Include="..\\lib\\Lib.csproj" />', "lib/Lib.csproj": "<Project/>"},
            "out web/obj web/bin lib/obj lib/bin",
            id="the projects that a project refers to",
        ),
        *(
            pytest.param(command, {"package.json": PACKAGE, **files}, paths, id=f"rollup: {name}")
            for name, command, files, paths in (
                ("a file", "npx rollup -c", {"rollup.config.mjs": "x = {output: {file: 'o/a.js'}}"}, "o/a.js"),
                ("several", "npx rollup -c", {"rollup.config.js": "x = [{output: [{dir: 'a'}, {dir: 'b'}]}]"}, "a b"),
                ("a field", "npx rollup -c", {"rollup.config.js": "x = {output: {file: pkg.main}}"}, "lib/x.js"),
                ("no literal", "npx rollup -c", {"rollup.config.js": "x = {output: {dir: place}}"}, ""),
                ("another name", "npx rollup -c r.js --silent", {"r.js": "x = {output: {dir: 'o'}}"}, "o"),
                ("another name, =", "npx rollup --config=r.js", {"r.js": "x = {output: {dir: 'o'}}"}, "o"),
                ("options behind", "npx rollup -c --silent", {"rollup.config.js": "x = {output: {dir: 'o'}}"}, "o"),
                ("of a package", "npx rollup -c node:x", {"rollup.config.js": "x = {output: {dir: 'o'}}"}, ""),
                ("no configuration", "npx rollup -c", {}, ""),
                ("a plugin's", "npx rollup -c", {"rollup.config.js": "x = {plugins: [copy({dir: 'p'})]}"}, ""),
                *(
                    (name, "npx rollup -c", {"rollup.config.js": f"export default {text}"}, paths)
                    for name, text, paths in (
                        ("an output of a plugin", "{plugins: [see({output: {dir: 'p'}})], output: {dir: 'o'}}", "o"),
                        (
                            "a plugin of the output",
                            "{output: {dir: 'o', plugins: [c({a: [{file: 'p', f: g()}]})]}}",
                            "o",
                        ),
                        ("a plugin of the output first", "{output: {plugins: [c(d({file: 'p'}))], file: 'o'}}", "o"),
                        ("an output in a string", "{banner: \"output: {dir: 'p'}\", output: {dir: 'o'}}", "o"),
                        ("a bracket in a string", "{output: {banner: '/* } */', dir: 'o'}}", "o"),
                        ("a helper", "defineConfig({output: {dir: 'o'}})", "o"),
                        ("a function", "(options) => ({plugins: [ts()], output: {dir: 'o'}})", "o"),
                        ("a list that is made", "['a'].map((n) => ({output: [{dir: 'o'}]}))", "o"),
                        ("a function that nobody knows", "configured({output: {dir: 'o'}})", ""),
                        ("a key with quotes", "{'output': {dir: 'o'}}", "o"),
                        ("brackets that do not match", "x((((output: {dir: 'o'}", ""),
                    )
                ),
            )
        ),
        *(
            pytest.param(f"npx {command}", {}, "", id=f"a configuration that is not here: {command}")
            for command in ("vite build -c ../v.js", "webpack -c node_modules/x/w.js", "tsup --config ../t.js")
        ),
        pytest.param(
            "npm run image",
            {
                "package.json": package(image="run-s a b", a="rollup -c r.js", b="next build", parts="tsup"),
                "r.js": "export default { output: { file: 'public/a.js' } }",
                "tsup.config.js": "export default { outDir: 'dist' }",
            },
            "public/a.js .next",
            id="a script that is not called makes nothing",
        ),
        *(
            pytest.param(
                f"dotnet {command}",
                {"a/A.csproj": "<Project/>", "B.csproj": "<Project/>"},
                paths,
                id=f"dotnet {command}",
            )
            for command, paths in (
                ("publish --self-contained false -o /out", "/out obj bin"),
                ("publish --sc true -o:/out", "/out obj bin"),
                ("publish --no-restore --self-contained false", "bin"),
                ("publish /p:UseAppHost=false /m a/A.csproj", "a/obj a/bin"),
                ("publish -p:UseAppHost=false --interactive false a", "a/obj a/bin"),
                ("restore", "obj/project.assets.json"),
                (
                    "restore --configfile NuGet.Config --packages /p a/A.csproj && dotnet build --no-restore a",
                    "a/obj/project.assets.json a/obj a/bin",
                ),
                ("restore a && dotnet build --no-restore", "a/obj/project.assets.json bin"),
                ("restore -p:MSBuildProjectExtensionsPath=/o/ a", ""),
                ("msbuild a/A.csproj -r", "a/obj a/bin"),
                ("msbuild -restore:true /t:Publish a", "a/obj a/bin"),
                ("msbuild a/A.csproj /m /p:Configuration=Release", "a/bin"),
                ("msbuild -restore:false a", "a/bin"),
                ("build --TARGET:restore a", "a/obj/project.assets.json"),
                ("msbuild '-t:Restore;Build' a", "a/obj a/bin"),
                ("build -target:Clean,Rebuild a", "a/obj a/bin"),
                ("build -t:Clean a", ""),
                ("build -t:Generate a", ""),
                ("build --getProperty:OutputPath a", ""),
                ("build -getTargetResult:Build a", ""),
                ("publish -p:NoBuild=true -o /out", "/out"),
                ("publish -p:NoBuild=false a", "a/obj a/bin"),
                ("publish --no-build=true a", ""),
                ("publish --no-build:false a", "a/obj a/bin"),
                ("publish --no-restore:true a", "a/bin"),
                ("publish a $OPTIONS -o /out", "/out"),
                ("publish a @options.rsp", ""),
                ("publish a -c $CONFIG -r ${RID} -p:Version=$V", "a/obj a/bin"),
                ("publish a -p:$PROPERTIES", ""),
                ("publish -p:A=1,BaseOutputPath=/x/ a", ""),
                ("run --project a -- $ARGUMENTS --no-build", "a/obj a/bin"),
                ("publish -p:OutDir=/out/", ""),
                ("publish -p BaseIntermediateOutputPath=/tmp/obj/", ""),
                ("build --artifacts-path /out a", ""),
                ("build --output:/out", "/out obj"),
                ("test --logger trx --no-build", ""),
                ("test -l trx --filter A.B -e X=1 a", "a/obj a/bin"),
            )
        ),
        *(
            pytest.param(
                f"{variable} dotnet build a", {"a/A.csproj": "<Project/>"}, "", id=f"dotnet is told by {variable}"
            )
            for variable in ("OutDir=/o/", "USEARTIFACTSOUTPUT=true", "BaseOutputPath=$X", "NoBuild=true")
        ),
        *(
            pytest.param(
                f"dotnet {command}",
                {"a/A.csproj": r'<ProjectReference Include="..\b\B.csproj" />', "b/B.csproj": "<Project/>"},
                paths,
                id=f"dotnet {command}: a project refers to another",
            )
            for command, paths in (
                ("restore a", "a/obj/project.assets.json b/obj/project.assets.json"),
                ("restore a --no-dependencies", "a/obj/project.assets.json"),
                ("restore a $OPTIONS", "a/obj/project.assets.json"),
                ("build a --no-dependencies", "a/obj a/bin"),
                ("build a -p:BuildProjectReferences=false", "a/obj a/bin"),
            )
        ),
        pytest.param(
            "python manage.py collectstatic --noinput",
            {"site/settings.py": "STATIC_ROOT = BASE_DIR / 'public' / 'static'\n"},
            "public/static",
            id="Django's settings",
        ),
        pytest.param(
            "poetry install", {"poetry.toml": "[virtualenvs]\nin-project = true\n"}, ".venv", id="poetry.toml"
        ),
        pytest.param(
            "uv run python x.py", {"pyproject.toml": "", "x.py": ""}, ".venv", id="uv run makes the environment"
        ),
        pytest.param("uv run --no-sync python x.py", {"pyproject.toml": "", "x.py": ""}, "", id="uv run without it"),
        pytest.param("cp -r dist public", {"public/index.html": ""}, "public/dist", id="cp into a tracked directory"),
        pytest.param("jekyll build", {"_config.yml": "destination: out\n"}, "out", id="jekyll is configured"),
    ],
)
def test_what_the_project_says_is_followed(text: str, files: Files, paths: str) -> None:
    assert made(text, files) == set(paths.split())


YARN = "if [ -f yarn.lock ]; then yarn --frozen-lockfile; "


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param(f"{YARN}else npm ci; fi", "node_modules", id="both branches install"),
        pytest.param(f"{YARN}elif [ -f x ]; then npm ci; else exit 1; fi", "node_modules", id="or the build fails"),
        pytest.param(f"{YARN}else echo none; fi", "", id="one branch does not"),
        pytest.param(f"{YARN}else (cd web && npm ci); fi", "", id="one does it elsewhere"),
        pytest.param(
            f"{YARN}else if true; then npm ci; else npm i; fi; fi", "node_modules", id="a condition in another"
        ),
        pytest.param(f"{YARN}else if true; then npm ci; fi; fi", "", id="one without else in another"),
        pytest.param("if x; then ./a.sh; else npm ci; fi", "node_modules", id="a script in a branch"),
        pytest.param(
            "if x; then npm ci; else exit 1; fi; npm run b", "node_modules", id="the only branch that goes on"
        ),
        pytest.param("case $x in a) npm ci ;; *) npm install ;; esac", "node_modules", id="every case"),
        pytest.param("if x; then cd a; else cd b; fi; npm ci", "", id="different directories"),
        pytest.param("if x; then rm -rf node_modules; else npm ci; fi", "node_modules", id="or it is gone"),
    ],
)
def test_what_every_branch_makes_is_made(text: str, paths: str) -> None:
    assert made(text, {"a.sh": "npm ci"}) == set(paths.split())


@pytest.mark.parametrize(
    ("text", "removed"),
    [
        pytest.param("rm -rf node_modules dist/*", {"/app/node_modules", "/app/dist/*"}, id="rm"),
        pytest.param("cd web && rm -f a.log", {"/app/web/a.log"}, id="rm of a file"),
        pytest.param("[ -d x ] && rm -rf x; true", set(), id="rm that need not run"),
        pytest.param("rm -rf $DIR", set(), id="rm of what nobody knows"),
        pytest.param("npx rimraf dist", {"/app/dist"}, id="rimraf"),
        pytest.param("mvn clean", {"/app/target"}, id="mvn clean"),
    ],
)
def test_what_is_removed(text: str, removed: set[str]) -> None:
    assert {path for deed in done(text) for path in deed.removes} == removed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(
            "apt-get update && apt-get install -y --no-install-recommends nodejs=20.1 npm", "nodejs npm", id="apt"
        ),
        pytest.param("apk add --no-cache -t .deps php83 composer", "php83 composer", id="apk"),
        pytest.param("dnf -y install java-21", "java-21", id="dnf"),
        pytest.param("apt-get purge -y nodejs", "", id="packages are taken out"),
        pytest.param("curl -fsSL https://e.org/x | bash -", "*", id="a script from elsewhere"),
        pytest.param("curl https://sh.rustup.rs | sh -s -- -y", "*", id="one with arguments"),
        pytest.param("apt-get install -y ./x.deb", "*", id="a file"),
        pytest.param("corepack enable", "pnpm yarn", id="corepack"),
        pytest.param("nvm install 20", "node npm", id="nvm"),
        pytest.param("echo x", "", id="nothing"),
    ],
)
def test_what_is_installed(text: str, names: str) -> None:
    assert frozenset().union(*(deed.installs for deed in done(text))) == set(names.split())


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        pytest.param("npm run x", "npm node", id="npm"),
        pytest.param("npx next start", "next node npm", id="npx"),
        pytest.param("bundle exec puma -C x", "puma ruby bundle", id="bundle exec"),
        pytest.param("php artisan serve", "php artisan", id="artisan"),
        pytest.param("poetry run gunicorn a:b", "gunicorn python poetry", id="poetry run"),
        pytest.param("java -jar a.jar", "java", id="java"),
        pytest.param("python3.12 -m gunicorn a:b", "python gunicorn", id="a module"),
        pytest.param("./manage.py runserver", "manage.py python", id="a script by its ending"),
        pytest.param("/usr/bin/git describe", "git", id="a program by its path"),
    ],
)
def test_which_tools_run(text: str, tools: str) -> None:
    found = set().union(*(deed.tools for deed in done(text, {"package.json": package(x="")})))
    assert found == set(tools.split())


@pytest.mark.parametrize(
    ("text", "opaque"),
    [
        pytest.param("./build.sh", True, id="a script that is not there"),
        pytest.param("make", True, id="a Makefile that is not there"),
        pytest.param("make -f def.mk", False, id="a variable of several lines that no recipe names"),
        pytest.param("make -f def.mk call", True, id="a recipe that calls a variable of several lines"),
        pytest.param("make -f def.mk names", True, id="a recipe that is a variable of several lines"),
        pytest.param("make -f eval.mk", True, id="rules that a variable makes"),
        pytest.param("make -f each.mk", True, id="rules that a variable makes for each word, with a colon"),
        pytest.param("make -f set.mk", False, id="an eval that only sets a variable"),
        pytest.param("make -f files.mk", False, id="a pattern that no target fits"),
        pytest.param("make -f say.mk", False, id="a function of make that only prints"),
        pytest.param("cd just && just", False, id="a shell for the recipes of just"),
        pytest.param("cd just/other && just", True, id="another program for the recipes of just"),
        pytest.param("cd just/in && just", True, id="recipes of just that run in another directory"),
        pytest.param("cd just/one && just", True, id="a recipe of just that runs in another directory"),
        pytest.param("cd just/script && just", True, id="a recipe of just that is a script"),
        pytest.param("cd just/asks && just", True, id="a variable of just that a command gives"),
        pytest.param("npm run x", True, id="a package.json that is not there"),
        pytest.param("node x.js", True, id="a program that is not there"),
        pytest.param("python -c 'import x'", True, id="a string of Python"),
        pytest.param("python gen.py", True, id="a program in Python"),
        pytest.param("$TOOL build", True, id="a program that nobody knows"),
        pytest.param("some-tool build", True, id="a program without a row"),
        pytest.param("'npm ci", True, id="no script at all"),
        pytest.param("npm ci", False, id="an installation"),
        pytest.param("sh ok.sh", False, id="a script that can be read"),
        pytest.param("ls && mkdir x && chown a x", False, id="programs of the system"),
        pytest.param("node bundle.js", False, id="a program that only calls a bundler"),
    ],
)
def test_what_cannot_be_read_may_read_anything(text: str, opaque: bool) -> None:
    define = "define tool =\n\t./tool.sh $(1)\nendef\n"
    files = {
        "ok.sh": "npm ci",
        "gen.py": "open('x')",
        "bundle.js": "require('esbuild').build({outfile: 'a'})",
        "def.mk": f"{define}override {define}all:\n\tnpm ci\ncall:\n\t$(call tool,a)\nnames:\n\t$(tool)\n",
        "eval.mk": "rule = all: ; ./tool.sh\n$(eval $(rule))\nall:\n\tnpm ci\n",
        "each.mk": "$(foreach a,b c,$(eval all: $(a)))\nall:\n\tnpm ci\n",
        "set.mk": "A = $(eval A := $(shell git describe))$(A)\nall:\n\tnpm ci\n",
        "files.mk": "%.o: %.c\n\t./x.sh\nall: a.c\n\tnpm ci\n",
        "say.mk": "$(info all: what is made)\nall:\n\tnpm ci\n",
        "just/justfile": "set shell := ['bash', '-uc']\nall:\n    npm ci\n",
        "just/other/justfile": "set shell := ['python3', '-c']\nall:\n    npm ci\n",
        "just/in/justfile": "set working-directory := 'web'\nall:\n    npm ci\n",
        "just/one/justfile": "[working-directory: 'web']\nall:\n    npm ci\n",
        "just/script/justfile": "all:\n    #!/usr/bin/env bash\n    cd web\n    npm ci\n",
        "just/asks/justfile": "v := `cat a`\nall:\n    npm ci\n",
    }
    assert any(deed.opaque for deed in done(text, files)) is opaque


def test_a_deed_is_named_by_what_the_dockerfile_says() -> None:
    files = {"package.json": package(build="npm run b", b="vite build")}
    found = [(deed.title, deed.line, deed.command.file, deed.makes) for deed in done("npm run build", files)]
    assert found == [
        ("npm run build", 3, "", ()),
        ("npm run build", 3, "package.json", ()),
        ("npm run build", 3, "package.json", ("/app/dist",)),
    ]


@pytest.mark.parametrize(("steps", "paths"), [pytest.param(5, {"d"}, id="five"), pytest.param(6, set(), id="six")])
def test_scripts_are_followed_five_steps(steps: int, paths: set[str]) -> None:
    files = {f"{at}.sh": f"sh {at + 1}.sh" for at in range(steps - 1)} | {f"{steps - 1}.sh": "vite build --outDir d"}
    found = done("sh 0.sh", files)
    assert {path.removeprefix("/app/") for deed in found for path in deed.makes} == paths
    assert any(deed.opaque for deed in found) is not bool(paths)
