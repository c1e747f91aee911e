"""Errors: one tree, and an unknown name tells the nearest known ones."""

import pickle

from actsearch.primitives import ActsearchError, StoreError, StoreVersionError, UnknownName, errors, nearest


def test_all_errors_stand_in_one_tree() -> None:
    kinds = [one for name in errors.__all__ if isinstance(one := getattr(errors, name), type)]
    assert len(kinds) == 12
    assert all(issubclass(kind, ActsearchError) for kind in kinds)
    assert issubclass(StoreVersionError, StoreError)


def test_the_nearest_names_come_first() -> None:
    assert nearest("sigmod", ["tanh", "softplus", "sigmoid", "sin"])[0] == "sigmoid"
    assert nearest("", ["b", "a"]) == ("a", "b")


def test_a_name_without_end_is_compared_by_its_beginning() -> None:
    assert nearest("gelu" + "x" * 10**6, ["relu", "gelu"])[0] == "gelu"


def test_a_message_names_what_came_and_what_would_do() -> None:
    known = [f"name{number}" for number in range(12)]
    said = str(UnknownName("task", "nam3", known))
    assert said.startswith("there is no task `nam3`; known, nearest first: `name3`")
    assert said.endswith("and 4 more")
    assert "none is known yet" in str(UnknownName("key", "k", []))


def test_an_unknown_name_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(UnknownName("task", "t", ["a", "b"])))
    assert (error.kind, error.name, error.known) == ("task", "t", UnknownName("task", "t", ["a", "b"]).known)
