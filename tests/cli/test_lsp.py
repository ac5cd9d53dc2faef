"""`ctxaudit lsp` beside a real client of the Language Server Protocol: it opens, edits, asks and applies."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import BaseLanguageClient

from ctxaudit.cli.documents import look
from support import ctxaudit, git, make_tree, ran, started

LONGEST = 60  # seconds until an answer has to come
SPOKEN = "import pygls.lsp.server"  # which takes longer to import than to start
NODE: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\n",
    "package.json": "{}",
    "package-lock.json": "{}",
    ".gitignore": "node_modules\n",
    "node_modules/a/index.js": "x" * 5000,
    "README.md": "r" * 300,
}
Answer = Callable[["Editor"], Awaitable[None]]


class Editor:
    """A client with a folder open, and what it was told of each file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._client = BaseLanguageClient("test", "1")
        self._told: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()
        self._versions: dict[str, int] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self._told.put_nowait(params))

    async def start(self) -> None:
        """Start the server as an editor does, with a pipe at each end."""
        await self._client.start_io(sys.executable, "-m", "ctxaudit", "lsp", cwd=os.fspath(self.root))
        await self._greet()

    async def start_forked(self) -> None:
        """Start it as a fork, with a socket as both of its streams, as a client waits for no process but its own."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            await self._client.start_tcp(*server.getsockname())
            connection, _ = server.accept()
        with connection:
            self._process = started("lsp", before=SPOKEN, cwd=self.root, stdin=connection, stdout=connection)
        await self._greet()

    async def _greet(self) -> None:
        folders = lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), root_uri=self.root.as_uri())
        await self._client.initialize_async(folders)
        self._client.initialized(lsp.InitializedParams())

    async def stop(self) -> None:
        await self._client.shutdown_async(None)
        self._client.exit(None)
        await self._client.stop()
        assert self._process is None or self._process.wait(LONGEST) == 0

    def open(self, name: str) -> None:
        uri = self._uri(name)
        self._versions[uri] = 1
        text = (self.root / name).read_bytes().decode()
        self._client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "text", 1, text)))

    def type(self, name: str, text: str) -> None:
        """Replace the whole text, and save nothing."""
        uri = self._uri(name)
        self._versions[uri] += 1
        document = lsp.VersionedTextDocumentIdentifier(version=self._versions[uri], uri=uri)
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        self._client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    async def problems(self, name: str) -> list[tuple[int, str, str]]:
        """Wait for what is said of the newest text: lines, the first being 1, rules and messages, without notes."""
        uri = self._uri(name)
        while True:
            told = await asyncio.wait_for(self._told.get(), LONGEST)
            if told.uri == uri and told.version == self._versions[uri]:
                break
        grave = [one for one in told.diagnostics if one.severity != lsp.DiagnosticSeverity.Information]
        return [(one.range.start.line + 1, str(one.code), one.message) for one in grave]

    async def told_of(self, uri: str, text: str) -> list[str]:
        """Open what is not a file that is there, and give the messages about it."""
        self._client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "text", 1, text)))
        told = await asyncio.wait_for(self._told.get(), LONGEST)
        assert told.uri == uri
        return [one.message for one in told.diagnostics]

    async def hover(self, name: str, line: int) -> str:
        place = lsp.HoverParams(lsp.TextDocumentIdentifier(self._uri(name)), lsp.Position(line - 1, 1))
        found = await asyncio.wait_for(self._client.text_document_hover_async(place), LONGEST)
        if found is None:
            return ""
        assert isinstance(found.contents, lsp.MarkupContent)
        return found.contents.value

    async def actions(self, name: str, line: int) -> dict[str, lsp.WorkspaceEdit]:
        span = lsp.Range(lsp.Position(line - 1, 0), lsp.Position(line - 1, 0))
        asked = lsp.CodeActionParams(lsp.TextDocumentIdentifier(self._uri(name)), span, lsp.CodeActionContext([]))
        found = await asyncio.wait_for(self._client.text_document_code_action_async(asked), LONGEST)
        actions = [one for one in found or () if isinstance(one, lsp.CodeAction)]
        return {one.title: one.edit for one in actions if one.edit is not None}

    def apply(self, edit: lsp.WorkspaceEdit) -> None:
        """Do what an editor does, and save."""
        changes: dict[str, list[Any]] = {uri: list(edits) for uri, edits in (edit.changes or {}).items()}
        for one in edit.document_changes or ():
            if isinstance(one, lsp.CreateFile):
                Path(one.uri.removeprefix("file://")).touch()
            elif isinstance(one, lsp.TextDocumentEdit):
                changes.setdefault(one.text_document.uri, []).extend(one.edits)
        for uri, edits in changes.items():
            file = Path(uri.removeprefix("file://"))
            text = file.read_bytes().decode()
            for change in edits:
                text = (
                    text[: _offset(text, change.range.start)]
                    + change.new_text
                    + text[_offset(text, change.range.end) :]
                )
            file.write_bytes(text.encode())

    def _uri(self, name: str) -> str:
        return (self.root / name).as_uri()


def _offset(text: str, at: lsp.Position) -> int:
    lines = text.splitlines(keepends=True)
    before = "".join(lines[: at.line])
    rest = lines[at.line] if at.line < len(lines) else ""
    return len(before) + len(rest.encode("utf-16-le")[: at.character * 2].decode("utf-16-le"))


def edit_in(root: Path, tree: Mapping[str, str | bytes | None], steps: Answer, *, forked: bool = True) -> None:
    make_tree(root, tree)
    git(root, "init", "-q")

    async def run() -> None:
        editor = Editor(root.resolve())
        await (editor.start_forked() if forked else editor.start())
        try:
            await steps(editor)
        finally:
            await editor.stop()

    asyncio.run(run())


def test_an_ignore_file_is_judged_while_it_is_typed(tmp_path: Path) -> None:
    async def steps(editor: Editor) -> None:
        editor.open(".dockerignore")
        (first,) = await editor.problems(".dockerignore")
        assert (first[0], first[1]) == (1, "not-needed")
        assert "node_modules" in first[2]
        editor.type(".dockerignore", "*.md\nnode_modules\n.git\n")
        assert await editor.problems(".dockerignore") == []
        editor.type(".dockerignore", "*.md\n[a\n")
        ((line, rule, message),) = await editor.problems(".dockerignore")
        assert (line, rule) == (2, "not-readable")
        assert message.startswith('syntax error in pattern "[a"')
        assert (editor.root / ".dockerignore").read_text() == "*.md\n"

    edit_in(tmp_path, {**NODE, ".dockerignore": "*.md\n"}, steps, forked=False)


def test_a_dockerfile_is_judged_with_the_text_that_is_typed(tmp_path: Path) -> None:
    async def steps(editor: Editor) -> None:
        editor.open("Dockerfile")
        assert [(line, rule) for line, rule, _ in await editor.problems("Dockerfile")] == [(3, "node-modules")]
        editor.type("Dockerfile", "FROM node\nCOPY package.json /\nCOPYY x y\n")
        ((line, rule, message),) = await editor.problems("Dockerfile")
        assert (line, rule) == (3, "not-readable")
        assert "unknown instruction: COPYY" in message

    edit_in(tmp_path, {**NODE, ".dockerignore": "*.md\n.git\n"}, steps)


def test_the_text_of_one_open_file_counts_for_another(tmp_path: Path) -> None:
    async def steps(editor: Editor) -> None:
        editor.open(".dockerignore")
        await editor.problems(".dockerignore")
        editor.type(".dockerignore", "node_modules\n.git\n")
        await editor.problems(".dockerignore")
        editor.open("Dockerfile")
        assert await editor.problems("Dockerfile") == []

    edit_in(tmp_path, {**NODE, ".dockerignore": "*.md\n"}, steps)


def test_hover_says_what_a_line_excludes_and_an_instruction_takes(tmp_path: Path) -> None:
    async def steps(editor: Editor) -> None:
        editor.open(".dockerignore")
        assert await editor.hover(".dockerignore", 1) == "excludes 1 file, 5.00kB"
        assert await editor.hover(".dockerignore", 2) == ""
        assert await editor.hover(".dockerignore", 3) == "excludes 1 file, 300B"
        editor.type(".dockerignore", "node_modules\n.git\n*.md\n!README.md\n")
        assert await editor.hover(".dockerignore", 4) == "includes 1 file, 300B"
        editor.open("Dockerfile")
        assert await editor.hover("Dockerfile", 1) == ""
        # .dockerignore counts with the 30 bytes that are on the disk
        assert await editor.hover("Dockerfile", 3) == "takes 6 files of the context, 401B"

    edit_in(tmp_path, {**NODE, ".dockerignore": "node_modules\n# text\n*.md\n.git\n"}, steps)


@pytest.mark.parametrize("before", [None, "", "*.md\n", "*.md", "*.md\r\n", "# é😀\n*.md"])
def test_the_fix_of_an_ignore_file_is_what_write_writes(tmp_path: Path, before: str | None) -> None:
    tree = {**NODE, **({} if before is None else {".dockerignore": before})}
    here, there = tmp_path / "here", tmp_path / "there"
    make_tree(there, tree)
    git(there, "init", "-q")

    async def steps(editor: Editor) -> None:
        name = "Dockerfile" if before is None else ".dockerignore"
        editor.open(name)
        await editor.problems(name)
        actions = await editor.actions(name, 3 if before is None else 1)
        (title,) = (one for one in actions if one.startswith("Exclude what is not needed from .dockerignore: "))
        editor.apply(actions[title])

    edit_in(here, tree, steps)
    assert ctxaudit("--write", there).returncode == 0
    assert (here / ".dockerignore").read_bytes() == (there / ".dockerignore").read_bytes()


def test_the_fix_of_a_line_replaces_that_line(tmp_path: Path) -> None:
    async def steps(editor: Editor) -> None:
        editor.open(".dockerignore")
        found = await editor.problems(".dockerignore")
        assert [(line, rule) for line, rule, _ in found] == [(2, "inline-comment")]
        editor.apply((await editor.actions(".dockerignore", 2))["Write *.md"])
        assert (editor.root / ".dockerignore").read_bytes() == b".git\r\n*.md\r\nnode_modules\r\n"

    edit_in(tmp_path, {**NODE, ".dockerignore": b".git\r\n*.md # text\r\nnode_modules\r\n"}, steps)


def test_a_compose_file_is_judged_at_the_line_of_its_service(tmp_path: Path) -> None:
    compose = "services:\n  web:\n    build: .\n"

    async def steps(editor: Editor) -> None:
        editor.open("compose.yaml")
        assert await editor.problems("compose.yaml") == []
        editor.type("compose.yaml", compose.replace("build: .", "build: missing"))
        ((line, rule, message),) = await editor.problems("compose.yaml")
        assert (line, rule) == (3, "not-readable")
        assert "missing" in message

    edit_in(tmp_path, {**NODE, "compose.yaml": compose, ".dockerignore": "*.md\n.git\n"}, steps)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("notes.txt", "x\n", id="a text that no build reads"),
        pytest.param("other.yaml", "a: 1\n", id="a YAML file that declares no build"),
        pytest.param("Dockerfile.j2", "FROM {{ base }}\nCOPY . .\n", id="a template of a Dockerfile"),
    ],
)
def test_a_file_that_no_build_reads_has_no_problems(tmp_path: Path, name: str, text: str) -> None:
    make_tree(tmp_path, {**NODE, name: text})
    git(tmp_path, "init", "-q")
    found = look(os.path.realpath(tmp_path / name), {})
    assert (found.problems, found.edits) == ((), ())


def test_a_file_that_was_never_saved_has_no_problems_until_it_is(tmp_path: Path) -> None:
    tree = {**NODE, ".dockerignore": "*.md\n"}

    async def steps(editor: Editor) -> None:
        for uri in ("untitled:Untitled-1", (editor.root / "gone" / "Dockerfile").as_uri(), "git:/Dockerfile?HEAD"):
            assert await editor.told_of(uri, "FROM node\nCOPY . .\n") == []
        editor.open("Dockerfile")  # the server goes on
        assert [rule for _, rule, _ in await editor.problems("Dockerfile")] == ["node-modules", "vcs-git"]

    edit_in(tmp_path, tree, steps)


def test_the_configuration_counts(tmp_path: Path) -> None:
    make_tree(tmp_path, {**NODE, ".dockerignore": ".git\n*.md\n", "ctxaudit.toml": 'ignore = ["dependencies"]\n'})
    git(tmp_path, "init", "-q")
    found = look(os.path.realpath(tmp_path / "Dockerfile"), {})
    assert [one.rule for one in found.problems if one.severity != "note"] == []


def test_a_missing_pygls_is_named_with_what_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    done = ctxaudit("lsp")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.splitlines()[0] == b"error: pygls is not installed"


def special(root: Path) -> Path:
    """Make a project with what no editor opens: a FIFO, devices, a file that is not UTF-8."""
    make_tree(root, {**NODE, "latin/Dockerfile": "FROM node\nCOPY . .\n", "latin/.dockerignore": b"\xff*.log\n"})
    make_tree(root, {"latin/package.json": "{}", "latin/node_modules/a.js": "x" * 5000})
    os.mkfifo(root / "Dockerfile.fifo")
    (root / "Dockerfile.zero").symlink_to("/dev/zero")
    (root / "Dockerfile.env").symlink_to("/proc/self/environ")
    return root


STRANGE = ["Dockerfile.fifo", "Dockerfile.zero", "Dockerfile.env", "nowhere/Dockerfile", "a%00b", "latin/Dockerfile"]


def test_what_is_not_open_is_read_as_files_are(tmp_path: Path) -> None:
    async def ask(editor: Editor) -> None:
        for name in STRANGE:
            uri = f"{editor.root.as_uri()}/{name}"
            place = lsp.HoverParams(lsp.TextDocumentIdentifier(uri), lsp.Position(0, 0))
            assert "PATH" not in str(await asyncio.wait_for(editor._client.text_document_hover_async(place), LONGEST))
            span = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
            asked = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), span, lsp.CodeActionContext([]))
            assert not await asyncio.wait_for(editor._client.text_document_code_action_async(asked), LONGEST)

    edit_in(special(tmp_path), NODE, ask)


def test_it_ends_without_a_word_when_the_editor_ends_it(tmp_path: Path) -> None:
    asked = [
        {"id": 1, "method": "initialize", "params": {"capabilities": {}, "processId": None, "rootUri": None}},
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    sent = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in asked]
    spoken = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(message), message) for message in sent)
    done = ran("lsp", before=SPOKEN, input=spoken, cwd=tmp_path, capture_output=True, timeout=LONGEST)
    assert (done.returncode, done.stderr, done.stdout.count(b"Content-Length")) == (0, b"", 2)
