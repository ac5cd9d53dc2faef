"""The layouts: tracked files, what a developer has run on the host, a Dockerfile. None says what is needed."""

from __future__ import annotations

import json
from typing import NamedTuple

__all__ = ["LAYOUTS", "Layout"]


class Layout(NamedTuple):
    """host: the commands that a developer has run in the project; what they made is git-ignored and lies there.

    ignored: the lines of .gitignore. service: the command that the service of compose.yaml gives.
    mounts: the directories of the image over which the service mounts a directory of the project.
    """

    name: str
    files: dict[str, str]
    ignored: str
    host: tuple[str, ...]
    dockerfile: str
    service: str = ""
    mounts: tuple[tuple[str, str], ...] = ()


def _package(dev: str = "", dependencies: str = "express", **fields: object) -> str:
    return json.dumps(
        {
            "name": "app",
            **fields,
            "dependencies": dict.fromkeys(dependencies.split(), "4.0.0"),
            "devDependencies": dict.fromkeys(dev.split(), "5.0.0"),
        }
    )


_SERVER = "const express = require('express')\nexpress().listen(80)\n"
_PLAIN_NODE = {"package.json": _package(), "package-lock.json": "{}", "server.js": _SERVER}
_TSC = {
    "package.json": _package("typescript", scripts={"build": "tsc", "start": "node dist/server.js"}),
    "package-lock.json": "{}",
    "tsconfig.json": '{"compilerOptions": {"outDir": "dist"}}',
    "src/server.ts": "import express from 'express'\nimport { port } from './port'\nexpress().listen(port)\n",
    "src/port.ts": "export const port = 80\n",
}
_MODULES = "node_modules\n"
_NODE_OUT = "node_modules\ndist\n"
_VITE = {
    "package.json": _package("vite", "vue", scripts={"build": "vite build", "dev": "vite"}),
    "package-lock.json": "{}",
    "index.html": "<div id=app></div>\n",
    "src/main.js": "import { createApp } from 'vue'\ncreateApp().mount('#app')\n",
}
_NEXT = {
    "package.json": _package("", "next react", scripts={"build": "next build", "start": "next start", "dev": "next"}),
    "package-lock.json": "{}",
    "next.config.js": "module.exports = {}\n",
    "app/page.js": "import React from 'react'\nexport default () => 'page'\n",
}
_WEBPACK = {
    "package.json": _package("webpack webpack-cli", scripts={"build": "webpack"}),
    "package-lock.json": "{}",
    "src/index.js": "import express from 'express'\n",
    "server.js": "const express = require('express')\nexpress().use(express.static('dist'))\n",
}
_BUILT = ("npm ci", "npm run build")
_FLASK = {
    "requirements.txt": "flask==3.0\ngunicorn==22.0\n",
    "app.py": "from flask import Flask\napp = Flask(__name__)\n",
}
_VENV = "python -m venv .venv && .venv/bin/pip install -r requirements.txt"
_PYPROJECT = '[project]\nname = "app"\nversion = "1"\ndependencies = ["uvicorn==0.30", "starlette==0.38"]\n'
_UV = {"pyproject.toml": _PYPROJECT, "uv.lock": "version = 1\n", "main.py": "import starlette\napp = 1\n"}
_POETRY = {
    "pyproject.toml": '[tool.poetry]\nname = "app"\n[tool.poetry.dependencies]\npython = "^3.11"\nflask = "^3.0"\n',
    "poetry.lock": "# lock\n",
    "app.py": "import flask\n",
}
_DJANGO = {
    "requirements.txt": "django==5.0\ngunicorn==22.0\n",
    "manage.py": "import django\n",
    "settings.py": "import os\nSTATIC_URL = '/static/'\nSTATIC_ROOT = 'staticfiles'\n",
    "wsgi.py": "import django\nimport settings\napplication = 1\n",
    "assets/site.css": "body {}\n",
}
_COMPOSER = {
    "composer.json": '{"require": {"monolog/monolog": "3.0"}}',
    "composer.lock": "{}",
    "index.php": "<?php require __DIR__ . '/vendor/autoload.php'; echo 1;\n",
}
_BUNDLER = {
    "Gemfile": "source 'https://rubygems.org'\ngem 'sinatra'\ngem 'puma'\n",
    "Gemfile.lock": "GEM\n  specs:\n    puma (6.4)\n    sinatra (4.0)\n",
    "config.ru": "require 'sinatra'\nrun Sinatra::Application\n",
}
_RAILS = {
    "Gemfile": "source 'https://rubygems.org'\ngem 'rails'\n",
    "Gemfile.lock": "GEM\n  specs:\n    rails (7.1)\n",
    "config/application.rb": "require 'rails'\n",
    "bin/rails": "#!/usr/bin/env ruby\nrequire_relative '../config/boot'\n",
    "app/assets/site.css": "body {}\n",
}
_GO = {"go.mod": "module example.org/service\n", "main.go": 'package main\n\nfunc main() { println("served") }\n'}
_CARGO = {
    "Cargo.toml": '[package]\nname = "service"\nversion = "0.1.0"\n',
    "Cargo.lock": "version = 3\n",
    "src/main.rs": 'fn main() { println!("served"); }\n',
}
_MAVEN = {
    "pom.xml": "<project><artifactId>app</artifactId><version>1.0</version></project>\n",
    "src/main/java/Main.java": "class Main {}\n",
}
_GRADLE = {
    "settings.gradle": "rootProject.name = 'app'\n",
    "build.gradle": "plugins { id 'java' }\n",
    "gradlew": '#!/bin/sh\nexec gradle "$@"\n',
    "src/main/java/Main.java": "class Main {}\n",
}
_DOTNET = {"Web.csproj": "<Project Sdk='Microsoft.NET.Sdk.Web' />\n", "Program.cs": "class Program {}\n"}
_MIX = {
    "mix.exs": 'def project, do: [app: :web]\ndefp deps, do: [{:plug, "1.15"}]\n',
    "mix.lock": "%{}\n",
    "lib/web.ex": "defmodule Web do\nend\n",
    "assets/app.js": "1\n",
}
_CMAKE = {"CMakeLists.txt": "project(hello C)\nadd_executable(hello main.c)\n", "main.c": "int main() { return 0; }\n"}
_MAKE = {
    "Makefile": "hello: main.o\n\tgcc -o hello main.o\nmain.o: main.c\n\tgcc -c -o main.o main.c\n",
    "main.c": "int main() { return 0; }\n",
}
_HUGO = {"hugo.toml": "baseURL = '/'\n", "content/index.md": "# Home\n", "archetypes/default.md": "---\n---\n"}
_JEKYLL = {"_config.yml": "title: x\n", "index.md": "# Home\n"}


LAYOUTS = (
    # npm
    Layout(
        "npm: installed and built in the image",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY . .
RUN npm run build
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: installed and built before, on the host",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . .
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: installed in the image, built on the host",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY package*.json ./
RUN npm ci --omit=dev
COPY . .
CMD npm start
""",
    ),
    Layout(
        "npm: the output goes from a stage to the next",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build
FROM node:22-slim
WORKDIR /srv
COPY package*.json ./
RUN npm ci --omit=dev
COPY --from=build /app/dist ./dist
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: the output that goes to the next stage is built by nothing",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci
FROM node:22-slim
WORKDIR /srv
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: installed and built when the container starts",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . .
CMD npm install && npm run build && npm start
""",
    ),
    Layout(
        "npm: an entrypoint script installs",
        {**_PLAIN_NODE, "entrypoint.sh": '#!/bin/sh\nset -e\nnpm ci\nexec "$@"\n'},
        _MODULES,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /app
COPY . .
ENTRYPOINT ["sh", "./entrypoint.sh"]
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: an entrypoint script only starts",
        {**_PLAIN_NODE, "entrypoint.sh": '#!/bin/sh\nset -e\nexec node "$@"\n'},
        _MODULES,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /app
COPY . .
ENTRYPOINT ["sh", "./entrypoint.sh"]
CMD ["server.js"]
""",
    ),
    Layout(
        "npm: installed in another directory",
        _PLAIN_NODE,
        _MODULES,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /tmp/tools
COPY package*.json ./
RUN npm ci
WORKDIR /app
COPY . .
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: installed into the application's directory by --prefix",
        {"api/package.json": _package(), "api/package-lock.json": "{}", "api/server.js": _SERVER},
        _MODULES,
        ("npm --prefix api ci",),
        """\
FROM node:22
WORKDIR /src
COPY . .
RUN npm --prefix api ci
CMD ["node", "api/server.js"]
""",
    ),
    Layout(
        "npm: only a tool is installed, for the whole system",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
RUN npm install -g typescript
COPY . .
RUN tsc
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: a command only prints the name of the one that installs",
        _PLAIN_NODE,
        _MODULES,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN echo npm ci
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: a stage installs that nothing reaches",
        _PLAIN_NODE,
        _MODULES,
        ("npm ci",),
        """\
FROM node:22 AS base
WORKDIR /app
COPY . .
FROM base AS test
RUN npm ci
FROM base
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: the stage that is built on the copy installs",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22 AS base
WORKDIR /app
COPY . .
FROM base AS build
RUN npm ci && npm run build
FROM build
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: a cache mount lies over what is installed",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/app/node_modules npm ci && npm run build
FROM node:22
WORKDIR /app
COPY package*.json ./
RUN npm ci --omit=dev
COPY --from=build /app/dist dist
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: the packages come from a stage, before the copy",
        _PLAIN_NODE,
        _MODULES,
        ("npm ci",),
        """\
FROM node:22 AS deps
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
FROM node:22
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY . .
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: the packages come from a stage, after the copy",
        _PLAIN_NODE,
        _MODULES,
        ("npm ci",),
        """\
FROM node:22 AS deps
WORKDIR /deps
COPY package.json package-lock.json ./
RUN npm ci
FROM node:22
WORKDIR /app
COPY . .
COPY --from=deps /deps/node_modules ./node_modules
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: a build uses the packages before they are installed",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm run build
RUN npm ci --omit=dev
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: workspaces, installed and built in the image",
        {
            "package.json": json.dumps({"name": "root", "workspaces": ["packages/*"]}),
            "package-lock.json": "{}",
            "packages/web/package.json": _package(name="web", dependencies="express lib"),
            "packages/web/index.js": "require('express')\nrequire('lib')\n",
            "packages/lib/package.json": _package(
                "typescript", "", name="lib", main="dist/index.js", scripts={"build": "tsc"}
            ),
            "packages/lib/tsconfig.json": '{"compilerOptions": {"outDir": "dist"}}',
            "packages/lib/src/index.ts": "export const x = 1\n",
        },
        _NODE_OUT,
        ("npm ci", "npm run build -w lib"),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm ci
RUN npm run build --workspace=lib
CMD ["node", "packages/web/index.js"]
""",
    ),
    Layout(
        "npm: workspaces, the library built on the host",
        {
            "package.json": json.dumps({"name": "root", "workspaces": ["packages/*"]}),
            "package-lock.json": "{}",
            "packages/web/package.json": _package(name="web", dependencies="express lib"),
            "packages/web/index.js": "require('express')\nrequire('lib')\n",
            "packages/lib/package.json": _package(
                "typescript", "", name="lib", main="dist/index.js", scripts={"build": "tsc"}
            ),
            "packages/lib/tsconfig.json": '{"compilerOptions": {"outDir": "dist"}}',
            "packages/lib/src/index.ts": "export const x = 1\n",
        },
        _NODE_OUT,
        ("npm ci", "npm run build -w lib"),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm ci
CMD ["node", "packages/web/index.js"]
""",
    ),
    Layout(
        "npm: a heredoc installs and builds",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN <<EOF
npm ci
npm run build
EOF
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: a shell in the JSON form installs and builds",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /src
COPY . .
RUN ["sh", "-c", "cd /src && npm ci && npm run build"]
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: a script of the repository builds",
        {**_TSC, "scripts/build.sh": "#!/bin/sh\nset -e\nnpm ci\nnpm run build\n"},
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN sh scripts/build.sh
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: a script runs that git ignores, and reads the output",
        _TSC,
        "node_modules\ndist\n/tool\n",
        (*_BUILT, "mkdir tool", "echo 'ls dist && npm ci --omit=dev' > tool/run"),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN sh tool/run
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: a target of make builds",
        {**_TSC, "Makefile": ".PHONY: build install\nbuild: install\n\tnpm run build\ninstall:\n\tnpm ci\n"},
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
RUN apt-get update && apt-get install -y make
WORKDIR /app
COPY . .
RUN make build
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: a compose service starts what the host built",
        {**_TSC, "compose.yaml": "services:\n  web:\n    build: .\n    command: node dist/server.js\n"},
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm ci --omit=dev
CMD ["node"]
""",
        service="node dist/server.js",
    ),
    Layout(
        "npm: a compose service mounts the host's packages",
        {
            **_PLAIN_NODE,
            "compose.yaml": "services:\n  web:\n    build: .\n    volumes:\n      - ./node_modules:/app/node_modules\n",
        },
        _MODULES,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /app
COPY . .
CMD ["node", "server.js"]
""",
        mounts=(("/app/node_modules", "node_modules"),),
    ),
    Layout(
        "npm: a Python image copies everything and has no Node.js",
        {**_PLAIN_NODE, **_FLASK},
        _MODULES,
        ("npm ci",),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["gunicorn", "app:app"]
""",
    ),
    Layout(
        "npm: a Python image installs Node.js and starts it",
        _PLAIN_NODE,
        _MODULES,
        ("npm ci",),
        """\
FROM python:3.12
RUN apt-get update && apt-get install -y nodejs
WORKDIR /app
COPY . .
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: a hook of the install builds",
        {**_TSC, "package.json": _package("typescript", scripts={"postinstall": "tsc"})},
        _NODE_OUT,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm ci
CMD ["node", "dist/server.js"]
""",
    ),
    # pnpm, yarn, bun, deno
    Layout(
        "pnpm: installed and built in the image",
        {**_TSC, "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"},
        _NODE_OUT,
        ("pnpm install --frozen-lockfile", "pnpm build"),
        """\
FROM node:22
RUN corepack enable
WORKDIR /app
COPY . .
RUN pnpm install --frozen-lockfile
RUN pnpm build
CMD ["pnpm", "start"]
""",
    ),
    Layout(
        "pnpm: installed and built before, on the host",
        {**_TSC, "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"},
        _NODE_OUT,
        ("pnpm install --frozen-lockfile", "pnpm build"),
        """\
FROM node:22
RUN corepack enable
WORKDIR /app
COPY . .
CMD ["pnpm", "start"]
""",
    ),
    Layout(
        "yarn: installed and built in the image",
        {**_TSC, "yarn.lock": "# yarn lockfile v1\n"},
        _NODE_OUT,
        ("yarn --frozen-lockfile", "yarn build"),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN yarn install --frozen-lockfile && yarn build
CMD yarn start
""",
    ),
    Layout(
        "yarn: installed and built before, on the host",
        {**_TSC, "yarn.lock": "# yarn lockfile v1\n"},
        _NODE_OUT,
        ("yarn --frozen-lockfile", "yarn build"),
        """\
FROM node:22
WORKDIR /app
COPY . .
CMD yarn start
""",
    ),
    Layout(
        "yarn: Plug'n'Play, installed before, on the host",
        {**_PLAIN_NODE, "yarn.lock": "# yarn lockfile v1\n", ".yarnrc.yml": "nodeLinker: pnp\n"},
        ".pnp.*\n.yarn/*\n",
        ("yarn install",),
        """\
FROM node:22
WORKDIR /app
COPY . .
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "yarn: Plug'n'Play, installed in the image",
        {**_PLAIN_NODE, "yarn.lock": "# yarn lockfile v1\n", ".yarnrc.yml": "nodeLinker: pnp\n"},
        ".pnp.*\n.yarn/*\n",
        ("yarn install",),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN yarn install --immutable
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "bun: installed and built in the image",
        {"package.json": _package("", "hono"), "bun.lock": "{}", "src/index.ts": "import { Hono } from 'hono'\n"},
        _NODE_OUT,
        ("bun install", "bun build src/index.ts --outdir dist"),
        """\
FROM oven/bun:1
WORKDIR /app
COPY . .
RUN bun install --frozen-lockfile
RUN bun build src/index.ts --outdir dist
CMD ["bun", "dist/index.js"]
""",
    ),
    Layout(
        "bun: installed before, on the host",
        {"package.json": _package("", "hono"), "bun.lock": "{}", "src/index.ts": "import { Hono } from 'hono'\n"},
        _NODE_OUT,
        ("bun install", "bun build src/index.ts --outdir dist"),
        """\
FROM oven/bun:1
WORKDIR /app
COPY . .
CMD ["bun", "src/index.ts"]
""",
    ),
    Layout(
        "deno: installed in the image",
        {"package.json": _package("", "hono"), "deno.json": "{}", "main.ts": "import { Hono } from 'hono'\n"},
        _MODULES,
        ("deno install",),
        """\
FROM denoland/deno:2.1.0
WORKDIR /app
COPY . .
RUN deno install
CMD ["deno", "run", "main.ts"]
""",
    ),
    Layout(
        "deno: installed before, on the host",
        {"package.json": _package("", "hono"), "deno.json": "{}", "main.ts": "import { Hono } from 'hono'\n"},
        _MODULES,
        ("deno install",),
        """\
FROM denoland/deno:2.1.0
WORKDIR /app
COPY . .
CMD ["deno", "run", "main.ts"]
""",
    ),
    # bundlers and frameworks of the web
    Layout(
        "vite: built in the image, served by nginx",
        _VITE,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci
RUN npm run build
FROM nginx:alpine
COPY --from=build /app/dist /usr/share/nginx/html
""",
    ),
    Layout(
        "vite: built before, on the host, and copied by name",
        _VITE,
        _NODE_OUT,
        _BUILT,
        """\
FROM nginx:alpine
COPY dist /usr/share/nginx/html
""",
    ),
    Layout(
        "vite: built before, and served from where the copy puts it",
        {**_VITE, "nginx.conf": "server {\n  listen 80;\n  root /app/dist;\n}\n"},
        _NODE_OUT,
        _BUILT,
        """\
FROM nginx:alpine
WORKDIR /app
COPY . .
COPY nginx.conf /etc/nginx/conf.d/default.conf
""",
    ),
    Layout(
        "vite: the development server at start",
        {**_VITE, "package.json": _package("vite", "vue", scripts={"build": "vite build", "dev": "vite dev"})},
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY . .
CMD ["npm", "run", "dev"]
""",
    ),
    Layout(
        "react-scripts: built in the image, served by httpd",
        {
            "package.json": _package("react-scripts", "react", scripts={"build": "react-scripts build"}),
            "yarn.lock": "# yarn lockfile v1\n",
            "public/index.html": "<div id=root></div>\n",
            "src/index.js": "import React from 'react'\n",
        },
        "node_modules\n/build\n",
        ("yarn", "yarn build"),
        """\
FROM node:22 AS build
WORKDIR /app
COPY package.json yarn.lock ./
RUN yarn --frozen-lockfile
COPY . .
RUN yarn build
FROM httpd:2.4
COPY --from=build /app/build/ /usr/local/apache2/htdocs/
""",
    ),
    Layout(
        "webpack: built in the image, handed out by Express",
        _WEBPACK,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm ci && npx webpack
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "webpack: built before, on the host, handed out by Express",
        _WEBPACK,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY package*.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "next: built in the image",
        _NEXT,
        "node_modules\n.next\n",
        _BUILT,
        """\
FROM node:22 AS deps
WORKDIR /app
COPY package*.json ./
RUN npm ci
FROM node:22 AS build
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY . .
RUN npm run build
FROM node:22
WORKDIR /app
COPY --from=build /app/.next ./.next
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/package.json ./
CMD ["npm", "start"]
""",
    ),
    Layout(
        "next: built before, on the host",
        _NEXT,
        "node_modules\n.next\n",
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY package*.json ./
RUN npm ci
COPY . .
CMD ["npx", "next", "start"]
""",
    ),
    Layout(
        "next: a standalone server, built in the image",
        {**_NEXT, "next.config.js": "module.exports = { output: 'standalone' }\n"},
        "node_modules\n.next\n",
        _BUILT,
        """\
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build
FROM node:22
WORKDIR /srv
COPY --from=build /app/.next/standalone ./
COPY --from=build /app/.next/static ./.next/static
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "next: the development server at start",
        _NEXT,
        "node_modules\n.next\n",
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm ci
CMD ["npx", "next", "dev"]
""",
    ),
    Layout(
        "turbo: a planner stage prunes, another installs and builds",
        {
            "package.json": json.dumps(
                {"name": "root", "workspaces": ["apps/*"], "devDependencies": {"turbo": "2.0.0"}}
            ),
            "package-lock.json": "{}",
            "turbo.json": "{}",
            "apps/web/package.json": _package("typescript", name="web", scripts={"build": "tsc"}),
            "apps/web/tsconfig.json": '{"compilerOptions": {"outDir": "dist"}}',
            "apps/web/src/index.ts": "import express from 'express'\n",
        },
        "node_modules\ndist\nout\n",
        ("npm ci", "npx turbo run build"),
        """\
FROM node:22 AS planner
WORKDIR /app
RUN npm install -g turbo
COPY . .
RUN turbo prune web --docker
FROM node:22
WORKDIR /app
COPY --from=planner /app/out .
RUN npm ci && npx turbo run build
CMD ["node", "apps/web/dist/index.js"]
""",
    ),
    # Python
    Layout(
        "pip: installed in the image, beside the host's environment",
        _FLASK,
        ".venv\n",
        (_VENV,),
        """\
FROM python:3.12
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
CMD ["gunicorn", "app:app"]
""",
    ),
    Layout(
        "pip: the host's environment is on the PATH",
        _FLASK,
        ".venv\n",
        (_VENV,),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
ENV PATH=/app/.venv/bin:$PATH
CMD ["gunicorn", "app:app"]
""",
    ),
    Layout(
        "pip: an environment is made in the image",
        _FLASK,
        ".venv\n",
        (_VENV,),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN python -m venv .venv && .venv/bin/pip install -r requirements.txt
ENV PATH="/app/.venv/bin:$PATH"
CMD ["gunicorn", "app:app"]
""",
    ),
    Layout(
        "pip: installed for the system, but the host's environment starts",
        _FLASK,
        ".venv\n",
        (_VENV,),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD [".venv/bin/python", "-m", "gunicorn", "app:app"]
""",
    ),
    Layout(
        "pip: PYTHONPATH leads to packages from the host",
        {"requirements.txt": "flask==3.0\n", "app.py": "import flask\n"},
        "/site-packages\n",
        ("pip install --target site-packages -r requirements.txt",),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
ENV PYTHONPATH=/app/site-packages
CMD ["python", "app.py"]
""",
    ),
    Layout(
        "pip: wheels from the host are installed",
        {"requirements.txt": "flask==3.0\n", "app.py": "import flask\n"},
        "wheels\n*.whl\n",
        ("pip wheel -r requirements.txt -w wheels",),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install --no-index --find-links=wheels -r requirements.txt
CMD ["python", "app.py"]
""",
    ),
    Layout(
        "pip: the code opens a database by its name",
        {**_FLASK, "app.py": "import flask\nimport sqlite3\nsqlite3.connect('geo.sqlite3')\n"},
        ".venv\n*.sqlite3\n",
        (_VENV, "printf 'SQLite format 3\\000rows' > geo.sqlite3"),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["python", "app.py"]
""",
    ),
    Layout(
        "pip: a database lies there that nothing opens",
        _FLASK,
        ".venv\n*.sqlite3\n",
        (_VENV, "printf 'SQLite format 3\\000rows' > old.sqlite3"),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["gunicorn", "app:app"]
""",
    ),
    Layout(
        "pip: supervisord starts a program of the host's environment",
        {
            **_FLASK,
            "supervisord.conf": "[program:web]\ncommand=/app/.venv/bin/gunicorn app:app\n",
        },
        ".venv\n",
        (_VENV,),
        """\
FROM python:3.12
RUN pip install supervisor
WORKDIR /app
COPY . .
CMD ["supervisord", "-c", "/app/supervisord.conf"]
""",
    ),
    Layout(
        "pip: a Procfile starts what the image installed",
        {**_FLASK, "Procfile": "web: gunicorn app:app\n"},
        ".venv\n",
        (_VENV,),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install honcho -r requirements.txt
CMD ["honcho", "start"]
""",
    ),
    Layout(
        "pip: a script of the build opens the host's output",
        {
            "pack.py": "import pathlib\n\nfor page in pathlib.Path('dist').rglob('*.js'):\n    print(page)\n",
            "package.json": _package("typescript", scripts={"build": "tsc"}),
            "package-lock.json": "{}",
            "tsconfig.json": '{"compilerOptions": {"outDir": "dist"}}',
            "src/a.ts": "export const a = 1\n",
        },
        _NODE_OUT,
        _BUILT,
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN python pack.py
CMD ["true"]
""",
    ),
    Layout(
        "uv: synchronised in the image",
        _UV,
        ".venv\n",
        ("uv sync",),
        """\
FROM python:3.12
RUN pip install uv
WORKDIR /app
COPY . .
RUN uv sync --frozen --no-dev
ENV PATH="/app/.venv/bin:$PATH"
CMD ["uvicorn", "main:app"]
""",
    ),
    Layout(
        "uv: synchronised before, on the host",
        _UV,
        ".venv\n",
        ("uv sync",),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
CMD [".venv/bin/uvicorn", "main:app"]
""",
    ),
    Layout(
        "uv: the environment comes from a stage and lands on the copy",
        _UV,
        ".venv\n",
        ("uv sync",),
        """\
FROM ghcr.io/astral-sh/uv:python3.12-bookworm AS build
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen
FROM python:3.12
WORKDIR /app
COPY . .
COPY --from=build /app/.venv /app/.venv
CMD ["/app/.venv/bin/uvicorn", "main:app"]
""",
    ),
    Layout(
        "uv: synchronised when the container starts",
        _UV,
        ".venv\n",
        ("uv sync",),
        """\
FROM ghcr.io/astral-sh/uv:python3.12-bookworm
WORKDIR /app
COPY . .
CMD ["uv", "run", "uvicorn", "main:app"]
""",
    ),
    Layout(
        "poetry: installed in the image, in the project",
        _POETRY,
        ".venv\n",
        ("poetry config virtualenvs.in-project true", "poetry install"),
        """\
FROM python:3.12
RUN pip install poetry
ENV POETRY_VIRTUALENVS_IN_PROJECT=1
WORKDIR /app
COPY . .
RUN poetry install --only main
CMD ["poetry", "run", "python", "app.py"]
""",
    ),
    Layout(
        "poetry: installed for the system, in the image",
        _POETRY,
        ".venv\n",
        ("poetry config virtualenvs.in-project true", "poetry install"),
        """\
FROM python:3.12
RUN pip install poetry && poetry config virtualenvs.create false
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN poetry install --no-root
COPY . .
CMD ["python", "app.py"]
""",
    ),
    Layout(
        "poetry: installed before, on the host",
        _POETRY,
        ".venv\n",
        ("poetry config virtualenvs.in-project true", "poetry install"),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
ENTRYPOINT ["/app/.venv/bin/python"]
CMD ["app.py"]
""",
    ),
    Layout(
        "django: collected in the image",
        _DJANGO,
        "staticfiles\n",
        ("pip install -r requirements.txt", "python manage.py collectstatic --noinput"),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
RUN python manage.py collectstatic --noinput
CMD ["gunicorn", "wsgi:application"]
""",
    ),
    Layout(
        "django: collected before, on the host",
        _DJANGO,
        "staticfiles\n",
        ("pip install -r requirements.txt", "python manage.py collectstatic --noinput"),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["gunicorn", "wsgi:application"]
""",
    ),
    # PHP and Ruby
    Layout(
        "composer: installed in the image",
        _COMPOSER,
        "vendor\n",
        ("composer install",),
        """\
FROM php:8.3-apache
COPY --from=composer:2 /usr/bin/composer /usr/bin/composer
COPY . .
RUN composer install --no-dev
""",
    ),
    Layout(
        "composer: installed before, on the host",
        _COMPOSER,
        "vendor\n",
        ("composer install",),
        """\
FROM php:8.3-apache
COPY . /var/www/html
""",
    ),
    Layout(
        "composer: the packages come from a stage of composer",
        _COMPOSER,
        "vendor\n",
        ("composer install",),
        """\
FROM composer:2 AS vendor
COPY composer.json composer.lock ./
RUN composer install --no-dev --no-scripts
FROM php:8.3-apache
COPY . /var/www/html
COPY --from=vendor /app/vendor /var/www/html/vendor
""",
    ),
    Layout(
        "composer: a document root below the application",
        {**_COMPOSER, "public/index.php": "<?php require __DIR__ . '/../vendor/autoload.php';\n"},
        "vendor\n",
        ("composer install",),
        """\
FROM php:8.3-cli
WORKDIR /srv
COPY . .
CMD ["php", "-S", "0.0.0.0:80", "-t", "public"]
""",
    ),
    Layout(
        "bundler: installed in the image, for the system",
        _BUNDLER,
        "vendor/bundle\n.bundle\n",
        ("bundle install --path vendor/bundle",),
        """\
FROM ruby:3.3
ENV BUNDLE_PATH=/usr/local/bundle
WORKDIR /app
COPY Gemfile Gemfile.lock ./
RUN bundle install
COPY . .
CMD ["bundle", "exec", "puma"]
""",
    ),
    Layout(
        "bundler: installed in the image, into the project",
        _BUNDLER,
        "vendor/bundle\n.bundle\n",
        ("bundle install --path vendor/bundle",),
        """\
FROM ruby:3.3
WORKDIR /app
ENV BUNDLE_PATH=vendor/bundle
COPY . .
RUN bundle install
CMD ["bundle", "exec", "puma"]
""",
    ),
    Layout(
        "bundler: installed before, on the host",
        _BUNDLER,
        "vendor/bundle\n.bundle\n",
        ("bundle install --path vendor/bundle",),
        """\
FROM ruby:3.3
WORKDIR /app
ENV BUNDLE_PATH=/app/vendor/bundle
COPY . .
CMD ["bundle", "exec", "puma"]
""",
    ),
    Layout(
        "rails: assets built in the image",
        _RAILS,
        "public/assets\n",
        ("bundle install", "bundle exec rails assets:precompile"),
        """\
FROM ruby:3.3
WORKDIR /app
COPY . .
RUN bundle install
RUN bundle exec rails assets:precompile
CMD ["bundle", "exec", "rails", "server"]
""",
    ),
    Layout(
        "rails: assets built before, on the host",
        _RAILS,
        "public/assets\n",
        ("bundle install", "bundle exec rails assets:precompile"),
        """\
FROM ruby:3.3
WORKDIR /app
COPY . .
RUN bundle install
CMD ["bundle", "exec", "rails", "server"]
""",
    ),
    # compiled languages
    Layout(
        "go: built in the image",
        _GO,
        "/bin\n",
        ("go build -o bin/service .",),
        """\
FROM golang:1.23 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/service .
FROM scratch
COPY --from=build /out/service /service
ENTRYPOINT ["/service"]
""",
    ),
    Layout(
        "go: built before, on the host, from scratch",
        _GO,
        "/bin\n",
        ("go build -o bin/service .",),
        """\
FROM scratch
COPY . /
ENTRYPOINT ["/bin/service"]
""",
    ),
    Layout(
        "go: built in the place of the host's program",
        _GO,
        "/service\n",
        ("go build",),
        """\
FROM golang:1.23
WORKDIR /src
COPY . .
RUN go build -o service .
CMD ["./service"]
""",
    ),
    Layout(
        "go: embeds what the host built",
        {
            **_GO,
            "main.go": 'package main\n\nimport "embed"\n\n//go:embed web/dist\nvar files embed.FS\n',
            **{f"web/{name}": text for name, text in _VITE.items()},
        },
        _NODE_OUT,
        ("cd web && npm ci && npm run build",),
        """\
FROM golang:1.23 AS build
WORKDIR /src
COPY . .
RUN go build -o /service .
FROM scratch
COPY --from=build /service /service
ENTRYPOINT ["/service"]
""",
    ),
    Layout(
        "go: embeds what a stage of the image built",
        {
            **_GO,
            "main.go": 'package main\n\nimport "embed"\n\n//go:embed web/dist\nvar files embed.FS\n',
            **{f"web/{name}": text for name, text in _VITE.items()},
        },
        _NODE_OUT,
        ("cd web && npm ci && npm run build",),
        """\
FROM node:22 AS web
WORKDIR /web
COPY web/ .
RUN npm ci && npm run build
FROM golang:1.23 AS build
WORKDIR /src
COPY . .
COPY --from=web /web/dist web/dist
RUN go build -o /service .
FROM scratch
COPY --from=build /service /service
ENTRYPOINT ["/service"]
""",
    ),
    Layout(
        "cargo: built in the image",
        _CARGO,
        "target\n",
        ("cargo build --release",),
        """\
FROM rust:1.82 AS build
WORKDIR /src
COPY . .
RUN cargo build --release
FROM debian:bookworm-slim
COPY --from=build /src/target/release/service /usr/local/bin/
CMD ["service"]
""",
    ),
    Layout(
        "cargo: built before, on the host",
        _CARGO,
        "target\n",
        ("cargo build --release",),
        """\
FROM debian:bookworm-slim
WORKDIR /app
COPY . .
CMD ["/app/target/release/service"]
""",
    ),
    Layout(
        "cargo: a planner stage of which only the recipe leaves",
        _CARGO,
        "target\n",
        ("cargo build --release",),
        """\
FROM lukemathwalker/cargo-chef:latest AS chef
WORKDIR /app
FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json
FROM chef AS build
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --release --recipe-path recipe.json
COPY . .
RUN cargo build --release
FROM debian:bookworm-slim
COPY --from=build /app/target/release/service /usr/local/bin/service
ENTRYPOINT ["/usr/local/bin/service"]
""",
    ),
    Layout(
        "cargo: a cache lies over the output, and the program is copied out of it",
        _CARGO,
        "target\n",
        ("cargo build --release",),
        """\
FROM rust:1.82 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/src/target cargo build --release && cp target/release/service /service
FROM debian:bookworm-slim
COPY --from=build /service /service
CMD ["/service"]
""",
    ),
    Layout(
        "cargo: built when the container starts",
        _CARGO,
        "target\n",
        ("cargo build",),
        """\
FROM rust:1.82
WORKDIR /src
COPY . .
CMD ["cargo", "run"]
""",
    ),
    Layout(
        "maven: built in the image",
        _MAVEN,
        "target\n",
        ("mvn package",),
        """\
FROM maven:3.9-eclipse-temurin-21 AS build
WORKDIR /src
COPY . .
RUN mvn -B package
FROM eclipse-temurin:21
COPY --from=build /src/target/app-1.0.jar /app.jar
ENTRYPOINT ["java", "-jar", "/app.jar"]
""",
    ),
    Layout(
        "maven: built before, on the host",
        _MAVEN,
        "target\n",
        ("mvn package",),
        """\
FROM eclipse-temurin:21
COPY . /app
ENTRYPOINT ["java", "-jar", "/app/target/app-1.0.jar"]
""",
    ),
    Layout(
        "maven: a command copies the host's archive out of the sources",
        {**_MAVEN, "pom.xml": _MAVEN["pom.xml"].replace("<version>", "<packaging>war</packaging><version>")},
        "target\n",
        ("mvn package",),
        """\
FROM tomcat:10
COPY . /src
RUN cp /src/target/app-1.0.war /usr/local/tomcat/webapps/
""",
    ),
    Layout(
        "gradle: built in the image, by the wrapper",
        {**_GRADLE, "gradle/wrapper/gradle-wrapper.jar": "PK"},
        ".gradle\n/build\n",
        ("gradle build",),
        """\
FROM gradle:8-jdk21 AS build
WORKDIR /src
COPY . .
RUN sh gradlew build
FROM eclipse-temurin:21
COPY --from=build /src/build/libs/app.jar /app.jar
CMD ["java", "-jar", "/app.jar"]
""",
    ),
    Layout(
        "gradle: built before, on the host",
        {**_GRADLE, "gradle/wrapper/gradle-wrapper.jar": "PK"},
        ".gradle\n/build\n",
        ("gradle build",),
        """\
FROM eclipse-temurin:21
WORKDIR /app
COPY . .
CMD java -jar build/libs/app.jar
""",
    ),
    Layout(
        "dotnet: published in the image",
        _DOTNET,
        "bin\nobj\n",
        ("dotnet publish -c Release",),
        """\
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish -c Release -o /out
FROM mcr.microsoft.com/dotnet/aspnet:8.0
WORKDIR /app
COPY --from=build /out .
ENTRYPOINT ["dotnet", "Web.dll"]
""",
    ),
    Layout(
        "dotnet: published before, on the host",
        _DOTNET,
        "bin\nobj\n",
        ("dotnet publish -c Release",),
        """\
FROM mcr.microsoft.com/dotnet/aspnet:8.0
WORKDIR /app
COPY . .
ENTRYPOINT ["dotnet", "bin/Release/net8.0/publish/Web.dll"]
""",
    ),
    Layout(
        "mix: released in the image",
        _MIX,
        "_build\ndeps\npriv/static\n",
        ("mix deps.get", "mix assets.deploy", "mix release"),
        """\
FROM elixir:1.17 AS build
ENV MIX_ENV=prod
WORKDIR /app
COPY . .
RUN mix deps.get --only prod
RUN mix assets.deploy && mix release
FROM debian:bookworm-slim
COPY --from=build /app/_build/prod/rel/web /app
CMD ["/app/bin/web"]
""",
    ),
    Layout(
        "mix: released before, on the host",
        _MIX,
        "_build\ndeps\npriv/static\n",
        ("mix deps.get", "mix assets.deploy", "MIX_ENV=prod mix release"),
        """\
FROM debian:bookworm-slim
WORKDIR /app
COPY . .
CMD ["_build/prod/rel/web/bin/web"]
""",
    ),
    Layout(
        "cmake: built in the image",
        _CMAKE,
        "/build\n",
        ("cmake -B build", "cmake --build build"),
        """\
FROM gcc:14 AS build
WORKDIR /src
COPY . .
RUN cmake -S . -B build && cmake --build build
FROM debian:bookworm-slim
COPY --from=build /src/build/hello /usr/local/bin/hello
CMD ["hello"]
""",
    ),
    Layout(
        "cmake: built before, on the host",
        _CMAKE,
        "/build\n",
        ("cmake -B build", "cmake --build build"),
        """\
FROM debian:bookworm-slim
WORKDIR /app
COPY . .
CMD ["./build/hello"]
""",
    ),
    Layout(
        "make: built in the image, over the host's objects",
        _MAKE,
        "*.o\n/hello\n",
        ("make",),
        """\
FROM gcc:14
WORKDIR /src
COPY . .
RUN make
CMD ["./hello"]
""",
    ),
    Layout(
        "make: built before, on the host",
        _MAKE,
        "*.o\n/hello\n",
        ("make",),
        """\
FROM debian:bookworm-slim
WORKDIR /src
COPY . .
CMD ["./hello"]
""",
    ),
    # sites
    Layout(
        "hugo: built in the image, served by nginx",
        _HUGO,
        "/public\n",
        ("hugo",),
        """\
FROM hugomods/hugo:latest AS build
WORKDIR /site
COPY . .
RUN hugo --minify
FROM nginx:alpine
COPY --from=build /site/public /usr/share/nginx/html
""",
    ),
    Layout(
        "hugo: built before, on the host, served by Caddy",
        {**_HUGO, "Caddyfile": ":80 {\n\troot * /srv/public\n\tfile_server\n}\n"},
        "/public\n",
        ("hugo",),
        """\
FROM caddy:2
COPY . .
COPY Caddyfile /etc/caddy/Caddyfile
""",
    ),
    Layout(
        "jekyll: built in the image, served by nginx",
        _JEKYLL,
        "_site\n",
        ("jekyll build",),
        """\
FROM jekyll/jekyll:4 AS build
WORKDIR /site
COPY . .
RUN jekyll build
FROM nginx:alpine
COPY --from=build /site/_site /usr/share/nginx/html
""",
    ),
    Layout(
        "jekyll: built before, on the host, copied to the document root",
        _JEKYLL,
        "_site\n",
        ("jekyll build",),
        """\
FROM nginx:alpine
COPY . /usr/share/nginx/html
""",
    ),
    # more shapes
    Layout(
        "npm: NODE_PATH leads to packages from the host",
        {"package.json": _package(), "package-lock.json": "{}", "src/server.js": _SERVER},
        _MODULES,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /opt/app
COPY src .
COPY node_modules /opt/lib
ENV NODE_PATH=/opt/lib
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: a directory below is changed to, installed and built in",
        {f"web/{name}": text for name, text in _TSC.items()},
        _NODE_OUT,
        ("cd web && npm ci && npm run build",),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN cd web && npm ci && npm run build && cd ..
CMD ["node", "web/dist/server.js"]
""",
    ),
    Layout(
        "npm: a directory below is built in, another is started",
        {f"{folder}/{name}": text for folder in ("web", "api") for name, text in _TSC.items()},
        _NODE_OUT,
        ("cd web && npm ci && npm run build", "cd api && npm ci && npm run build"),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN cd web && npm ci && npm run build
CMD ["node", "api/dist/server.js"]
""",
    ),
    Layout(
        "npm: a stage without a name builds, and its number is copied from",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . /app
RUN npm ci && npm run build
FROM node:22
COPY --from=0 /app /app
WORKDIR /app
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: one stage builds, another copies the sources again",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build
FROM node:22
WORKDIR /app
COPY . .
COPY --from=build /app/node_modules ./node_modules
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: an argument names the directory",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
ARG VERSION=22
FROM node:${VERSION}
ARG HOME_OF_APP=/opt/app
WORKDIR $HOME_OF_APP
COPY . .
RUN npm --prefix ${HOME_OF_APP} ci && npm run build
CMD ["node", "/opt/app/dist/server.js"]
""",
    ),
    Layout(
        "npm: what lies there is removed before it is installed",
        _PLAIN_NODE,
        _MODULES,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN rm -rf node_modules && npm install
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: installed only if a file is there",
        _PLAIN_NODE,
        _MODULES,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN if [ -f yarn.lock ]; then yarn; fi
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: a failed install is another's turn",
        _PLAIN_NODE,
        _MODULES,
        ("npm ci",),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm ci || npm install
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: a mount of the context is copied from",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
RUN --mount=type=bind,target=/src cp -r /src/dist /src/node_modules /app
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: a health check runs what the host built",
        {**_PLAIN_NODE, "tsconfig.json": _TSC["tsconfig.json"], "src/health.ts": "export const ok = 1\n"},
        _NODE_OUT,
        ("npm ci", "npm install -g typescript", "tsc"),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm ci
HEALTHCHECK CMD ["node", "dist/health.js"]
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "npm: make builds a file that the host has already",
        {**_TSC, "Makefile": "dist/server.js: src/server.ts\n\tnpm ci\n\tnpm run build\n"},
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
RUN apt-get update && apt-get install -y make
WORKDIR /app
COPY . .
RUN make dist/server.js
CMD ["node", "dist/server.js"]
""",
    ),
    Layout(
        "npm: a script of the image's own directory starts the application",
        {**_TSC, "docker/start.sh": "#!/bin/sh\ncd ${APP_HOME:-.}\nexec npm start\n"},
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22
WORKDIR /app
COPY . .
COPY docker/start.sh /usr/local/bin/start.sh
RUN npm ci
CMD ["sh", "/usr/local/bin/start.sh"]
""",
    ),
    Layout(
        "npm: another directory of output is given to the compiler",
        {**_TSC, "tsconfig.json": "{}"},
        "node_modules\nbuild\n",
        ("npm ci", "npx tsc --outDir build"),
        """\
FROM node:22
WORKDIR /app
COPY . .
RUN npm ci && npx tsc --outDir build
CMD ["node", "build/server.js"]
""",
    ),
    Layout(
        "npm: the output goes to the next stage by a wildcard",
        _TSC,
        _NODE_OUT,
        _BUILT,
        """\
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci
FROM node:22
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist/*.js ./
CMD ["node", "server.js"]
""",
    ),
    Layout(
        "pip: an environment elsewhere is made and copied",
        _FLASK,
        ".venv\n",
        (_VENV,),
        """\
FROM python:3.12 AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /opt/venv && /opt/venv/bin/pip install -r requirements.txt
FROM python:3.12-slim
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY . .
CMD ["gunicorn", "app:app"]
""",
    ),
    Layout(
        "pip: an entrypoint script starts the host's environment",
        {**_FLASK, "docker-entrypoint.sh": '#!/bin/sh\nset -e\nexec .venv/bin/gunicorn "$@"\n'},
        ".venv\n",
        (_VENV,),
        """\
FROM python:3.12
WORKDIR /app
COPY . .
ENTRYPOINT ["sh", "docker-entrypoint.sh"]
CMD ["app:app"]
""",
    ),
    Layout(
        "pip: StaticFiles hand out what node builds in another stage",
        {
            "requirements.txt": "uvicorn==0.30\nstarlette==0.38\n",
            "main.py": 'from starlette import StaticFiles\napp = StaticFiles(directory="web/dist")\n',
            **{f"web/{name}": text for name, text in _VITE.items()},
        },
        ".venv\nnode_modules\ndist\n",
        (_VENV, "cd web && npm ci && npm run build"),
        """\
FROM node:22 AS web
WORKDIR /web
COPY web .
RUN npm ci && npm run build
FROM python:3.12
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
COPY --from=web /web/dist web/dist
CMD ["uvicorn", "main:app"]
""",
    ),
    Layout(
        "pip: StaticFiles hand out what the host built",
        {
            "requirements.txt": "uvicorn==0.30\nstarlette==0.38\n",
            "main.py": 'from starlette import StaticFiles\napp = StaticFiles(directory="web/dist")\n',
            **{f"web/{name}": text for name, text in _VITE.items()},
        },
        ".venv\nnode_modules\ndist\n",
        (_VENV, "cd web && npm ci && npm run build"),
        """\
FROM python:3.12
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
CMD ["uvicorn", "main:app"]
""",
    ),
    Layout(
        "cargo: includes what the host built",
        {
            **_CARGO,
            "src/main.rs": 'static PAGES: Dir = include_dir!("$CARGO_MANIFEST_DIR/web/dist");\nfn main() {}\n',
            **{f"web/{name}": text for name, text in _VITE.items()},
        },
        "target\nnode_modules\ndist\n",
        ("cd web && npm ci && npm run build", "cargo build --release"),
        """\
FROM rust:1.82 AS build
WORKDIR /src
COPY . .
RUN cargo build --release
FROM debian:bookworm-slim
COPY --from=build /src/target/release/service /service
CMD ["/service"]
""",
    ),
    Layout(
        "go: vendored modules that git ignores",
        _GO,
        "vendor\n",
        ("go mod vendor",),
        """\
FROM golang:1.23 AS build
WORKDIR /src
COPY . .
RUN go build -mod=vendor -o /service .
FROM scratch
COPY --from=build /service /service
CMD ["/service"]
""",
    ),
    Layout(
        "go: the program is copied by its name, the rest is not",
        _GO,
        "/bin\n",
        ("go build -o bin/service .",),
        """\
FROM debian:bookworm-slim
COPY bin/service /usr/local/bin/service
CMD ["service"]
""",
    ),
    Layout(
        "maven: the archive is copied by a wildcard",
        _MAVEN,
        "target\n",
        ("mvn package",),
        """\
FROM eclipse-temurin:21
WORKDIR /app
COPY target/*.jar app.jar
ENTRYPOINT ["java", "-jar", "app.jar"]
""",
    ),
    Layout(
        "maven: the classes are on the class path",
        _MAVEN,
        "target\n",
        ("mvn package",),
        """\
FROM eclipse-temurin:21
WORKDIR /app
COPY . .
CMD ["java", "-cp", "target/classes", "Main"]
""",
    ),
    Layout(
        "gradle: run when the container starts",
        {**_GRADLE, "gradle/wrapper/gradle-wrapper.jar": "PK"},
        ".gradle\n/build\n",
        ("gradle build",),
        """\
FROM gradle:8-jdk21
WORKDIR /app
COPY . .
CMD ["gradle", "bootRun"]
""",
    ),
    Layout(
        "composer: a stage of the same sources installs, the next takes everything",
        _COMPOSER,
        "vendor\n",
        ("composer install",),
        """\
FROM composer:2 AS build
WORKDIR /app
COPY . .
RUN composer install --no-dev
FROM php:8.3-apache
COPY --from=build /app /var/www/html
""",
    ),
    Layout(
        "php: the page reads a file that the host made",
        {"index.php": "<?php echo file_get_contents('data/rates.csv');\n"},
        "/data\n",
        ("mkdir data", "echo 1,2 > data/rates.csv"),
        """\
FROM php:8.3-cli
WORKDIR /srv
COPY . .
CMD ["php", "index.php"]
""",
    ),
    Layout(
        "bundler: deployed in the image into vendor/bundle",
        _BUNDLER,
        "vendor/bundle\n.bundle\n",
        ("bundle install --path vendor/bundle",),
        """\
FROM ruby:3.3
WORKDIR /app
COPY . .
RUN bundle config set --local deployment true && bundle install
CMD ["bundle", "exec", "puma"]
""",
    ),
    Layout(
        "dotnet: restored on the host, built in the image without",
        _DOTNET,
        "bin\nobj\n",
        ("dotnet publish -c Release",),
        """\
FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish --no-restore -c Release -o /out
FROM mcr.microsoft.com/dotnet/aspnet:8.0
COPY --from=build /out /app
CMD ["dotnet", "/app/Web.dll"]
""",
    ),
    Layout(
        "mix: started in the image from sources",
        _MIX,
        "_build\ndeps\npriv/static\n",
        ("mix deps.get", "mix assets.deploy", "mix release"),
        """\
FROM elixir:1.17
WORKDIR /app
COPY . .
RUN mix deps.get && mix assets.deploy
CMD ["mix", "phx.server"]
""",
    ),
    Layout(
        "mix: started from the host's dependencies",
        _MIX,
        "_build\ndeps\npriv/static\n",
        ("mix deps.get", "mix assets.deploy"),
        """\
FROM elixir:1.17
WORKDIR /app
COPY . .
CMD ["mix", "phx.server"]
""",
    ),
    Layout(
        "cmake: a directory of the build is entered",
        _CMAKE,
        "/build\n",
        ("cmake -B build", "cmake --build build"),
        """\
FROM gcc:14
WORKDIR /src
COPY . .
RUN rm -rf build && mkdir build && cd build && cmake .. && make
CMD ["build/hello"]
""",
    ),
    Layout(
        "hugo: built in the image below another directory",
        {f"site/{name}": text for name, text in _HUGO.items()},
        "public\n",
        ("cd site && hugo",),
        """\
FROM hugomods/hugo:latest AS build
WORKDIR /src
COPY . .
RUN hugo --source site
FROM httpd:2.4
COPY --from=build /src/site/public /usr/local/apache2/htdocs
""",
    ),
    Layout(
        "nginx: a site of plain files, with the host's packages beside it",
        {"index.html": "<p>Home\n", "package.json": _package("vite", "")},
        _MODULES,
        ("npm install",),
        """\
FROM nginx:alpine
COPY index.html /usr/share/nginx/html/
""",
    ),
)
