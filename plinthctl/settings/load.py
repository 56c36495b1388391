"""From files, environment and flags to one checked tree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from plinthctl import paths
from plinthctl.errors import BadConfiguration
from plinthctl.settings import problems
from plinthctl.settings.files import read_secret, read_toml, refuse_if_open
from plinthctl.settings.kinds import holds_password
from plinthctl.settings.problems import Problem
from plinthctl.settings.sources import (
    FILE_SUFFIX,
    Given,
    Origin,
    from_environ,
    from_overrides,
    from_table,
    keys,
    settable,
)
from plinthctl.settings.tree import Settings


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, where each came from (by key path), and the file that was read."""

    settings: Settings
    origins: Mapping[str, Origin]
    path: Path | None


def load_settings(
    config: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any]
) -> Loaded:
    """Read everything that is set: flags win over the environment, that over the file.

    Args:
        config: The file that ``--config`` names; it must exist.
        overrides: Flags by key path; None where a flag was not given.

    Raises:
        BadConfiguration: with every wrong key and value at once.
    """
    path = find_config(config, environ)
    layers = (
        list(from_table(read_toml(path), path)) if path else [],
        list(from_environ(environ)),
        list(from_overrides(overrides)),
    )
    wrong = [*problems.unknown_keys(chain(*layers)), *problems.near_misses(environ)]
    known = [[g for g in layer if g.path in settable()] for layer in layers]
    chosen = _merged(known, wrong)
    settings = _checked(chosen, wrong)
    if path:
        _keep_secrets_private(path, known[0])
    return Loaded(settings, _origins(chosen), path)


@dataclass(frozen=True, slots=True)
class Located:
    """The configuration to read (None: there is none), and why it is this one."""

    path: Path | None
    why: str


def locate(config: Path | None, environ: Mapping[str, str]) -> Located:
    """The file that somebody names, else the first that exists."""
    if config:
        return Located(config.expanduser(), "--config names it")
    if named := environ.get(paths.CONFIG_VARIABLE):
        return Located(Path(named).expanduser(), f"${paths.CONFIG_VARIABLE} names it")
    candidates = list(paths.config_candidates(environ))
    found = next((path for path in candidates if _is_there(path)), None)
    looked = ", ".join(map(str, candidates))
    return Located(found, f"the first of {looked}" if found else f"none of {looked} exists")


def find_config(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read; None: there is none."""
    return locate(config, environ).path


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder we may not look into holds nothing for us
        return False


def _merged(layers: Iterable[Iterable[Given]], wrong: list[Problem]) -> dict[str, Given]:
    chosen: dict[str, Given] = {}
    for layer in layers:
        chosen |= _resolved(layer, wrong)
    return chosen


def _resolved(layer: Iterable[Given], wrong: list[Problem]) -> dict[str, Given]:
    """One source's values by key, with each ``…_file`` replaced by what is in it."""
    found: dict[str, Given] = {}
    for given in layer:
        path = given.path if given.path in keys() else given.path.removesuffix(FILE_SUFFIX)
        if path in found:
            wrong.append(Problem(path, f"is set twice, also as {path}{FILE_SUFFIX}", given.place))
            continue
        try:
            found[path] = given if path == given.path else _opened(given, path)
        except BadConfiguration as error:
            wrong.append(Problem(given.path, _in_vain(error), given.place, fix=error.fix))
    return found


def _in_vain(error: BadConfiguration) -> str:
    return f"cannot be used: {error.told}"


def _opened(given: Given, path: str) -> Given:
    if not isinstance(given.value, str):
        raise BadConfiguration("it is not the path of a file")
    file = given.base / Path(given.value).expanduser()
    return replace(given, path=path, value=read_secret(file))


def _checked(chosen: Mapping[str, Given], wrong: list[Problem]) -> Settings:
    tree: dict[str, Any] = {}
    for path, given in chosen.items():
        _plant(tree, path.split("."), given.value)
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise problems.as_error([*wrong, *problems.of_validation(error, chosen)]) from None
    if settings.providers.lacks_model:
        wrong.append(problems.NO_MODEL)
    if wrong:
        raise problems.as_error(wrong)
    return settings


def _plant(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value


def _keep_secrets_private(path: Path, given: Iterable[Given]) -> None:
    if any(_is_secret(g) for g in given):
        refuse_if_open(path)


def _is_secret(given: Given) -> bool:
    if given.path not in keys() or not keys()[given.path].secret:
        return False
    is_address = given.path in {"database.url", "redis.url"}
    return not is_address or holds_password(str(given.value))


def _origins(chosen: Mapping[str, Given]) -> dict[str, Origin]:
    return {path: chosen[path].origin if path in chosen else Origin.DEFAULT for path in keys()}
