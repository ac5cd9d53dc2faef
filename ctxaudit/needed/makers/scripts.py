"""Programs of the project that a command runs: shell scripts, Makefile targets, and text in other languages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from ctxaudit.needed.makers.call import NOTHING, OPAQUE, Call, Maker, Outcome, rows
from ctxaudit.needed.shell import Command
from ctxaudit.needed.wrappers import SHELLS, UNKNOWN_RUN
from ctxaudit.values import expression, record

_SHEBANG = expression(r"#!\s*(?:/usr/bin/env\s+(?:-\S+\s+)*)?(\S+)")
_BUNDLER = expression(r"""["'](?:esbuild|rollup|webpack|vite|tsup|@rspack/core|@vercel/ncc|rolldown)(?:/[\w-]+)?["']""")
_WRITES = expression(r"""\b(?:outdir|outDir|outfile|outputPath)["']?\s*:\s*["'`]([^"'`$\n]+)["'`]""")
_WEBPACK_PATH = expression(r"""\bpath["']?\s*:\s*path\.(?:resolve|join)\(\s*__dirname\s*,\s*["']([^"'\n]+)["']\s*\)""")
_INTERPRETED = expression(r"\.(?:[cm]?[jt]sx?|py|rb|php|pl|lua|exs|ps1|awk|r|groovy|kts|scala)\Z", re.IGNORECASE)
_MOST_LINES = 20_000
_MOST_RECIPES = 100
_MOST_EXPANDED = 20_000
_MOST_REFERENCES = 20_000
_LONGEST_NOW = 1000  # letters of a value that is kept expanded: there may be thousands
_MOST_PATTERNS = 100  # rules for all names of a pattern
_DEEPEST = 6


def shell(call: Call) -> Outcome:
    """`sh x.sh`: the commands of the script."""
    words = call.words
    at = 0
    while at < len(words) and words[at][:1] in ("-", "+") and words[at] != "--":
        at += 2 if words[at].endswith("o") and not words[at].startswith("--") else 1
    at += words[at : at + 1] == ("--",)
    if at >= len(words):
        return OPAQUE
    return run_file(call, words[at], words[at + 1 :], interpreter="sh")


def source(call: Call) -> Outcome:
    """`. x.sh`. What activates an environment of a tool changes only variables."""
    if not call.words:
        return NOTHING
    name = call.words[0]
    if re.search(r"/bin/activate\Z|(?:\A|/)(?:nvm\.sh|\.cargo/env|cargo/env|\.(?:bash|z)rc|\.profile|profile)\Z", name):
        return NOTHING
    if name.startswith(("/etc/", "/opt/", "/usr/", "/root/")) and call.text(name) is None:
        return NOTHING
    return run_file(call, name, call.words[1:], interpreter="sh")


def run_file(call: Call, path: str, arguments: tuple[str, ...], interpreter: str = "") -> Outcome:
    """Run a file of the image. interpreter: that which is named before it, else its first line names it."""
    place = call.place(path)
    text = call.files.text(place) if place else None
    if place is None or text is None:
        return OPAQUE
    if place.endswith(".ps1"):
        return Outcome(runs=tuple(_of_powershell(call, text, call.files.origin(place))))
    if not interpreter:
        shebang = _SHEBANG.match(text)
        interpreter = shebang[1].rpartition("/")[2] if shebang else "sh"
        if not shebang and _INTERPRETED.search(path):
            return program(text, call)
    if interpreter not in SHELLS:
        return program(text, call) if interpreter not in ("make", "just") else OPAQUE
    origin = call.files.origin(place)
    return Outcome(runs=call.script(text, origin, cwd=call.command.cwd, name=place, arguments=arguments))


_VALUED_BY_POWERSHELL = expression(
    r"-(?:ex\w*|ep|w|wd|working\w*|window\w*|o|of|output\w*|i|if|input\w*|config\w*|settings\w*|custom\w*|psc\w*)",
    re.IGNORECASE,
)
_COMMAND_OF_POWERSHELL = expression(r"-c(?:o\w*)?", re.IGNORECASE)
_FILE_OF_POWERSHELL = expression(r"-f(?:i\w*)?", re.IGNORECASE)


def powershell(call: Call) -> Outcome:
    """`pwsh x.ps1`, `pwsh -c "x"`: the commands, of which none is sure, as they are read as a shell's."""
    words = list(call.words)
    is_text = call.program.startswith("powershell")
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if _COMMAND_OF_POWERSHELL.fullmatch(option) or _FILE_OF_POWERSHELL.fullmatch(option):
            is_text = _COMMAND_OF_POWERSHELL.fullmatch(option) is not None
            break
        words = words[1:] if _VALUED_BY_POWERSHELL.fullmatch(option) else words
    text = " ".join(words) if is_text else call.text(words[0]) if words else None
    origin = call.command.file if is_text else call.files.origin(call.at(*words[:1])[0]) if text is not None else ""
    return OPAQUE if not text else Outcome(runs=tuple(_of_powershell(call, text, origin)))


def _of_powershell(call: Call, text: str, origin: str) -> Iterator[Command]:
    for command in call.script(text, origin, cwd=call.command.cwd):
        yield replace(command, sure=False, choices=())


def program(text: str, call: Call) -> Outcome:
    """A program that is not a shell script: it may read anything, but for one that only calls a bundler."""
    if not _BUNDLER.search(text):
        return OPAQUE
    paths = [*_WRITES.findall(text), *_WEBPACK_PATH.findall(text)]
    return Outcome(makes=call.at(*dict.fromkeys(paths))) if paths else OPAQUE


def interpreted(call: Call) -> Outcome:
    """`node x.js`, `ruby x.rb`, `perl x.pl`: the program is read as far as that can be done."""
    if call.command.stdin is not None:
        return program(call.command.stdin, call)
    options = call.options("-r --require --import --loader -e --eval -p --print -c -C --env-file -I -M -m --conditions")
    if options.has("-v", "--version", "--help", "-h"):
        return NOTHING
    if options.has("-e", "--eval", "-p", "--print", "-c"):
        return program(options.get("-e", "--eval", "-p", "--print", "-c"), call)
    if not options.plain:
        return OPAQUE
    path = options.plain[0]
    if match := re.search(
        r"node_modules/(?:\.bin/|(?:@[\w.-]+/)?([\w.-]+)/)(?:[\w.-]+/)*([\w.-]+?)(?:\.[cm]?js)?\Z", path
    ):
        name = match[2] if "/.bin/" in path or match[2] not in ("cli", "index", "main", "bin") else match[1]
        rest = call.words[call.words.index(path) + 1 :]
        return Outcome(runs=(call.run(name, *rest),))
    place = call.place(path)
    text = call.files.text(place) if place else None
    if text is None and place and "." not in path.rpartition("/")[2]:
        text = next((content for end in (".js", ".ts", ".mjs") if (content := call.files.text(place + end))), None)
    return OPAQUE if text is None else program(text, call)


# make.

_RULE = expression(r"(?P<targets>[^\s:#=][^:#=]*+)::?+(?![:=])(?P<after>[^\n]*)")
_VARIABLE = expression(
    r"(?:(?:export|private|(?P<overrides>override))\s+)*(?P<name>[\w.-]+)\s*(?P<kind>\+|\?|:{1,3}|)=\s*(?P<value>.*)"
)
# A variable for one target and what it needs: `build: GOFLAGS := -mod=vendor`.
_OF_TARGET = expression(r"\s*(?:(?:export|override|private)\s+)*([\w.-]+)\s*(?:[+?!]|:{1,3})?=")
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_CONDITION = expression(r"\s*(?:ifn?eq|ifn?def|else|endif)\b")
_DEFINE = expression(
    r"[ ]*(?:(?:export|override|private)\s+)*(?:(?P<begins>define)\s+(?P<name>[^\s=:+?#]+)|endef(?=\s|#|$))"
)
# What makes rules of a variable: which ones, nobody knows without make. An eval that only sets a variable makes none.
_MAKES_RULES = expression(
    r"\$[({](?:foreach|call|if|or|and|strip|let)\s|\$(?:\([^()\s]+\)|\{[^{}\s]+\})\s*$"
    r"|.*\$[({]eval\s(?!\s*[\w.-]+\s*(?:[?+]|::?|)=)"
)
_PRINTS = expression(r"\$[({](?:info|warning|error)\s")
_NAMED = expression(r"\$\{?(\w+)")
_NAMED_TO_SHELL = expression(r"\$\$\{?(\w+)")
_NOBODY_KNOWS = f"${{{UNKNOWN_RUN[1:]}}}"


class _Makefile:
    """The rules and variables of a Makefile.

    given: the variables of the command line, which no line of the file changes. env: the environment, which gives those
    that the file sets by `?=`. defined: variables of several lines. unclear: something in it cannot be followed.
    first: the first target, which is the default one; one inside a condition is not known.
    """

    def __init__(self, text: str, given: Mapping[str, str], env: Mapping[str, str]) -> None:
        self.rules: dict[str, list[tuple[int, str]]] = {}
        self.needs: dict[str, list[str]] = {}
        self.variables: dict[str, str] = dict(given)
        self.given, self.env = given, env
        self.defined: set[str] = set()
        self.first = ""
        self.unclear = False
        self.conditional: set[str] = set()
        self.several: set[str] = set()  # targets of several rules: which one's needs a recipe is given, make decides
        self.patterns: list[str] = []
        self.leaves: set[str] = set()  # targets that are known to have no rule
        self.references = _MOST_REFERENCES
        self._read(text)

    @property
    def default(self) -> str:
        """The target that is made where none is named, with a "$" where that is not known."""
        return self.expand(self.variables.get(".DEFAULT_GOAL", "")) or self.first

    def _read(self, text: str) -> None:
        targets: list[str] = []
        depth = defines = 0
        for number, line in _logical_lines(text):
            if define := _DEFINE.match(line):
                defines = max(0, defines + (1 if define["begins"] else -1))
                if define["begins"]:
                    self.defined.add(define["name"])
                    self.variables[define["name"]] = f"${_NOBODY_KNOWS}"
                    self.unclear = self.unclear or "$" in define["name"]
            if define or defines:
                continue
            if line.startswith("\t"):
                for target in targets:
                    self.rules[target].append((number, line[1:]))
                continue
            shown = line.split("#", 1)[0].rstrip()
            if _CONDITION.match(shown):
                depth += {"if": 1, "en": -1}.get(shown.strip()[:2], 0)
                continue
            if not shown.strip():
                continue
            targets = self._statement(number, shown.strip(), in_condition=depth > 0)

    def _statement(self, number: int, line: str, *, in_condition: bool) -> list[str]:
        makes_rules = _MAKES_RULES.match(line) is not None
        self.unclear = self.unclear or makes_rules or line.startswith("include ")
        if variable := _VARIABLE.fullmatch(line):
            self._assign(variable, in_condition=in_condition)
            return []
        if makes_rules or line.startswith(("include ", "-include ", "sinclude ")) or _PRINTS.match(line):
            return []
        rule = _RULE.match(line)
        if not rule:
            return []
        return self._rule(number, rule, in_condition=in_condition)

    def _rule(self, number: int, rule: re.Match[str], *, in_condition: bool) -> list[str]:
        needs, semicolon, recipe = rule["after"].partition(";")
        if own := _OF_TARGET.match(rule["after"]):
            self.variables[own[1]] = self._not_known(own[1])
            return []
        targets = self.expand(rule["targets"]).split()
        for target in targets:
            if target in self.rules:
                self.several.add(target)
            self.rules.setdefault(target, [])
            self.needs.setdefault(target, []).extend(self.expand(needs).replace("|", " ").split())
            if semicolon:
                self.rules[target].append((number, recipe))
            if in_condition:
                self.conditional.add(target)
            if "%" in target and len(self.patterns) < _MOST_PATTERNS:
                self.patterns.append(target)
            self.unclear = self.unclear or len(self.patterns) == _MOST_PATTERNS
            if not self.first and not target.startswith(".") and "%" not in target:
                self.first = _NOBODY_KNOWS if in_condition else target
        return targets

    def _assign(self, match: re.Match[str], *, in_condition: bool) -> None:
        name, kind, value = match["name"], match["kind"], match["value"]
        if name in self.given and not match["overrides"]:
            return
        if kind == "?" and name in self.env and name not in self.variables:
            self.variables[name] = f"$${name}"
        elif kind == "?" and name in self.variables:
            return
        elif in_condition or kind == "+":
            self.variables[name] = self._not_known(name)
        else:
            # `:=` takes what the variables in it are now.
            now = self.expand(value) if kind and kind.startswith(":") else "$"
            self.variables[name] = value if "$" in now or len(now) > _LONGEST_NOW else now

    def _not_known(self, name: str) -> str:
        """Give the value of a variable that the file sets somewhere: make gives it to the shell, too."""
        return _NOBODY_KNOWS if name in self.env else f"$${name}"

    def expand(self, text: str, target: str = "", depth: int = 0) -> str:
        """Put the values of variables in. What is not known becomes a variable of the shell, as make exports those."""
        needs = [need for need in dict.fromkeys(self.needs.get(target, [])) if need != target]
        first, every = next(iter(needs), ""), " ".join(needs)
        if target in self.several:
            first = every = _NOBODY_KNOWS
        automatic = {"@": target, "<": first, "^": every, "*": _NOBODY_KNOWS, "$": "$"}
        pieces: list[str] = []
        at, length = 0, 0
        while (mark := text.find("$", at)) >= 0 and length < _MOST_EXPANDED:
            piece = text[at:mark]
            opening = text[mark + 1 : mark + 2]
            if opening in ("(", "{"):
                end = _bracket(text, mark + 1)
                value, at = self._reference(text[mark + 2 : end], target, depth), end + 1
            else:
                value, at = automatic.get(opening, self.variables.get(opening, f"${opening}")), mark + 2
            pieces += [piece, value]
            length += len(piece) + len(value)
        return "".join([*pieces, text[at:]])[:_MOST_EXPANDED]

    def has_rule(self, target: str) -> bool:
        """Whether a target has a rule: its own, or one of a pattern, which need not be the one that make takes."""
        if target not in self.rules and target not in self.leaves:
            pattern = next((pattern for pattern in self.patterns if _fits(target, pattern)), None)
            if pattern is None:
                self.leaves.add(target)
                return False
            self.rules[target], self.needs[target] = self.rules[pattern], self.needs[pattern]
            self.conditional.add(target)
        return target in self.rules

    def is_unclear(self, target: str) -> bool:
        """Whether a target needs what nobody knows, or gives a shell a variable of several lines."""
        needed = {name for need in self.needs[target] for name in _NAMED.findall(need)}
        given = {name for _, line in self.rules[target] for name in _NAMED_TO_SHELL.findall(line)}
        return not needed.isdisjoint((*self.variables, UNKNOWN_RUN[1:])) or not given.isdisjoint(self.defined)

    def _reference(self, inside: str, target: str, depth: int) -> str:
        if inside in ("MAKE", "CURDIR"):
            return "make" if inside == "MAKE" else "$PWD"
        if inside.startswith("shell "):
            return f"$({self.expand(inside[6:], target, depth + 1) if depth < _DEEPEST else inside[6:]})"
        if inside in ("@", "<", "^"):
            return self.expand(f"${inside}", target, depth)
        self.references -= 1
        name, colon, _ = inside.partition(":")
        value = self.variables.get(name)
        if value is None or depth >= _DEEPEST or colon or self.references < 0:
            return f"${{{name}}}" if re.fullmatch(r"\w+", name) and not colon else _NOBODY_KNOWS
        return self.expand(value, target, depth + 1)


def _fits(target: str, pattern: str) -> bool:
    begin, _, end = pattern.partition("%")
    name = target if "/" in pattern else posixpath.basename(target)
    return len(name) > len(begin + end) and name.startswith(begin) and name.endswith(end)


def _bracket(text: str, at: int) -> int:
    """Where the bracket at a place is closed, the end of the text if it is not."""
    close = {"(": ")", "{": "}"}[text[at]]
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == text[at]) - (text[place] == close)
        if not depth:
            return place
    return len(text)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    held, start = "", 0
    for number, line in enumerate(text.split("\n")[:_MOST_LINES], start=1):
        line = line.rstrip("\r")
        start = start if held else number
        if line.endswith("\\"):
            held += line[:-1] if not held.startswith("\t") else line + "\n"
            continue
        yield start, held + (line.lstrip() if held else line)
        held = ""


def make(call: Call) -> Outcome:
    """`make target`: the recipes of the target and of what it needs, in the order of make."""
    options = call.options("-C -f --directory --file --makefile -I -o -W -l")
    if options.has("-n", "--dry-run", "--just-print", "--version", "-v", "--help", "-q"):
        return NOTHING
    here = call.place(options.get("-C", "--directory")) if options.has("-C", "--directory") else call.command.cwd
    call = call.inside(here)
    if here is None:
        return OPAQUE
    named = options.get("-f", "--file", "--makefile")
    name = named or next((name for name in _MAKEFILES if call.text(name) is not None), "")
    text = call.text(name) if name else None
    if text is None:
        return OPAQUE
    given = dict(word.split("=", 1) for word in options.plain if "=" in word)
    file = _Makefile(text, {key: value.replace("$", "$$") for key, value in given.items()}, call.command.env)
    targets = [word for word in options.plain if "=" not in word] or file.default.split()
    if any("$" in target for target in targets):
        return OPAQUE
    return _make(call, file, targets, call.files.origin(call.at(name)[0]))


def _make(call: Call, file: _Makefile, targets: list[str], origin: str) -> Outcome:
    done: dict[str, None] = {}
    commands: list[Command] = []
    opaque = file.unclear
    stack = list(reversed(targets))
    while stack and len(done) < 200:
        target = stack[-1]
        # What needs itself by others is made without: make drops that need.
        open_targets = {*done, *stack}
        below = [need for need in file.needs.get(target, []) if file.has_rule(need) and need not in open_targets]
        if target not in done and below and len(stack) < 100:
            stack += reversed(below)
            continue
        stack.pop()
        if target in done:
            continue
        done[target] = None
        if not file.has_rule(target):
            opaque = opaque or bool(target)
            continue
        opaque = opaque or file.is_unclear(target)
        commands += _recipe(call, file, target, origin)
    files = [target for target in done if _is_file(file, target)]
    return Outcome(makes=call.at(*files), runs=tuple(commands), opaque=opaque)


def _is_file(file: _Makefile, target: str) -> bool:
    """Whether a target is the file that its recipe makes, by its name."""
    is_plain = target not in file.needs.get(".PHONY", []) and target not in file.conditional
    return is_plain and bool(file.rules.get(target)) and bool(re.search(r"[./]", target)) and "%" not in target


def _recipe(call: Call, file: _Makefile, target: str, origin: str) -> Iterator[Command]:
    """The commands of a recipe. One does not run where a tracked file has the target's name, unless it is phony."""
    is_phony = target in file.needs.get(".PHONY", [])
    place = call.place(target)
    is_there = place is None or posixpath.basename(place) in call.files.names(posixpath.dirname(place))
    runs_always = (is_phony or not is_there) and target not in file.conditional and ".ONESHELL" not in file.rules
    for number, line in file.rules[target]:
        text = file.expand(line.lstrip("@-+ \t"), target)
        is_checked = not line.lstrip("@+ \t").startswith("-")
        for command in call.script(text, origin, cwd=call.command.cwd, line=number):
            if not (runs_always and is_checked):
                command = replace(command, sure=False, choices=())
            yield replace(command, line=number)


# just.

_RECIPE = expression(r"@?(?P<name>[\w-]+)(?P<given>(?:\s+[\w+*$=\"'./-]+)*)\s*:(?!=)(?P<needs>[^\n#]*)(?:#.*)?")
_JUSTFILES = ("justfile", "Justfile", ".justfile")
_ATTRIBUTES = expression(r"\[([^\n]*)\]\s*(?:#.*)?")
# What moves a recipe, gives its lines to another program, or runs a command while the file is read.
_MOVES = expression(r"\b(?:working-directory|no-cd|script|extension|default)\b")
_OF_FILE = expression(
    r"(?:set\s+(?:working-directory|fallback|script-interpreter)|import|mod)\b"
    r"|set\s+shell\s*:=\s*\[\s*[\"'](?!(?:[\w/]+/)?(?:ba|da|z|k|a)?sh[\"'])|[^#]*(?:`|\bshell\()"
)
_PARAMETER = expression(r"[*+]?\$?[\w-]+(?:=(?:\"[^\"]*\"|'[^']*'|\S+))?")
_OTHER_SYSTEMS = expression(r"\b(?:windows|macos|openbsd|freebsd|netbsd|dragonfly|android)\b")
_THIS_SYSTEM = expression(r"\b(?:linux|unix)\b")


@record
class _Recipe:
    """A recipe of just. most: the words of a command line that it takes. is_clear: its lines are run as they stand."""

    needs: list[str]
    most: int
    is_clear: bool
    lines: list[tuple[int, str]] = field(default_factory=list)


def just(call: Call) -> Outcome:
    """`just recipe`: the lines of the recipe and of those that it depends on; each line has a shell of its own."""
    options = call.options("-f --justfile -d --working-directory --set --shell")
    text = next((content for name in _JUSTFILES if (content := call.text(name)) is not None), None)
    here = call.command.cwd
    if text is None or here is None or options.has("-f", "--justfile", "-d", "--set", "-l", "--list"):
        return OPAQUE
    recipes, is_clear = _recipes(text)
    names = _asked(options.plain or tuple(recipes)[:1], recipes)
    origin = next(call.files.origin(f"{here}/{name}") for name in _JUSTFILES if call.text(name) is not None)
    return _just(call, recipes, names, origin) if is_clear else OPAQUE


def _recipes(text: str) -> tuple[dict[str, _Recipe], bool]:
    """Give the recipes for Linux by their names, and whether nothing else in the file decides what they do."""
    recipes: dict[str, _Recipe] = {}
    lines: list[tuple[int, str]] = []
    attributes, is_clear = "", True
    for number, line in _logical_lines(text):
        if line[:1] in (" ", "\t"):
            lines.append((number, line.strip()))
        elif match := _ATTRIBUTES.fullmatch(line):
            attributes += f"{match[1]},"
        elif match := _RECIPE.fullmatch(line):
            given = _PARAMETER.findall(match["given"])
            is_any = any(word.startswith(("*", "+")) for word in given)
            needs = re.findall(r"[\w-]+", match["needs"])
            recipe = _Recipe(needs, _MOST_RECIPES if is_any else len(given), _MOVES.search(attributes) is None)
            lines = recipe.lines
            if not _OTHER_SYSTEMS.search(attributes) or _THIS_SYSTEM.search(attributes):
                recipes.pop(match["name"], None)  # the last one of a name counts, where it stands
                recipes[match["name"]] = recipe
            attributes = ""
        elif line.strip():
            lines = []
            is_clear = is_clear and _OF_FILE.match(line) is None
    return recipes, is_clear


def _asked(words: Sequence[str], recipes: dict[str, _Recipe]) -> list[str]:
    """Give the recipes that a command line names: behind each one stand the words that it takes."""
    names: list[str] = []
    at = 0
    while at < len(words):
        names.append(words[at])
        at += 1 + (recipes[words[at]].most if words[at] in recipes else 0)
    return names


def _just(call: Call, recipes: dict[str, _Recipe], names: list[str], origin: str) -> Outcome:
    order: list[str] = []
    stack = list(names)
    while stack and len(order) < _MOST_RECIPES:
        name = stack.pop()
        if name in order:
            order.remove(name)
        order.insert(0, name)
        stack += [need for need in (recipes[name].needs if name in recipes else ()) if need not in order]
    runs: list[Command] = []
    for name in order:
        for number, line in recipes[name].lines if name in recipes else ():
            text = re.sub(r"\{\{(?:.*?\}\}|.*)", _NOBODY_KNOWS, line.lstrip("@-"))
            for command in call.script(text, origin, cwd=call.command.cwd, line=number):
                sure = command.sure and not line.startswith(("-", "@-"))
                runs.append(replace(command, line=number, sure=sure))
    return Outcome(runs=tuple(runs), opaque=not all(name in recipes and _is_clear(recipes[name]) for name in order))


def _is_clear(recipe: _Recipe) -> bool:
    """Whether each line is a command of a shell: not those of a program, which begin with `#!`."""
    return recipe.is_clear and not any(line.startswith("#!") for _, line in recipe.lines[:1])


ROWS: dict[str, Maker] = {
    "just": just,
    **rows(" ".join(SHELLS), shell),
    **rows(". source", source),
    **rows("pwsh powershell", powershell),
    **rows("make gmake", make),
    **rows("node nodejs ruby perl lua Rscript tsx ts-node ts-node-dev babel-node nodemon esr", interpreted),
}
