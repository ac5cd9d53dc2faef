"""State and downloads of deployment tools."""

from __future__ import annotations

from ctxaudit.rules.evidence import BY_NAME, GIT_IGNORED, UNTRACKED, inside, named
from ctxaudit.rules.kind import Kind

CATEGORY = "infrastructure"

KINDS = (
    Kind(
        "terraform-dir",
        CATEGORY,
        ("**/.terraform", "**/.terragrunt-cache"),
        BY_NAME,
        "warning",
        ("size",),
        "The binaries of Terraform's providers, hundreds of megabytes each, and fetched modules. The lock file beside "
        "it is another one.",
        "kondo; npkill; github/gitignore Terraform",
        types=("dir",),
    ),
    Kind(
        "pulumi-state",
        CATEGORY,
        ("**/.pulumi",),
        inside("stacks", "backups"),
        "warning",
        ("secret",),
        "Pulumi's state of local stacks, with the settings of every resource. Pulumi.<stack>.yaml is an input, and "
        "not meant.",
        "Pulumi documentation",
        types=("dir",),
    ),
    Kind(
        "vagrant-molecule",
        CATEGORY,
        ("**/.vagrant", "**/.molecule", "**/.kitchen"),
        BY_NAME,
        "warning",
        ("size", "secret"),
        "State of virtual machines for development and tests; Vagrant keeps their private keys in it.",
        "github/gitignore Global/Vagrant, ChefCookbook",
        types=("dir",),
    ),
    Kind(
        "platform-dirs",
        CATEGORY,
        ("**/.vercel", "**/.netlify", "**/.firebase", "**/.wrangler", "**/.fly", "**/.amplify"),
        (GIT_IGNORED | (UNTRACKED & inside("project.json", "state.json", "output", "cache"))).saying(
            "of a platform's command-line tool, not tracked by git"
        ),
        "note",
        ("secret", "noise"),
        "What a hosting platform's command-line tool remembers: project numbers, build output, and sometimes pulled "
        "environment variables.",
        "npkill; github/gitignore Node",
        types=("dir",),
    ),
    Kind(
        "serverless-build",
        CATEGORY,
        ("**/.serverless", "**/.aws-sam", "**/cdk.out", "**/.chalice/deployments"),
        ~named("cdk.out", "deployments") | inside("manifest.json", "cdk.out", "*.json", "*.zip"),
        "warning",
        ("size", "secret"),
        "Packages and templates that were made to be deployed; values that were looked up may stand in them.",
        "npkill; AWS SAM and CDK documentation; github/gitignore Node",
        types=("dir",),
        use="name",
    ),
)
