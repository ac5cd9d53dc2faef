"""Proposals for twenty-two builds beside their audit: `python tests/benchmarks/many.py --at DIR`.

A repository of 22 services, of 150 tracked source files each, dense in calls and string literals, and what a
developer's disk has beside them. Half of the builds have the context `.`, the others that of their service.
Prints the medians of the rounds, and the ratio of the processor time to that of the audit alone.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from run import CTXAUDIT, Run, Tool, compared
from tabulate import tabulate

BUILDS = 22
FILES = 150  # tracked sources of each service
CALLS = 12  # functions in each of them

_NODE = """\
FROM node:22 AS build
WORKDIR /app
COPY {top}package.json ./
RUN npm install
COPY {source} .
RUN npm run build
FROM node:22-slim
WORKDIR /app
COPY --from=build /app ./
CMD ["node", "dist/index.js"]
"""
_PYTHON = """\
FROM python:3.13
WORKDIR /app
COPY {top}requirements.txt ./
RUN pip install -r requirements.txt
COPY {source} .
CMD ["python", "src/part0/module0.py"]
"""
_GO = """\
FROM golang:1.24 AS build
WORKDIR /app
COPY {source} .
RUN go build -o /bin/service ./src/part0
FROM debian
COPY --from=build /bin/service /bin/service
CMD ["/bin/service"]
"""
_CALL = {
    "ts": """\
export async function load{n}(request: Request, options = {{ retries: {n}, label: "part{part}.load{n}" }}) {{
  const name = request.params["name"] ?? `item-${{options.retries}}`;
  const template = path.join(__dirname, "../../templates", "mail{n}", "welcome.html");
  logger.info("loading template for %s in {n}", name, {{ template, locale: "en-US" }});
  const answer = await fetch(`${{config.baseUrl}}/api/v{n}/users/${{name}}`, {{ accept: "application/json" }});
  if (!answer.ok) throw new HttpError(answer.status, "the upstream did not answer: " + answer.statusText);
  return render(await readFile(path.resolve(process.cwd(), "assets/fonts/face{n}.woff2")), "utf-8", name);
}}
""",
    "py": '''\
def load{n}(request, *, retries={n}, label="part{part}.load{n}"):
    """Load what belongs to a name."""
    name = request.args.get("name") or "item-%d" % retries
    template = os.path.join(os.path.dirname(__file__), "../../templates", "mail{n}", "welcome.html")
    logger.info("loading template for %s in {n}", name, extra={{"template": template, "locale": "en-US"}})
    answer = requests.get(f"{{BASE_URL}}/api/v{n}/users/{{name}}", headers={{"accept": "application/json"}})
    if not answer.ok:
        raise UpstreamError("the upstream did not answer: " + answer.reason)
    return render(open(BASE_DIR / "assets" / "fonts" / "face{n}.woff2", "rb").read(), "utf-8", name)
''',
    "go": """\
func Load{n}(request *http.Request, label string) (*Page, error) {{
	name := request.URL.Query().Get("name")
	template := filepath.Join(root, "templates", "mail{n}", "welcome.html")
	log.Printf("loading template for %s in {n}: %s", name, template)
	answer, err := http.Get(fmt.Sprintf("%s/api/v{n}/users/%s", baseURL, name))
	if err != nil {{
		return nil, fmt.Errorf("the upstream did not answer: %w", err)
	}}
	face, err := os.ReadFile("assets/fonts/face{n}.woff2")
	return render(face, "utf-8", answer, name), err
}}
""",
}
_HEAD = {
    "ts": 'import path from "node:path";\nimport {{ readFile }} from "node:fs/promises";\n'
    'import {{ render }} from "../part{before}/module{n}";\nimport config from "../../config";\n\n',
    "py": "import os\nimport requests\nfrom src.part{before} import module{n}\nfrom flask import render\n\n\n",
    "go": 'package part{part}\n\nimport (\n\t"fmt"\n\t"net/http"\n\t"os"\n)\n\n',
}
_KINDS = (("ts", _NODE, "package.json"), ("py", _PYTHON, "requirements.txt"), ("go", _GO, "go.mod"))
_MANIFESTS = {
    "package.json": '{"name": "service", "main": "dist/index.js", "scripts": {"build": "tsc"}}\n',
    "requirements.txt": "flask\nrequests\n",
    "go.mod": "module example.org/service\n\ngo 1.24\n",
}
_JUNK = {
    "ts": ("dist/index.js", "dist/assets/app.js", "node_modules/left/index.js", "coverage/lcov.info", ".env"),
    "py": ("__pycache__/module.cpython-313.pyc", ".venv/pyvenv.cfg", ".pytest_cache/README.md", "app.log", ".env"),
    "go": ("service.test", "coverage.out", "tmp/build-errors.log", ".env"),
}
_IGNORED = "dist/\nnode_modules/\ncoverage/\n.env\n__pycache__/\n.venv/\n.pytest_cache/\n*.log\n*.test\n*.out\ntmp/\n"


def files() -> Iterator[tuple[str, str]]:
    """Give each file's path and its text."""
    services = ["services:"]
    for number in range(BUILDS):
        ending, dockerfile, manifest = _KINDS[number % len(_KINDS)]
        top, is_narrow = f"services/service{number:02}", number % 2 == 1
        source = "." if is_narrow else top
        yield f"{top}/Dockerfile", dockerfile.format(top="" if is_narrow else f"{top}/", source=source)
        yield f"{top}/{manifest}", _MANIFESTS[manifest]
        yield from ((f"{top}/{path}", "junk\n") for path in _JUNK[ending])
        for file in range(FILES):
            yield f"{top}/src/part{file // 10}/module{file}.{ending}", _source(ending, file)
        services += [f"  service{number:02}:", "    build:", f"      context: {top if is_narrow else '.'}"]
        services += [f"      dockerfile: {'Dockerfile' if is_narrow else f'{top}/Dockerfile'}"]
    yield "compose.yaml", "\n".join(services) + "\n"
    yield ".gitignore", _IGNORED


def _source(ending: str, file: int) -> str:
    part = file // 10
    head = _HEAD[ending].format(part=part, before=max(part - 1, 0), n=max(file - 10, 0))
    return head + "\n".join(_CALL[ending].format(n=file * CALLS + call, part=part) for call in range(CALLS))


def make(root: Path) -> Path:
    """Make the repository, unless it stands there whole."""
    if not (root / ".git").exists():
        for name, text in files():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        subprocess.run(["git", "add", "."], cwd=root, check=True)
    return root


def rows(runs: dict[Tool, list[Run]]) -> Iterator[list[object]]:
    """Give the medians of each tool, and its processor time as a multiple of the first one's in the same round."""
    base = next(iter(runs.values()))
    for tool, own in runs.items():
        ratio = statistics.median(run.cpu / one.cpu for run, one in zip(own, base, strict=True))
        cpu, wall, peak = (statistics.median(getattr(run, what) for run in own) for what in ("cpu", "wall", "peak"))
        yield [tool.name, cpu, wall, peak, ratio]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=Path, required=True, help="the directory in which the repository is made and kept")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    root = make(options.at / "many")
    command = (*CTXAUDIT, "--fail-on", "never", "--all")
    tools = [Tool("audit", command), Tool("--diff", (*command, "--diff"))]
    head = ["", "CPU s", "wall s", "peak MB", "CPU / audit"]
    found = list(rows(compared(tools, root, options.rounds)))
    sys.stdout.write(tabulate(found, head, tablefmt="github", floatfmt=("", ".2f", ".2f", ".0f", ".2f")) + "\n")


if __name__ == "__main__":
    main()
