"""The syntax of a POSIX shell, with the parts of bash that build scripts use: a string to a tree.

Source: IEEE Std 1003.1-2017, Shell Command Language, 2.10 Shell Grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from ctxaudit.values import expression, frozen

_DEEPEST = 30
_SPACES = expression(r"(?:[ \t\r]|\\\r?\n)+")
_COMMENT = expression(r"#[^\n]*")
_REDIRECT = expression(r"(\d*)(&>>?|<<<|<<-?|<>|>>|>\||>&|<&|<(?!\()|>(?!\())|(\{\w+\})(>>?|<)")
_OPERATOR = expression(r"&&|\|\||;;&?|;&|\|&|[;&|()\n]")
_PLAIN = expression(r"[^\s'\"\\$`;&|()<>]+")
_PLAIN_QUOTED = expression(r"[^\"\\$`]+")
_NAME = expression(r"[A-Za-z_]\w*|[0-9@*#?$!-]")
_ASSIGNMENT = expression(r"([A-Za-z_]\w*)(\[[^\]]*\])?\+?=")
_NESTING = expression(r"\\.|'|\"|\$\(|\$\{|[(){}]", re.DOTALL)


class UnclearError(ValueError):
    """The string is not a script, or nests too deep to be one."""


Kind = Literal["text", "variable", "command", "array", "unknown"]


class Part(NamedTuple):
    """A piece of a word: its characters, or the inside of `${}`, `$()` or `=()`. line: where that of `$()` begins."""

    kind: Kind
    text: str
    quoted: bool
    line: int = 0


Word = tuple[Part, ...]


@frozen
class Redirect:
    """An operator and what follows it. body: of a heredoc, None for any other one. line: of the body."""

    operator: str
    target: Word
    body: str | None = None
    line: int = 0


@frozen
class Simple:
    """Assignments, words and redirections. line: counted as the text's first one."""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    line: int


@frozen
class _Branch:
    """What runs where a condition holds. is_rest: it holds where no other one does."""

    condition: List
    body: List
    is_rest: bool


@frozen
class Compound:
    """A group, a condition, a loop or a function.

    kind: "(", "{", "if", "while", "for", "case" or "function".
    name: of the variable of a loop or of the function. words: what a loop goes through.
    """

    kind: str
    branches: tuple[_Branch, ...]
    redirects: tuple[Redirect, ...]
    name: str = ""
    words: tuple[Word, ...] | None = None


Node = Simple | Compound


@frozen
class Pipeline:
    """Commands joined by `|`. operator: what stands before it in its list: "", "&&" or "||"."""

    operator: str
    negated: bool
    nodes: tuple[Node, ...]


@frozen
class AndOr:
    pipelines: tuple[Pipeline, ...]
    background: bool


List = tuple[AndOr, ...]


def parse(text: str, line: int = 0) -> List:
    """Return the tree of a script; raise UnclearError where it is not one. line: the number of its first line."""
    return _Parser(_Lexer(text, line).tokens()).script()


def literal(word: Word) -> str | None:
    """The characters of a word without expansions, None for any other one."""
    return "".join(part.text for part in word) if all(part.kind == "text" for part in word) else None


def _bare(word: Word) -> str:
    """As `literal`, "" where a part is quoted: a reserved word is not."""
    return (literal(word) or "") if not any(part.quoted for part in word) else ""


class _Token(NamedTuple):
    """kind: "word", "operator" or "redirect"."""

    kind: str
    text: str
    word: Word
    line: int


@frozen
class _Heredoc:
    at: int
    name: str
    chomp: bool


class _Lexer:
    def __init__(self, text: str, line: int) -> None:
        self.text = text
        self.at = 0
        self.line = line
        self.found: list[_Token] = []
        self.bodies: dict[int, tuple[str, int]] = {}
        self.open: list[_Heredoc] = []

    def tokens(self) -> tuple[list[_Token], dict[int, tuple[str, int]]]:
        """The tokens, and the bodies of heredocs with their lines, by the place of their operator among them."""
        while self.at < len(self.text):
            self._token()
        return self.found, self.bodies

    def _token(self) -> None:
        if space := _SPACES.match(self.text, self.at) or _COMMENT.match(self.text, self.at):
            self._advance(space.end())
        elif match := _REDIRECT.match(self.text, self.at):
            self._advance(match.end())
            self._add("redirect", match[2] or match[4])
            if match[2] in ("<<", "<<-"):
                self._begin_heredoc(chomp=match[2] == "<<-")
        elif match := _OPERATOR.match(self.text, self.at):
            self._add("operator", match[0])
            self._advance(match.end())
            if match[0] == "\n":
                self._read_bodies()
        else:
            self._add_word()

    def _add(self, kind: str, text: str) -> None:
        self.found.append(_Token(kind, text, (), self.line))

    def _add_word(self) -> Word:
        line, word = self.line, self._word()
        self.found.append(_Token("word", "", word, line))
        return word

    def _advance(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def _begin_heredoc(self, *, chomp: bool) -> None:
        at = len(self.found) - 1
        if space := _SPACES.match(self.text, self.at):
            self._advance(space.end())
        name = self._add_word()
        self.open.append(_Heredoc(at, "".join(part.text for part in name), chomp))

    def _read_bodies(self) -> None:
        for heredoc in self.open:
            lines, first = [], self.line
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self._advance(min(end + 1, len(self.text)))
                shown = line.lstrip("\t") if heredoc.chomp else line
                if shown.rstrip("\r") == heredoc.name:
                    break
                lines.append(shown)
            self.bodies[heredoc.at] = "\n".join(lines), first
        self.open = []

    def _word(self) -> Word:
        parts: list[Part] = []
        start = self.at
        while self.at < len(self.text):
            character = self.text[self.at]
            if plain := _PLAIN.match(self.text, self.at):
                parts.append(Part("text", plain[0], False))
                self.at = plain.end()
            elif character in "<>" and self.text.startswith("(", self.at + 1):
                self.at += 1
                line = self.line
                parts.append(Part("command", self._inside(")"), True, line))
            elif character == "(" and parts and parts[-1].text.endswith(("=", "@", "?", "*", "+", "!")):
                parts.append(Part("array" if parts[-1].text.endswith("=") else "unknown", self._inside(")"), True))
            elif character in "'\"\\$`":
                parts += self._special(character, quoted=False)
            else:
                break
        if self.at == start:
            raise UnclearError(self.text[start : start + 1])
        return tuple(parts)

    def _special(self, character: str, *, quoted: bool) -> Iterator[Part]:
        if character == "'" and not quoted:
            end = self.text.find("'", self.at + 1)
            yield Part("text", self._cut(self.at + 1, end, 1), True)
        elif character == '"' and not quoted:
            yield from self._double_quoted()
        elif character == "\\":
            yield from self._escaped(quoted=quoted)
        elif character == "`":
            line = self.line
            yield Part("command", self._backquoted(), quoted, line)
        else:
            yield self._dollar(quoted=quoted)

    def _cut(self, start: int, end: int, behind: int) -> str:
        if end < start:
            raise UnclearError("not closed")
        self._advance(end + behind)
        return self.text[start:end]

    def _escaped(self, *, quoted: bool) -> Iterator[Part]:
        escaped = self.text[self.at + 1 : self.at + 2]
        self._advance(min(self.at + 2, len(self.text)))
        if escaped == "\n":
            return
        keeps = quoted and escaped not in '$`"\\'
        yield Part("text", f"\\{escaped}" if keeps or not escaped else escaped, True)

    def _double_quoted(self) -> Iterator[Part]:
        self.at += 1
        yield Part("text", "", True)
        while True:
            if plain := _PLAIN_QUOTED.match(self.text, self.at):
                yield Part("text", plain[0], True)
                self._advance(plain.end())
            character = self.text[self.at : self.at + 1]
            if character == '"':
                self.at += 1
                return
            if not character:
                raise UnclearError("not closed")
            yield from self._special(character, quoted=True)

    def _backquoted(self) -> str:
        end = self.at + 1
        while (end := self.text.find("`", end)) >= 0 and self.text[end - 1] == "\\":
            end += 1
        return re.sub(r"\\([`\\$])", r"\1", self._cut(self.at + 1, end, 1))

    def _dollar(self, *, quoted: bool) -> Part:
        following = self.text[self.at + 1 : self.at + 2]
        if following == "'" and not quoted:
            end = self.text.find("'", self.at + 2)
            return Part("text", self._cut(self.at + 2, end, 1), True)
        self.at += 1
        if following == "(":
            line, inside = self.line, self._inside(")")
            is_sum = inside.startswith("(") and inside.endswith(")")
            return Part("unknown" if is_sum else "command", inside, quoted, line)
        if following == "{":
            return Part("variable", self._inside("}"), quoted)
        if name := _NAME.match(self.text, self.at):
            self.at = name.end()
            return Part("variable", name[0], quoted)
        return Part("text", "$", quoted)

    def _inside(self, close: str) -> str:
        """What stands between the bracket here and the one that closes it."""
        start = self.at + 1
        end = _closing(self.text, start, close)
        return self._cut(start, end, 1)


def _closing(text: str, at: int, close: str) -> int:
    """Where the bracket that is open at a place is closed, -1 if it is not."""
    stack = [close]
    while match := _NESTING.search(text, at):
        at, mark = match.end(), match[0]
        if mark == stack[-1]:
            stack.pop()
            if not stack:
                return match.start()
        elif mark in ("$(", "${"):
            stack.append(")" if mark == "$(" else "}")
        elif mark == '"':
            stack.append('"')
        elif mark == "(" and stack[-1] == ")":
            stack.append(")")
        elif mark == "'" and '"' not in stack[-2:]:
            at = text.find("'", at) + 1
            if not at:
                return -1
    return -1


class _Parser:
    def __init__(self, lexed: tuple[list[_Token], dict[int, tuple[str, int]]]) -> None:
        self.tokens, self.bodies = lexed
        self.at = 0
        self.depth = 0

    def script(self) -> List:
        and_ors = self._list(())
        if self.at < len(self.tokens):
            raise UnclearError(self._operator() or self._reserved())
        return and_ors

    def _operator(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return token.text if token and token.kind == "operator" else ""

    def _reserved(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return _bare(token.word) if token and token.kind == "word" else ""

    def _take_operator(self, *operators: str) -> str:
        operator = self._operator()
        if operator not in operators:
            return ""
        self.at += 1
        return operator

    def _take_reserved(self, *words: str) -> str:
        word = self._reserved()
        if word not in words:
            return ""
        self.at += 1
        return word

    def _expect(self, word: str) -> None:
        if not (self._take_operator(word) or self._take_reserved(word)):
            raise UnclearError(f"no {word}")

    def _skip_lines(self) -> None:
        while self._take_operator("\n"):
            pass

    def _list(self, until: tuple[str, ...]) -> List:
        """What stands before one of the words *until*, or before an operator that closes a group."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UnclearError("too deep")
        and_ors: list[AndOr] = []
        while True:
            while self._take_operator("\n", ";"):
                pass
            operator = self._operator()
            if self.at >= len(self.tokens) or operator in (")", ";;", ";&", ";;&") or self._reserved() in until:
                break
            pipelines = self._pipelines()
            and_ors.append(AndOr(pipelines, self._take_operator("&") == "&"))
        self.depth -= 1
        return tuple(and_ors)

    def _pipelines(self) -> tuple[Pipeline, ...]:
        pipelines = [self._pipeline("")]
        while operator := self._take_operator("&&", "||"):
            self._skip_lines()
            pipelines.append(self._pipeline(operator))
        return tuple(pipelines)

    def _pipeline(self, operator: str) -> Pipeline:
        negated = False
        while word := self._take_reserved("!", "time"):
            negated = negated or word == "!"
        nodes = [self._node()]
        while self._take_operator("|", "|&"):
            self._skip_lines()
            nodes.append(self._node())
        return Pipeline(operator, negated, tuple(nodes))

    def _node(self) -> Node:
        if self._take_operator("("):
            body = self._list(())
            self._expect(")")
            return Compound("(", (_Branch((), body, True),), self._redirects())
        reserved = self._reserved()
        if reserved == "function" or (reserved and self._is_function()):
            return self._function()
        row = _COMPOUNDS.get(reserved)
        if row is None:
            return self._simple()
        self.at += 1
        return row(self)

    def _is_function(self) -> bool:
        following = self.tokens[self.at + 1 : self.at + 3]
        return [token.text for token in following if token.kind == "operator"] == ["(", ")"]

    def _function(self) -> Compound:
        self._take_reserved("function")
        name = self._reserved()
        self.at += 1
        if self._take_operator("("):
            self._expect(")")
        self._skip_lines()
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UnclearError("too deep")
        body = (AndOr((Pipeline("", False, (self._node(),)),), False),)
        self.depth -= 1
        return Compound("function", (_Branch((), body, True),), (), name)

    def group(self) -> Compound:
        body = self._list(("}",))
        self._expect("}")
        return Compound("{", (_Branch((), body, True),), self._redirects())

    def condition(self) -> Compound:
        branches: list[_Branch] = []
        word = "if"
        while word in ("if", "elif"):
            test = self._list(("then",))
            self._expect("then")
            branches.append(_Branch(test, self._list(("elif", "else", "fi")), False))
            word = self._take_reserved("elif", "else", "fi")
        if word == "else":
            branches.append(_Branch((), self._list(("fi",)), True))
            self._expect("fi")
        elif word != "fi":
            raise UnclearError("no fi")
        return Compound("if", tuple(branches), self._redirects())

    def loop(self) -> Compound:
        test = self._list(("do",))
        return Compound("while", (_Branch(test, self._body(), False),), self._redirects())

    def each(self) -> Compound:
        name = self._reserved()
        self.at += 1
        self._skip_lines()
        words: list[Word] | None = None
        if self._take_reserved("in"):
            words = []
            while self.at < len(self.tokens) and self.tokens[self.at].kind == "word":
                words.append(self.tokens[self.at].word)
                self.at += 1
        while self._take_operator(";", "\n"):
            pass
        body = _Branch((), self._body(), False)
        return Compound("for", (body,), self._redirects(), name, None if words is None else tuple(words))

    def _body(self) -> List:
        self._expect("do")
        body = self._list(("done",))
        self._expect("done")
        return body

    def case(self) -> Compound:
        subject = self._next_word()
        self._skip_lines()
        self._expect("in")
        branches: list[_Branch] = []
        self._skip_lines()
        while not self._take_reserved("esac"):
            self._take_operator("(")
            patterns = [self._next_word()]
            while self._take_operator("|"):
                patterns.append(self._next_word())
            self._expect(")")
            body = self._list(("esac",))
            branches.append(_Branch((), body, any(_bare(pattern) == "*" for pattern in patterns)))
            self._take_operator(";;", ";&", ";;&")
            self._skip_lines()
        return Compound("case", tuple(branches), self._redirects(), words=(subject,))

    def _next_word(self) -> Word:
        if self.at >= len(self.tokens) or self.tokens[self.at].kind != "word":
            raise UnclearError("no word")
        self.at += 1
        return self.tokens[self.at - 1].word

    def test(self) -> Simple:
        """`[[ … ]]`, whose operators are words."""
        line = self.tokens[self.at - 1].line
        words: list[Word] = [(Part("text", "[[", False),)]
        while not self._take_reserved("]]"):
            if self.at >= len(self.tokens):
                raise UnclearError("no ]]")
            token = self.tokens[self.at]
            words.append(token.word or (Part("text", token.text, True),))
            self.at += 1
        words.append((Part("text", "]]", False),))
        return Simple((), tuple(words), self._redirects(), line)

    def _redirects(self) -> tuple[Redirect, ...]:
        redirects = []
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "redirect":
            redirects.append(self._redirect())
        return tuple(redirects)

    def _redirect(self) -> Redirect:
        body, line = self.bodies.get(self.at, (None, 0))
        operator = self.tokens[self.at].text
        self.at += 1
        return Redirect(operator, self._next_word(), body if operator.startswith("<<") else None, line)

    def _simple(self) -> Simple:
        line = self.tokens[self.at].line if self.at < len(self.tokens) else 0
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while self.at < len(self.tokens) and self.tokens[self.at].kind != "operator":
            token = self.tokens[self.at]
            if token.kind == "redirect":
                redirects.append(self._redirect())
                continue
            self.at += 1
            pair = None if words else assignment(token.word)
            if pair:
                assignments.append(pair)
            else:
                words.append(token.word)
        if not (assignments or words or redirects):
            raise UnclearError(self._operator())
        return Simple(tuple(assignments), tuple(words), tuple(redirects), line)


_COMPOUNDS: dict[str, Callable[[_Parser], Node]] = {
    "{": _Parser.group,
    "if": _Parser.condition,
    "while": _Parser.loop,
    "until": _Parser.loop,
    "for": _Parser.each,
    "select": _Parser.each,
    "case": _Parser.case,
    "[[": _Parser.test,
}


def assignment(word: Word) -> tuple[str, Word] | None:
    """Name and value where a word is `NAME=value`; of `NAME+=` and `NAME[0]=` the value is not known."""
    first = word[0]
    match = _ASSIGNMENT.match(first.text) if first.kind == "text" and not first.quoted else None
    if not match:
        return None
    rest = (first._replace(text=first.text[match.end() :]), *word[1:])
    is_plain = match[0] == f"{match[1]}="
    return match[1], rest if is_plain else (Part("unknown", match[0], True),)
