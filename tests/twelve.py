"""A repository of twelve services, as a monorepo has them: eight are sent all of it, four a directory of their own.

Its branch adds films and two tracked secrets; its working tree has what git ignores.
"""

from __future__ import annotations

from pathlib import Path

from support import git, make_tree

NAMES = [
    *("api-gateway", "auth", "billing", "catalog", "checkout", "mailer", "media", "orders"),
    *("search", "shipping", "users", "web"),
]
SHARING = NAMES[:8]  # those that are sent the whole repository
SECRETS = {
    "services/auth/.env": "DATABASE_PASSWORD=correct-horse-battery\n",
    "services/billing/.env": "STRIPE_SECRET_KEY=" + "sk_live_51Habcdefghijklmnopqrstuv\n",
}


def twelve_services(root: Path) -> Path:
    """Make the repository, on the branch."""
    make_tree(root, {"compose.yaml": _compose(), ".gitignore": "node_modules\ndist\n.env.local\n", "README.md": "x\n"})
    for name in NAMES:
        make_tree(root / "services" / name, _service(name))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    git(root, "checkout", "-qb", "feature")
    make_tree(root, {f"assets/film-{number}.mp4": bytes(range(256)) * 15_742 for number in range(5)})
    make_tree(root, dict(SECRETS))
    git(root, "add", "-f", "-A")
    git(root, "commit", "-qm", "films")
    return make_tree(root, {"services/web/dist/app.js": "x" * 3_000_000, ".idea/workspace.xml": "<a/>"})


def _service(name: str) -> dict[str, str | bytes | None]:
    work = f"WORKDIR /app/services/{name}\n" if name in SHARING else ""
    return {
        "Dockerfile": f'FROM node:22-slim\nWORKDIR /app\nCOPY . .\n{work}RUN npm ci\nCMD ["node", "src/index.js"]\n',
        "package.json": f'{{"name": "{name}", "scripts": {{"build": "tsc"}}}}',
        "package-lock.json": '{"lockfileVersion": 3}',
        "src/index.js": "export const a = 1\n" * 50,
    }


def _compose() -> str:
    own = [f"  {name}:\n    build: services/{name}\n" for name in NAMES if name not in SHARING]
    sharing = [
        f"  {name}:\n    build:\n      context: .\n      dockerfile: services/{name}/Dockerfile\n" for name in SHARING
    ]
    return "services:\n" + "".join((*sharing, *own))
