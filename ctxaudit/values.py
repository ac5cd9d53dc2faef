"""What every module stands on: frozen values, regular expressions compiled when first used, sizes in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, AnyStr, TypeVar, cast, dataclass_transform

if TYPE_CHECKING:
    from fractions import Fraction

LONGEST_PATH = 4096  # letters of a path at which there can be something (PATH_MAX)

# Regular expressions that are compiled when they are first asked: a short run asks few of the hundreds there are.


class _Late:
    """Stands for a compiled expression, and keeps each of its methods once it was asked for."""

    pattern: str | bytes
    _flags: int

    def __getattr__(self, name: str) -> Any:
        # `re` remembers what it compiled, so that a second method costs a look-up there.
        method = self.__dict__[name] = getattr(re.compile(self.pattern, self._flags), name)
        return method


def expression(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Give what `re.compile` gives, compiled late; the functions of `re` do not take it in place of a string."""
    late = _Late()
    late.pattern, late._flags = source, flags
    return cast(re.Pattern[AnyStr], late)


# Names against globs as `fnmatch.fnmatchcase` decides, which compiles an expression for each glob.

_CLASSES = expression(r"[?[]")
_SPECIAL = expression(r"[]*?[]")


@lru_cache(maxsize=4096)
def glob_test(glob: str) -> Callable[[str], bool]:
    """Give the test of a name that a glob means; one of stars alone, as `*.log` or `lib*.so.*`, needs no expression."""
    if _CLASSES.search(glob):
        from fnmatch import fnmatchcase

        start, *parts, end = _SPECIAL.split(glob)
        inner = parts[0] if parts and glob[len(start)] == "*" else ""  # of `*.py[co]` what is between the two signs
        return lambda name: name.startswith(start) and name.endswith(end) and inner in name and fnmatchcase(name, glob)
    start, *middle = glob.split("*")
    if not middle:
        return glob.__eq__
    *middle, end = middle

    def is_met(name: str) -> bool:
        if not (name.startswith(start) and name.endswith(end)):
            return False
        at = len(start)
        for part in middle:  # where it first stands leaves most room for what follows
            at = name.find(part, at) + len(part)
            if at < len(part):
                return False
        return at + len(end) <= len(name)

    return is_met


def word_set(*lines: str) -> frozenset[str]:
    """Return the words of lines."""
    return frozenset(" ".join(lines).split())


def any_glob(globs: Iterable[str], name: str) -> bool:
    """Whether a name matches one of the globs."""
    return any(glob_test(glob)(name) for glob in globs)


# Values: what `@dataclass(slots=True)` makes of a class, at a tenth of its cost where it is imported.
#
# `dataclass` compiles three methods for each class, six for a frozen one, 0.3 ms: a fifth of the time of a small audit.
# Here all classes share them but for `__init__`, which is compiled once a class has more than a few values, and the
# fields are read when `dataclasses` asks. A NamedTuple takes six times as long to make, and half the time for each
# value: it is for what is made by the thousand, or is unpacked or ordered as a tuple is.

_FEW = 24  # values of a class; more take longer to set field by field than to compile what sets them
_Class = TypeVar("_Class", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: _Class) -> _Class:
    """Make a class one of frozen values; `replace`, `fields` and `asdict` of `dataclasses` know it, too."""
    return _made(kind, _FROZEN, "SET(self, {name!r}, {value})")


@dataclass_transform(field_specifiers=(field,))
def record(kind: _Class) -> _Class:
    """Make a class one of values whose fields may be set anew; they have no hash, as a dataclass has none."""
    return _made(kind, _RECORD, "self.{name} = {value}")


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def entity(kind: _Class) -> _Class:
    """Make a class one of records each of which equals itself alone, as a node of a tree does."""
    return _made(kind, {}, "self.{name} = {value}")


def _made(kind: _Class, shared: dict[str, Any], assignment: str) -> _Class:
    body = {name: held for name, held in kind.__dict__.items() if name not in ("__dict__", "__weakref__")}
    names = tuple(kind.__annotations__)
    more_slots = body.pop("__slots__", ())  # ("__dict__",) for one with a cached property
    defaults = {name: body.pop(name) for name in names if name in body}
    apart = {name for name, default in defaults.items() if isinstance(default, Field) and not default.compare}
    compared = [name for name in names if name not in apart]

    has_more = hasattr(kind, "__post_init__")
    few = iter(range(_FEW))

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:
        bound = _bound(names, defaults, arguments, named)
        if bound is None or next(few, None) is None:  # the compiled one complains of arguments that do not fit
            made.__init__ = initialize = _initializer(made, names, defaults, assignment)
            initialize(self, *arguments, **named)
            return
        for name, value in bound.items():
            object.__setattr__(self, name, value)
        if has_more:
            self.__post_init__()

    shape = {
        "__slots__": (*names, *more_slots),
        "__qualname__": kind.__qualname__,
        "__match_args__": names,
        "__init__": __init__,
        "__dataclass_fields__": _Fields(kind.__annotations__, defaults),
        "_compared": attrgetter(*compared) if compared else type,
    }
    made: Any = type(kind.__name__, kind.__bases__, {**shared, **body, **shape})
    checked: _Class = made
    return checked


def _bound(
    names: tuple[str, ...], defaults: dict[str, Any], arguments: tuple[Any, ...], named: dict[str, Any]
) -> dict[str, Any] | None:
    """Give the value of each field; None for arguments that do not fit."""
    bound = dict(zip(names, arguments, strict=False))
    if len(arguments) == len(names) and not named:
        return bound
    if len(arguments) > len(names) or not bound.keys().isdisjoint(named):
        return None
    bound.update(named)
    for name in names:
        if name not in bound:
            given = defaults.get(name, MISSING)
            if isinstance(given, Field):
                given = given.default if given.default_factory is MISSING else given.default_factory()
            if given is MISSING:
                return None
            bound[name] = given
    return bound if len(bound) == len(names) else None


@dataclass(init=False, repr=False, eq=False)
class _OfOneField:
    """Its field is copied for each field of ours: `dataclass` takes 0.3 ms to make those of one class."""

    name: Any


(_A_FIELD,) = fields(_OfOneField)


class _Fields:
    """Stands for the fields of a class until `dataclasses` asks for them."""

    def __init__(self, annotations: dict[str, Any], defaults: dict[str, Any]) -> None:
        self._annotations = annotations
        self._defaults = defaults

    def __get__(self, value: object, kind: Any) -> dict[str, Field[Any]]:
        own_fields = {}
        for name, annotation in self._annotations.items():
            given = self._defaults.get(name, MISSING)
            own_fields[name] = made = field()
            for slot in Field.__slots__:  # as `copy` does, in a tenth of its time
                setattr(made, slot, getattr(_A_FIELD, slot))
            made.name, made.type = name, annotation
            if isinstance(given, Field):
                made.default, made.default_factory = given.default, given.default_factory
                made.repr, made.compare = given.repr, given.compare
            else:
                made.default = given
        kind.__dataclass_fields__ = own_fields  # which stand for themselves from now on
        return own_fields


def _initializer(kind: Any, names: Iterable[str], defaults: dict[str, Any], assignment: str) -> Callable[..., None]:
    """Compile `__init__` of a class: `def __init__(self, path, line=0)`, with a default or a factory for each field."""
    # No field is called by a name in capitals.
    space: dict[str, Any] = {"SET": object.__setattr__, "MISSING": MISSING}
    parameters, lines = ["self"], ["pass"]
    for name in names:
        given = defaults.get(name, MISSING)
        default, factory = (given.default, given.default_factory) if isinstance(given, Field) else (given, MISSING)
        has_factory = factory is not MISSING
        space[f"DEFAULT_{name}"] = factory if has_factory else default
        optional = "=MISSING" if has_factory else "" if default is MISSING else f"=DEFAULT_{name}"
        parameters.append(f"{name}{optional}")
        value = f"DEFAULT_{name}() if {name} is MISSING else {name}" if has_factory else name
        lines.append(assignment.format(name=name, value=value))
    if hasattr(kind, "__post_init__"):
        lines.append("self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines), space)
    initialize: Callable[..., None] = space["__init__"]
    return initialize


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._compared(self) == self._compared(other)


def _hash(self: Any) -> int:
    return hash(self._compared(self))


def _repr(self: Any) -> str:
    shown = (f"{attribute.name}={getattr(self, attribute.name)!r}" for attribute in fields(self))
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: object, name: str, *_: object) -> None:
    raise FrozenInstanceError(f"cannot change {name!r}: a value is frozen")


def _restore(self: object, state: tuple[None, dict[str, object]]) -> None:
    """Set what a copy or a pickle holds."""
    for name, held in state[1].items():
        object.__setattr__(self, name, held)


_RECORD: dict[str, Any] = {"__eq__": _equal, "__repr__": _repr, "__hash__": None}
_FROZEN: dict[str, Any] = {
    "__eq__": _equal,
    "__repr__": _repr,
    "__hash__": _hash,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__setstate__": _restore,
}


# Sizes and counts as people read them.

_SIZE = expression(r"(\d{1,18}(?:\.\d{1,9})?) ?(?:([kmgtpe])(i?)b?|b?)", re.IGNORECASE | re.ASCII)
_SHARE = expression(r"(\d{1,9}(?:\.\d{1,9})?) ?%", re.ASCII)
_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")


def shown_size(count: int) -> str:
    """Give bytes as BuildKit prints them: SI, two decimals, no space; `1000.00kB` for 999,999, as it does too.

    Source: tonistiigi/units, `fmt.Sprintf("%.2f", units.Bytes(n))`.
    """
    if count < 1000:
        return f"{count}B"
    power = min((len(str(count)) - 1) // 3, len(_UNITS))
    return f"{count / 1000**power:.2f}{_UNITS[power - 1]}"


def counted(number: int, noun: str) -> str:
    """Give "1 file" or "2,345 files"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def and_more(number: int, before: str = " ", after: str = "") -> str:
    """Give " and 2,345 more" for what a list does not show, "" for nothing; between *before* and *after*."""
    return f"{before}and {number:,} more{after}" if number > 0 else ""


def shown_growth(difference: int) -> str:
    """Give a change of size with its sign: "+1.23kB", "-812B", "0B"."""
    return f"{'+' if difference > 0 else '-' * (difference < 0)}{shown_size(abs(difference))}"


def parse_size(text: str) -> int:
    """Give the bytes that a string names, a part of a byte dropped; raises ValueError.

    `100MB`, `1.5gb` and `512k` are decimal, `64MiB` is binary, a number alone is bytes.
    """
    from fractions import Fraction

    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a size: write 100MB (decimal), 64MiB (binary) or bytes")
    number, letter, binary = match.groups()
    power = " kmgtpe".index((letter or " ").lower())
    return int(Fraction(number) * (1024 if binary else 1000) ** power)


@frozen
class Growth:
    """How much something may grow: bytes, or a share of what it was. text: as written."""

    text: str
    bytes: int = 0
    share: Fraction | None = None

    @classmethod
    def parse(cls, text: str) -> Growth:
        """Read `5MB` or `10%`; raises ValueError."""
        from fractions import Fraction

        share = _SHARE.fullmatch(text.strip())
        if share is not None:
            return cls(text, share=Fraction(share[1]) / 100)
        try:
            return cls(text, bytes=parse_size(text))
        except ValueError as error:
            raise ValueError(f"{text!r} is not a growth limit: write a size, as 5MB, or a share, as 10%") from error

    def of(self, base: int) -> int:
        """Give the bytes that something of *base* bytes may grow by."""
        return self.bytes if self.share is None else int(base * self.share)
