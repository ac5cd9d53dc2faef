"""`ctxaudit lsp`: what an editor asks about the file that is open in it, by the Language Server Protocol 3.17."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from ctxaudit import __version__
from ctxaudit.cli import Outcome, cli
from ctxaudit.errors import CtxauditError
from ctxaudit.files import LARGEST, read_regular

if TYPE_CHECKING:
    from lsprotocol import types as protocol
    from pygls.lsp.server import LanguageServer

    from ctxaudit.cli.documents import Look, Problem
    from ctxaudit.model import Edit, Position, Severity

_DEBOUNCE = 0.3  # seconds without a change before the build is audited again
_EXTRA = "pipx inject docker-ctxaudit pygls, or in a virtual environment pip install pygls"


@cli.command()
def lsp() -> Outcome:
    """Serve editors with findings while you type, and with fixes.

    It also says what a line excludes. An editor starts it, and speaks with it over stdin and stdout by the Language
    Server Protocol.
    """
    if sys.stdin is None:
        raise CtxauditError("stdin is closed, over which an editor speaks", fix="let an editor start it")
    try:
        server = Server()
    except ImportError as error:
        raise CtxauditError("pygls is not installed", fix=_EXTRA) from error
    server.start()
    return Outcome([])


class Server:
    """Answers one editor. Builds are audited one after the other, by a thread of its own."""

    def __init__(self) -> None:
        from lsprotocol import types
        from pygls.lsp.server import LanguageServer

        self._types = types
        self._pool = ThreadPoolExecutor(1)
        self._pending: dict[str, asyncio.Task[None]] = {}
        self._looks: dict[str, tuple[int | None, Look]] = {}  # by document: the version that was looked at
        self._server: LanguageServer = LanguageServer("ctxaudit", __version__)
        answers: dict[str, Callable[..., Awaitable[Any]]] = {
            types.TEXT_DOCUMENT_DID_OPEN: self._changed,
            types.TEXT_DOCUMENT_DID_CHANGE: self._changed,
            types.TEXT_DOCUMENT_DID_SAVE: self._saved,
            types.TEXT_DOCUMENT_DID_CLOSE: self._closed,
            types.TEXT_DOCUMENT_HOVER: self._hover,
            types.TEXT_DOCUMENT_CODE_ACTION: self._actions,
        }
        for name, answer in answers.items():
            self._server.feature(name)(partial(answer))  # pygls marks what it registers, and a method takes no mark

    def start(self) -> None:
        """Speak over stdin and stdout until the editor ends it; what waits to be audited then is not."""
        try:
            # pygls closes what it writes to, and whoever runs a command flushes stdout behind it.
            with open(os.dup(sys.stdout.fileno()), "wb") as stdout:
                self._server.start_io(stdout=stdout)
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _changed(self, params: protocol.DidOpenTextDocumentParams | protocol.DidChangeTextDocumentParams) -> None:
        self._schedule(params.text_document.uri, _DEBOUNCE)

    async def _saved(self, params: protocol.DidSaveTextDocumentParams) -> None:
        """Look at every open document again: what one says depends on the others."""
        for uri in self._open():
            self._schedule(uri, 0)

    async def _closed(self, params: protocol.DidCloseTextDocumentParams) -> None:
        self._looks.pop(params.text_document.uri, None)
        self._publish(params.text_document.uri, None, ())

    def _open(self) -> list[str]:
        return list(self._server.workspace.text_documents)

    def _schedule(self, uri: str, delay: float) -> None:
        if uri in self._pending:
            self._pending[uri].cancel()
        self._pending[uri] = asyncio.ensure_future(self._look_again(uri, delay))

    async def _look_again(self, uri: str, delay: float) -> None:
        await asyncio.sleep(delay)
        document = self._server.workspace.get_text_document(uri)
        found = await self._look(uri)
        lines = self._lines(uri)
        self._publish(uri, document.version, [self._diagnostic(problem, lines) for problem in found.problems])

    async def _look(self, uri: str) -> Look:
        """Look at a document as it is now, once for each version."""
        from ctxaudit.cli.documents import Look

        version = self._server.workspace.get_text_document(uri).version
        path = self._path(uri)
        found = await self._asked("look", path) if path else Look()
        self._looks[uri] = version, found
        return found

    async def _asked(self, question: str, *arguments: Any) -> Any:
        """Ask `documents` in the thread that audits."""
        from ctxaudit.cli import documents

        path, *rest = arguments
        function = getattr(documents, question)
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, path, self._texts(), *rest)

    def _path(self, uri: str) -> str:
        """The path of a document, without symlinks; "" for one that is not on the disk, as a commit's."""
        path = self._server.workspace.get_text_document(uri).path if uri.startswith("file:") else ""
        return os.path.realpath(path) if path and "\0" not in path else ""

    def _texts(self) -> Mapping[str, bytes]:
        opened = self._server.workspace.text_documents
        return {self._path(uri): document.source.encode("utf-8", "surrogateescape") for uri, document in opened.items()}

    def _publish(self, uri: str, version: int | None, diagnostics: Sequence[protocol.Diagnostic]) -> None:
        self._server.text_document_publish_diagnostics(
            self._types.PublishDiagnosticsParams(uri, list(diagnostics), version)
        )

    def _diagnostic(self, problem: Problem, lines: Sequence[str]) -> protocol.Diagnostic:
        severities: dict[Severity, protocol.DiagnosticSeverity] = {
            "error": self._types.DiagnosticSeverity.Error,
            "warning": self._types.DiagnosticSeverity.Warning,
            "note": self._types.DiagnosticSeverity.Information,
        }
        return self._types.Diagnostic(
            self._line(problem.line, lines),
            problem.message,
            severity=severities[problem.severity],
            code=problem.rule,
            source="ctxaudit",
        )

    def _line(self, number: int, lines: Sequence[str]) -> protocol.Range:
        """The text of a line, without its end and what it is indented by."""
        text = lines[number - 1].rstrip() if 0 < number <= len(lines) else ""
        start = len(text) - len(text.lstrip())
        at = max(number - 1, 0)
        return self._types.Range(self._types.Position(at, _units(text[:start])), self._types.Position(at, _units(text)))

    async def _hover(self, params: protocol.HoverParams) -> protocol.Hover | None:
        path = self._path(params.text_document.uri)
        said = await self._asked("describe", path, params.position.line + 1) if path else ""
        content = self._types.MarkupContent(self._types.MarkupKind.PlainText, said)
        return self._types.Hover(content) if said else None

    async def _actions(self, params: protocol.CodeActionParams) -> list[protocol.CodeAction]:
        uri = params.text_document.uri
        document = self._server.workspace.get_text_document(uri)
        version, found = self._looks.get(uri, (None, None))
        if found is None or version != document.version:
            found = await self._look(uri)
        lines = range(params.range.start.line + 1, params.range.end.line + 2)
        near = [problem for problem in found.problems if problem.line in lines]
        return [*self._replacements(uri, self._lines(uri), near), *self._proposals(found, near)]

    def _replacements(self, uri: str, lines: Sequence[str], near: Sequence[Problem]) -> Iterator[protocol.CodeAction]:
        for problem in near:
            if problem.replacement is None:
                continue
            at = problem.line - 1
            end = "\r\n" if at < len(lines) and lines[at].endswith("\r") else "\n"
            span = self._types.Range(self._types.Position(at, 0), self._types.Position(at + 1, 0))
            text = "".join(f"{line}{end}" for line in problem.replacement)
            title = f"Write {', '.join(problem.replacement)}" if problem.replacement else "Delete the line"
            edit = self._types.TextEdit(span, text)
            yield self._action(
                title, self._types.WorkspaceEdit(changes={uri: [edit]}), self._diagnostic(problem, lines)
            )

    def _proposals(self, look: Look, near: Sequence[Problem]) -> Iterator[protocol.CodeAction]:
        helped = next((problem for problem in near if problem.fixes), None)
        for title, edit in look.edits if helped else ():
            yield self._action(title, self._workspace_edit(edit), None)

    def _action(
        self, title: str, edit: protocol.WorkspaceEdit, cures: protocol.Diagnostic | None
    ) -> protocol.CodeAction:
        kind = self._types.CodeActionKind.QuickFix
        return self._types.CodeAction(title, kind, [cures] if cures else None, edit=edit)

    def _workspace_edit(self, edit: Edit) -> protocol.WorkspaceEdit:
        """Give an edit of an ignore file, which is made where it is not there."""
        from pygls.uris import from_fs_path

        uri, is_there = from_fs_path(edit.file) or "", os.path.isfile(edit.file)
        lines = self._lines(uri) if is_there else [""]
        span = self._types.Range(_position(edit.start, lines), _position(edit.end, lines))
        change = self._types.TextEdit(span, edit.text)
        if is_there:
            return self._types.WorkspaceEdit(changes={uri: [change]})
        made = self._types.CreateFile(uri, options=self._types.CreateFileOptions(ignore_if_exists=True))
        document = self._types.OptionalVersionedTextDocumentIdentifier(uri)
        return self._types.WorkspaceEdit(document_changes=[made, self._types.TextDocumentEdit(document, [change])])

    def _lines(self, uri: str) -> list[str]:
        """The lines of a document, without their "\n": the lines of a Dockerfile end at nothing else.

        One that is not open is read as all files are: pygls would wait for a FIFO, and read a device for ever.
        """
        if uri in self._server.workspace.text_documents:
            text: str = self._server.workspace.text_documents[uri].source
            return text.split("\n")
        path = self._path(uri)
        data = read_regular(path, LARGEST) if path else None
        return (data or b"").decode("utf-8", "replace").split("\n")


def _position(at: Position, lines: Sequence[str]) -> protocol.Position:
    from lsprotocol.types import Position as Place

    line = lines[at.line - 1] if at.line <= len(lines) else ""
    return Place(at.line - 1, _units(line[: at.column - 1]))


def _units(text: str) -> int:
    """Count UTF-16 code units, in which the protocol counts columns."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
