"""Parts that a user names in YAML as ``module:name``: imported, and their arguments checked."""

import inspect
import pkgutil
import sys
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from musasr.errors import ConfigError, suggest, unknown_key

KIND_KEY = "type"  # of a section that names its kind: its other keys are that kind's settings
SEVERAL, PARTS = "several", "parts"  # the kind that is made of others of its sort, and the key that has them


def load_named(name: object, *, where: str) -> Callable[..., Any]:
    """The class or function that ``module:name`` names.

    Args:
        name: Such as ``my_package.whisper:Whisper``.
        where: The key that holds it, for the messages.

    Raises:
        ConfigError: It is not spelt so, or there is no such module or name in it.
    """
    module_name, _, attribute = str(name).partition(":")
    if not all(part.isidentifier() for part in (*module_name.split("."), attribute)):
        what = f"{name!r} is not module:name"
        raise ConfigError(what, where=where, mend="give such as my_package.my_module:MyClass")
    module = _import(module_name, where=where)
    found = getattr(module, attribute, None)
    if not callable(found):
        known = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        what = f"module {module_name} has no class or function {attribute!r}"
        raise ConfigError(what, where=where, mend=suggest(attribute, sorted(known)))
    return found


def named_part(
    section: Mapping[str, Any], key: str, *, provided: Collection[str], where: str
) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The class or function that a section names under a key, and its settings, under ``KEY_conf``; checked.

    Args:
        section: Holds the two keys and no others.
        key: Such as ``reader``.
        provided: Arguments that the house gives besides.
        where: The section's place, for the messages.

    Raises:
        ConfigError: A key is unknown, the part is not there, or does not take its settings.
    """
    conf = f"{key}_conf"
    for one in section:
        if one not in (key, conf):
            raise unknown_key(one, (key, conf), where=where)
    settings = section.get(conf) or {}
    if not isinstance(settings, Mapping):
        what = f"wants the arguments of the {key}, got {settings!r}"
        raise ConfigError(what, where=f"{where}.{conf}", mend="give such as {size: 5}")
    part = load_named(section.get(key), where=f"{where}.{key}")
    check_arguments(part, settings, provided=provided, where=f"{where}.{conf}")
    return part, dict(settings)


def check_arguments(
    function: Callable[..., Any],
    given: Mapping[str, Any],
    *,
    provided: Collection[str],
    where: str,
) -> None:
    """See that what a user gives a function are keyword arguments of it: all that it needs, no others.

    Args:
        function: A function or a class.
        given: Names and values of the configuration.
        provided: Arguments that the house gives besides; the function must take each, a user none.
        where: The key that holds ``given``, for the messages.

    Raises:
        ConfigError: An argument is unknown, or missing, or the function does not take what is provided.
    """
    parameters = inspect.signature(function).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    known = [name for name, parameter in parameters.items() if _is_named(parameter) and name not in provided]
    for key in given:
        if key in provided or not (key in known or takes_any):
            raise _unknown(key, known, function, where=where)
    for name in known:
        if parameters[name].default is inspect.Parameter.empty and name not in given:
            raise ConfigError(f"{name!r} is missing", where=where, mend="add it")
    for name in provided:
        if name not in parameters and not takes_any:
            what = f"{function.__name__} takes no argument {name!r}"
            raise ConfigError(what, where=where, mend=f"give it one: it is built with {', '.join(provided)}")


def _unknown(key: object, known: Collection[str], function: Callable[..., Any], *, where: str) -> ConfigError:
    if known:
        return unknown_key(key, known, where=where)
    return ConfigError(f"unknown key {key!r}", where=where, mend=f"{function.__name__} takes no settings")


def _is_named(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)


def _import(name: str, *, where: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name and not f"{name}.".startswith(f"{error.name}."):
            what = f"module {name} needs {error.name}, which is not installed"
            raise ConfigError(what, where=where, mend=f"install {error.name}") from error
        raise ConfigError(f"there is no module {name}", where=where, mend=_advice(name)) from error
    except ImportError as error:
        raise ConfigError(f"module {name} cannot be imported ({error})", where=where) from error


def _advice(name: str) -> str:
    """What to do about a module that is not there: take its neighbour of a like name, where it has any."""
    package, _, last = name.rpartition(".")
    neighbours = pkgutil.iter_modules(getattr(sys.modules.get(package), "__path__", ()))
    known = [module.name for module in neighbours]
    return suggest(last, known) if known else "check its name, and that its folder is in PYTHONPATH"
