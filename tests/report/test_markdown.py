"""Markdown, rendered to HTML as GitHub does: hostile names change nothing but the text of code."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from golden import WHOLE, golden
from hostile import MANY, NAMES, finding, report_of, report_with
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ctxaudit.model import Budget, Gate, Report, Withheld
from ctxaudit.report import Layout, escape, markdown
from planted import PASSWORD, github
from support import ctxaudit, git, here, make_tree

RENDERER = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough", "linkify"])
TAGS = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "code", "pre"}
TAGS |= {"details", "summary", "b", "sub", "em", "ul", "li"}
CODE = {"code", "pre"}


class Skeleton(HTMLParser):
    """The tags in order with the text that is not code, and the texts of code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shape: list[str] = []
        self.codes: list[str] = []
        self._inside = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append(f"<{tag} {attrs}>")
        if tag in CODE:
            self._inside += 1
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        self.shape.append(f"</{tag}>")
        self._inside -= tag in CODE

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.codes[-1] += data
        else:
            self.shape.append(data)


def skeleton(text: str) -> Skeleton:
    return Skeleton(RENDERER.render(text))


def tags(shape: list[str]) -> set[str]:
    return set(re.findall(r"</?([^ >]+)", "".join(part for part in shape if part.startswith("<"))))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_hostile_name_changes_nothing_but_the_text_of_code(name: str) -> None:
    harmless, hostile = (skeleton(markdown.fitted(report_with(one), Layout(), 10**8)) for one in ("harmless", name))
    assert hostile.shape == harmless.shape
    assert tags(hostile.shape) <= TAGS
    shown = escape.line(name)
    assert sum(shown in code for code in hostile.codes) >= 10


def test_many_names_are_the_text_of_code_and_nothing_else() -> None:
    harmless = skeleton(markdown.fitted(report_with("harmless"), Layout(), 10**8)).shape
    others = [
        name for name in MANY[::3] if skeleton(markdown.fitted(report_with(name), Layout(), 10**8)).shape != harmless
    ]
    assert [*map(ascii, others)] == []


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_code_gives_the_text_back(name: str) -> None:
    cell = skeleton(f"| a | b |\n| - | - |\n| {escape.code(name)} | c |\n")
    sentence = skeleton(f"It is {escape.code(name)}.")
    folded = skeleton(f"<details><summary>{escape.html_code(name)}</summary>\n\nx\n\n</details>")
    assert [one.codes for one in (cell, sentence, folded)] == [[escape.line(name)]] * 3
    assert cell.shape.count("<td []>") == 2


@pytest.mark.parametrize("sample", WHOLE)
def test_every_table_of_a_sample_is_whole(sample: str) -> None:
    shape = skeleton(golden(sample, "md").read_text()).shape
    assert tags(shape) <= TAGS
    assert "|" not in "".join(part for part in shape if not part.startswith("<"))


def test_where_no_ignore_file_fixes_what_was_found_it_says_so(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a.py /\n", "a.py": f"PASSWORD = '{PASSWORD}'\n"})
    text = ctxaudit("--format", "markdown", cwd=tmp_path).stdout.decode()
    assert text.splitlines()[2] == "Passes; what no ignore file fixes is below."
    assert "**What the ignore file cannot fix**" in text


def test_a_report_with_a_base_says_what_the_branch_changes() -> None:
    text = markdown.render(Report(report_with("a").targets[:1]), Layout())
    assert text.startswith(
        "### Build context: 4.68kB → 5.68kB (+998B) :x:\n\n"
        "**Fails**; the branch adds 998B; 1 path that the build reads is not sent any more; over max-size (5.00kB); "
        "1 secret enters an image; the fix is below.\n\n"
        ":lock: **This branch makes a secret reach an image**\n\n"
        "- `a/a`: `secret-dotenv`, in the final image\n\n"
        "**Read by the build, and not sent any more**\n\n"
        "| Path | Asked for by | Where | Excluded by |\n"
        "| :-- | :-- | :-- | :-- |\n"
        "| `a/a` | `COPY a /` | `a:4` | `a:2` |\n\n"
        "**Budgets**\n\n"
        "- `a`: over budget: 5.68kB sent, max-size is 5.00kB: 678B too much\n\n"
        "| Build | Base | Head | Change | Files |\n"
        "| :-- | --: | --: | --: | --: |\n"
        "| `a` | 4.68kB | 5.68kB | **+998B** | +1 |\n\n"
    )
    assert (
        "**Largest changes**\n\n"
        "| Size | Change | Path | Why it is sent |\n"
        "| --: | --: | :-- | :-- |\n"
        "| 1.00kB | +998B | :lock: `a/a` | `a:1` `COPY a /`, `secret-dotenv` |\n"
        "| gone | -2B | `a/a/` | excluded by `a:9` |\n\n"
    ) in text
    assert text.endswith(
        "<sub>ctxaudit 0.1.0, <code>2222222</code> against <code>1111111</code> (where it left <code>a</code>), "
        "tracked files only. "
        "Locally: <code>ctxaudit&#32;--compose&#32;a&#32;--service&#32;a&#32;--base&#32;a</code></sub>\n"
    )


_TWO = "services:\n  a:\n    build: .\n  holds:\n    build: {context: ., dockerfile: D}\n"


def test_the_name_of_a_build_is_code_only_where_it_is_one(tmp_path: Path) -> None:
    run = f"RUN curl -u amy:{PASSWORD} https://acme.internal/\n"
    files = {"Dockerfile": f"FROM alpine\n{run}", "D": f"FROM alpine\nRUN true\n{run}", "compose.yaml": _TWO}
    said = ctxaudit("--compose", "compose.yaml", "--format", "markdown", cwd=make_tree(tmp_path, files)).stdout.decode()
    message = "RUN holds a password on a command line or in a call, which stays in the image's history and layers"
    assert f"{message} (in the final image of `a`)" in said
    assert f"{message} (in the final image of `holds`)" in said


def test_a_secret_of_two_builds_is_counted_once(tmp_path: Path) -> None:
    dockerfile = "FROM scratch AS a\nCOPY . /\nFROM scratch\nCOPY --from=a /x /\n"
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "D": dockerfile, "compose.yaml": _TWO})
    git(tmp_path, "init", "-q", "-b", "main")
    for name, text in (("a.txt", "1\n"), ("s.py", f"K = '{github()}'\n")):
        make_tree(tmp_path, {name: text})
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", name)
    command = ("--compose", "compose.yaml", "--base", "HEAD~1", "--format", "markdown")
    said = ctxaudit(*command, cwd=tmp_path).stdout.decode()
    assert (
        ":lock: **This branch makes a secret reach an image**\n\n"
        "- `s.py:1`: `secret-github-token`, in the final image\n\n"
    ) in said


def test_a_broken_budget_and_what_is_not_reported_are_said() -> None:
    budgets = (
        Budget("max-size", "1.00kB", 1000, 5678),
        Budget("max-files", "9", 9, 3),
        Budget("max-growth", "1%", None, None),
    )
    (target,) = report_of(0).targets
    said = replace(target, gate=Gate("error", 0, budgets), withheld=Withheld(suppressed=2, secrets=1, known=3))
    text = markdown.render(Report((said,)), Layout())
    assert text.startswith(
        "### Build context: 0B in 0 files :x:\n\n"
        "**Fails**; over max-size (1.00kB).\n\n"
        "**Budgets**\n\n"
        "- `Dockerfile`: over budget: 5.68kB sent, max-size is 1.00kB: 4.68kB too much\n"
        "- `Dockerfile`: budget unknown: max-growth is 1%, and there is nothing to compare with: name a commit, as "
        "`--base origin/main`\n\n"
    )
    assert (
        "\n\n- 2 findings suppressed by comments, 1 secret among them.\n- 3 findings known from the baseline.\n\n"
    ) in text


def test_an_ignore_file_of_several_builds_is_shown_once() -> None:
    assert markdown.render(report_with("a"), Layout()).count("```diff") == 1


def test_the_rows_beyond_the_top_are_counted() -> None:
    assert "\n\nand 3 more\n\n" in markdown.render(varied(5), Layout(top=2))
    assert "more" not in markdown.render(varied(5), Layout(top=0))


def varied(count: int) -> Report:
    """A report with so many rows in a table, as each directory has one of its own."""
    target = report_of(count).targets[0]
    return Report((replace(target, findings=tuple(replace(one, type="dir") for one in target.findings)),))


def many(builds: int, rows: int, diff: int, name: str = "") -> Report:
    """A report of so many builds, each with so many errors, and one diff of so many lines; *name* begins each path."""
    (target, _) = report_with("a").targets
    assert target.proposal is not None
    assert target.proposal.edit is not None
    edit = replace(target.proposal.edit, diff="+line\n" * diff)
    proposal = replace(target.proposal, edit=edit, kept=())
    findings = tuple(finding(f"{name}{number}") for number in range(rows))
    one = replace(target, findings=findings, comparison=None, unknowns=(), proposal=proposal)
    return Report(tuple(replace(one, name=f"build-{number}", context=f"{number}") for number in range(builds)))


def sections(text: str) -> tuple[bool, int, int, int]:
    """Whether all findings are listed, and how many lines of the diff, errors and builds there are."""
    errors = text.partition("**Errors**")[2].partition("**Not")[0]
    return (
        "findings</summary>" in text,
        len(re.findall(r"^\+line$", text, re.MULTILINE)),
        len(re.findall(r"^\| `secret", errors, re.MULTILINE)),
        len(re.findall(r"^\| `build-", text, re.MULTILINE)),
    )


def test_what_is_too_long_is_shortened_in_the_stated_order() -> None:
    report, layout = many(builds=30, rows=2, diff=100), Layout(top=0)
    whole = markdown.render(report, layout)
    steps, text = [], whole
    for _ in range(6):
        steps.append(sections(text))
        text = markdown.fitted(report, layout, len(text) - 1)
        assert text.endswith("_Shortened: the whole report is in the JSON report._\n")
    assert steps == [
        (True, 100, 60, 30),
        (False, 100, 60, 30),
        (False, 60, 60, 30),
        (False, 60, 10, 30),
        (False, 60, 10, 20),
        (False, 0, 0, 0),
    ]
    assert markdown.fitted(report, layout, len(whole)) == whole


def test_it_is_never_longer_than_a_job_s_summary_may_be() -> None:
    text = markdown.render(many(builds=30, rows=20, diff=60, name="x" * 900), Layout(top=0))
    assert sections(text) == (False, 60, 10, 30)
    assert len(text) <= markdown.LONGEST
    assert text.endswith("_Shortened: the whole report is in the JSON report._\n")


def test_a_branch_that_adds_no_secret_is_told_from_one_that_does(tmp_path: Path) -> None:
    aws = "key = 'AKIA" + "Z7VRSQ5TJN2XMHGC'\n"
    mail = "hook = 'https://hooks.slack.com/services/T0" + "1ABCDEF/B01ABCDEF/" + "a8Xk2mZq9RtLw4VyB7nHcD3f'\n"
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "src/a.py": mail + aws})
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "1")
    make_tree(tmp_path, {"b": "1"})
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "2")
    said = here(str(tmp_path), "--base", "HEAD~1", "--format", "markdown", "--fail-on", "never").stdout
    assert re.findall(r"\d secrets? enters? an image[^;.]*", said) == ["1 secret enters an image, as before"]
    assert "src/a.py:1`" in said and "``:" not in said


LETTERS = st.text(st.sampled_from("ab .:1('\""), max_size=8)


@given(st.lists(LETTERS, max_size=4), LETTERS, LETTERS)
@example(["a", "a b", "a b"], "a b:12 a", "(a:1)a b")
@example(["'a'", "a"], "'a'", " a:b")
@example([" a", "a"], " a a", ":1:1")
def test_a_name_is_code_where_it_stands_by_itself(names: list[str], before: str, after: str) -> None:
    sentence = f"{before}{''.join(names[:2])}{after}"
    known = sorted({name for name in names if name and name in sentence}, key=len, reverse=True)
    by_itself = "|".join(f"(?:^|(?<=[ ('\"])){re.escape(name)}(?=[ ),;:'\"]|$)" for name in known)
    pieces = re.split(rf"((?:{by_itself})(?::\d+)?)", sentence) if known else [sentence]
    shown = (escape.code(piece) if number % 2 else escape.prose(piece) for number, piece in enumerate(pieces))
    assert escape.prose(sentence, *names) == "".join(shown)


def test_the_line_of_a_file_is_in_the_code_of_its_name() -> None:
    assert escape.prose("a.js:4 holds a key, by b.js:1", "a.js") == "`a.js:4` holds a key, by `b.js:1`"


def test_a_name_in_what_a_sentence_quotes_does_not_end_it() -> None:
    assert escape.prose("`node dist/a.js` names dist/a.js", "dist/a.js") == "`node dist/a.js` names `dist/a.js`"
    assert escape.prose("a ` b is c ` d", "a ` b") == "``a ` b`` is c `` ` `` d"


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("revoke it and git rm --cached it, or not", "revoke it and `git rm --cached` it, or not"),
        ("docker run -v or --env-file, or so", "`docker run -v` or `--env-file`, or so"),
        ("docker run --env-file ./.env, or so", "`docker run --env-file ./.env`, or so"),
        ("with RUN --mount=type=secret,id=a instead", "with `RUN --mount=type=secret,id=a` instead"),
        ("git tracks it", "git tracks it"),
        (
            "what follows a/Dockerfile:3, b/Dockerfile:3 and 2 more",
            "what follows `a/Dockerfile:3`, `b/Dockerfile:3` and 2 more",
        ),
        ("`npm run build-docker` in line 25 may read it", "`npm run build-docker` in line 25 may read it"),
        ("a.js:1 has the word `build`, and no more", "`a.js:1` has the word `build`, and no more"),
        ("its own (`.gitignore`), and ` one` more", "its own (`.gitignore`), and `` ` one` `` more"),
    ],
)
def test_a_command_in_a_sentence_is_one_piece_of_code(sentence: str, shown: str) -> None:
    assert escape.prose(sentence) == shown


def test_a_word_of_a_title_that_a_path_has_too_is_a_word(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM scratch\nCOPY . /\n",
        "package.json": "{}",
        "coverage/lcov-report/index.html": "x" * 2_000_000,
    }
    git(make_tree(tmp_path, files), "init", "-q")
    said = ctxaudit("--format", "markdown", cwd=tmp_path).stdout.decode()
    assert "| `coverage/` | coverage report: not tracked by git | `Dockerfile:2` |" in said
