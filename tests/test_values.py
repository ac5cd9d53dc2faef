"""A class of frozen values does what `@dataclass(frozen=True, slots=True)` does, and a glob what `fnmatch` does."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from fnmatch import fnmatchcase
from functools import cached_property

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ctxaudit.values import entity, frozen, glob_test, record


@frozen
class Place:
    file: str
    line: int = 1
    missing: list[str] = field(default_factory=list)
    note: str = field(default="", compare=False)

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Model:
    file: str
    line: int = 1
    missing: list[str] = field(default_factory=list)
    note: str = field(default="", compare=False)


@frozen
class Empty:
    pass


@frozen
class Own:
    size: int

    def __repr__(self) -> str:
        return "own"


@pytest.mark.parametrize("make", [Place, Model], ids=["of ours", "a dataclass"])
def test_a_value_is_made_of_its_fields(make: Callable[..., Place]) -> None:
    assert asdict(make("a")) == {"file": "a", "line": 1, "missing": [], "note": ""}
    assert asdict(make(line=2, file="a", missing=["b"])) == {"file": "a", "line": 2, "missing": ["b"], "note": ""}
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'file'"):
        make()
    with pytest.raises(TypeError, match="unexpected keyword argument 'path'"):
        make("a", path="b")


def test_each_value_has_a_default_of_its_own() -> None:
    assert Place("a").missing is not Place("a").missing


@pytest.mark.parametrize("make", [Place, Model], ids=["of ours", "a dataclass"])
def test_values_compare_by_their_fields(make: Callable[..., Place]) -> None:
    assert make("a", 2) == make("a", 2)
    assert make("a", 2) != make("a", 3)
    assert make("a", note="one") == make("a", note="another")
    assert make("a") != ("a", 1, [])


def test_values_of_two_classes_are_never_equal() -> None:
    assert Place("a") != Model("a")
    assert Empty() == Empty()
    assert Empty() != Own(1)


def test_equal_values_have_one_hash() -> None:
    assert len({Own(1), Own(1), Own(2), Empty(), Empty()}) == 3


def test_a_value_shows_its_fields() -> None:
    assert repr(Place("a")) == repr(Model("a")).replace("Model", "Place")
    assert repr(Own(1)) == "own"


def test_a_value_cannot_be_changed() -> None:
    place = Place("a")
    with pytest.raises(FrozenInstanceError):
        place.line = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del place.line
    with pytest.raises(FrozenInstanceError):
        place.other = 2  # type: ignore[attr-defined]


def test_a_value_can_be_copied() -> None:
    place = Place("a", 2, ["b"])
    assert copy.copy(place) == copy.deepcopy(place) == pickle.loads(pickle.dumps(place)) == place
    assert replace(place, line=3).where == "a:3"


@frozen
class Names:
    __slots__ = ("__dict__",)
    names: tuple[str, ...]

    @cached_property
    def places(self) -> dict[str, int]:
        return {name: at for at, name in enumerate(self.names)}


def test_a_value_keeps_what_it_derives_from_its_fields_and_a_copy_derives_its_own() -> None:
    names = Names(("a", "b"))
    assert names.places is names.places
    assert replace(names, names=("b", "a")).places == {"b": 0, "a": 1}
    assert [pickle.loads(pickle.dumps(names)), copy.copy(names)] == [names, names]
    assert [field.name for field in fields(names)] == ["names"]
    with pytest.raises(FrozenInstanceError):
        names.names = ()  # type: ignore[misc]


def test_the_fields_are_known_before_there_is_a_value() -> None:
    assert [one.name for one in fields(Own)] == ["size"]
    assert Own.__match_args__ == ("size",)


@record
class Tally:
    name: str
    found: list[int] = field(default_factory=list)


def test_a_record_can_be_changed_and_has_no_hash() -> None:
    tally = Tally("a")
    tally.name = "b"
    tally.found.append(1)
    assert (tally, repr(tally)) == (Tally("b", [1]), "Tally(name='b', found=[1])")
    assert replace(tally, name="c") == Tally("c", [1])
    with pytest.raises(TypeError, match="unhashable type: 'Tally'"):
        hash(tally)
    with pytest.raises(AttributeError):
        tally.other = 2  # type: ignore[attr-defined]


@entity
class Branch:
    name: str
    children: list[Branch] = field(default_factory=list)


def test_an_entity_can_be_changed_and_equals_itself_alone() -> None:
    branches = [Branch("a"), Branch("a")]
    branches[0].name = "b"
    branches[0].children.append(branches[1])
    assert [branch.name for branch in branches] == ["b", "a"]
    assert branches[1] != Branch("a")
    assert len({*branches, branches[0]}) == 2
    with pytest.raises(AttributeError):
        branches[0].other = 2  # type: ignore[attr-defined]


@given(
    st.text("ab*?[]!-.", max_size=8),
    st.text("ab.-]", max_size=8),
)
@example("[a", "[a")
@example("a*b*c", "abbc")
@example("*a*", "\na\n")
def test_a_glob_is_decided_as_fnmatch_decides_it(glob: str, name: str) -> None:
    assert glob_test(glob)(name) == fnmatchcase(name, glob)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param((), {}, id="none"),
        pytest.param(("a", 1, [], "", 5), {}, id="too many"),
        pytest.param(("a",), {"file": "b"}, id="one twice"),
        pytest.param(("a",), {"other": "b"}, id="an unknown one"),
    ],
)
def test_arguments_that_do_not_fit_raise_what_a_dataclass_raises(
    arguments: tuple[object, ...], named: dict[str, object]
) -> None:
    with pytest.raises(TypeError) as raised:
        Model(*arguments, **named)  # type: ignore[arg-type]
    expected = str(raised.value).removeprefix("Model.")
    with pytest.raises(TypeError) as raised:
        Place(*arguments, **named)  # type: ignore[arg-type]
    assert str(raised.value).removeprefix("Place.") == expected


def test_the_first_values_of_a_class_are_as_those_after_them() -> None:
    @frozen
    class Pair:
        one: int
        other: list[int] = field(default_factory=list)

        def __post_init__(self) -> None:
            self.other.append(self.one)

    assert [Pair(1) for _ in range(100)] == [Pair(1, [])] * 100
    assert repr(Pair(one=2)).endswith("Pair(one=2, other=[2])")
