"""Names that a report must survive, and a report that holds one of them wherever a name can stand."""

from __future__ import annotations

from ctxaudit.model import (
    Amount,
    Audit,
    Baseline,
    Budget,
    Comparison,
    Dropped,
    Edit,
    Entry,
    Failure,
    Finding,
    Gate,
    GitIgnored,
    Kept,
    Known,
    Location,
    PathChange,
    Position,
    Proof,
    Proposal,
    Report,
    Severity,
    SharedContext,
    Totals,
    Unknown,
    Withheld,
)

# The control characters of which a format is made, besides those of a name.
ALLOWED = {"html": "\n\t"}
LONG = "/".join(["n" * 255] * 16)[:4095] + "n"
NAMES = {
    "a newline": "a\nb",
    "a carriage return": "a\r\n::error::b",
    "an escape sequence": "a\x1b[31mb\x1b]8;;http://evil.example\x07",
    "backticks": "a`b``c```",
    "a fence": "```\n# heading\n```",
    "only backticks": "```",
    "pipes": "a|b||c",
    "a backslash before a pipe": "a\\|b\\\\|c",
    "a backslash at the end": "a\\",
    "HTML": "<img src=x onerror=alert(1)>",
    "the end of a script": "</script><script>alert(1)</script>",
    "the end of a comment": "--><b>",
    "the end of CDATA": "]]>",
    "the end of a folded section": "</code></summary></details><h1>",
    "an entity": "&lt;b&gt;&amp;#96;",
    "a link": "[a](http://evil.example)",
    "a link by reference": "[a][0]](1)",
    "an image": "![a](http://evil.example/x.png)",
    "an address": "http://evil.example www.evil.example",
    "a mention": "@octocat",
    "an issue": "#1 GH-1 a/b#1",
    "emphasis": "**a** _b_ ~~c~~",
    "a workflow command": "::error file=x,line=1::owned",
    "an old workflow command": "##[add-mask]a",
    "escapes of a workflow command": "a%0Ab%25:,",
    "a placeholder": "{0} {} {{x}} %s",
    "blanks around": "  a  ",
    "only blanks": "  ",
    "quotes": '"a\' b"',
    "a drive and a scheme": "C:\\a:b",
    "a right-to-left override": "a\u202egpj.exe",
    "a separator of lines": "a\u2028b\u2029c\x85d",
    "letters beyond the first plane": "\U0001f4a9é漢",
    "bytes that are not UTF-8": "a\udcff\udc80b",
    "a NUL": "a\0b",
    "a path of 4,096 bytes": LONG,
}

# What ends, begins or hides something for one reader or another; each stands alone, inside and at both ends of a name.
_PARTS = (
    *("<b>x</b>", "</code>", "<!--", "-->", "<https://evil.example>", "&#60;", "<svg/onload=alert(1)>", "{{7*7}}"),
    *(
        "[x](//evil.example)",
        "![x](//evil.example)",
        "[^1]",
        "[x]: //evil.example",
        "|",
        "\\|",
        "`",
        "``",
        "~~~",
        "***",
    ),
    *("@octocat", "#1", "user@evil.example", "ftp://evil.example", "- [ ] x", "> x", "1. x", "---", ":+1:", "$x$"),
    *(
        "\x1b[2J",
        "\x1b]8;;//evil.example\x1b\\",
        "\x1b]52;c;eA==\x07",
        "\x1bP0$q",
        "\x9b31m",
        "\x9d0;x\x9c",
        "\x07",
        "\b",
    ),
    *("\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\u2028", "\x85", "\x0b", "\x0c", "\x7f", "\U000e0041"),
    *("::error::x", "##[error]x", "%0A", "\n::stop-commands::x", "\r::add-mask::x", "\n# x", "\n\n<b>", "\t"),
    *("\udcff", "\udc9b31m", "\udced\udca0\udc80", "-rf", ":x", "!x", "~", "$(id)", "'\"", "\\", "n" * 255),
)
MANY = tuple(dict.fromkeys(name for part in _PARTS for name in (part, f"a{part}b", f"{part}/a", f"a/{part}")))


def finding(path: str, severity: Severity = "error", kind: str = "secret-dotenv", size: int = 1234) -> Finding:
    """A finding whose message and places hold the path."""
    return Finding(
        rule=kind or "sent-empty",
        kind=kind,
        severity=severity,
        path=path,
        type="file",
        files=1,
        bytes=size,
        reach="final",
        location=Location(path, 3),
        message=f"{path} is {size}B: {path}",
        evidence="looks like it holds secrets",
        pattern=pattern(path),
    )


def pattern(path: str) -> str:
    """A line of an ignore file for the path, "" where none can say it."""
    return path if path.isprintable() else ""


GATE = Gate("error", 2, (Budget("max-size", "5.00kB", 5000, 5678),))


def report_with(name: str) -> Report:
    """A report in which every name and every sentence holds *name*, and every part is there."""
    totals = Totals(3, 5678, 6789)
    unknown = Unknown(f"what {name} is", name, f"look at {name}")
    change = PathChange(
        name, "file", Amount(1, 2), Amount(1, 1000), Location(name, 1), "secret-dotenv", True, True, None,
        f"COPY {name} /",
    )  # fmt: skip
    gone = PathChange(name, "dir", Amount(1, 2), None, None, "", False, False, Location(name, 9))
    comparison = Comparison(
        name, "1" * 40, "2" * 40, Totals(2, 4680, 5000), totals, (change, gone),
        (Dropped(name, Location(name, 4), f"COPY {name} /", Location(name, 2)),), (unknown,),
        (GitIgnored(f"{name}/.env", "file", "secret-dotenv", True, Location(name, 5), Location(name, 1), name, "a"),),
    )  # fmt: skip
    edit = Edit(
        name, Position(1, 1), Position(1, 1), f"{name}\n", f"--- a/{name}\n+++ b/{name}\n@@ -0,0 +1 @@\n+{name}\n"
    )
    both = {"buildkit": totals, "classic": totals}
    proposal = Proposal(("a",), (Kept(name, f"{name} needs it"),), Proof(1, 0, 0, 1, both, both), edit)
    findings = (finding(name), finding(name, kind=""), finding(name, "warning"), finding(name, "note", size=0))
    audit = Audit(
        name, name, name, "buildkit", name, totals, totals, True, findings, (Entry(name, "file", 9, 9),),
        (unknown,), proposal, Location(name, 7), comparison, gate=GATE, withheld=Withheld(3, 1, 2, 4),
        arguments=("--compose", name, "--service", name),
    )  # fmt: skip
    baseline = Baseline(name, 4, (Known(name, "0" * 32, "secret-dotenv", name),))
    failure = Failure(name, Location(name, 7), f"{name}: no such thing\n  fix: fix {name}")
    shared = SharedContext(name, (name, name), Amount(6, 9000), Amount(3, 5678))
    return Report((audit, audit), baseline, (failure,), (shared,), ("--compose", name))


def report_of(count: int) -> Report:
    """A report of one build with so many findings, warnings of falling size."""
    findings = tuple(finding(f"d/{number:06}", "warning", "log-file", 10**6 - number) for number in range(count))
    totals = Totals(count, 10**6 * count, 10**6 * count)
    return Report((Audit("Dockerfile", ".", "Dockerfile", "buildkit", "", totals, totals, True, findings, (), ()),))
