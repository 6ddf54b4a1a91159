"""Models by name or by file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from matchers import Model, ModelError, load_model
from matchers.model import parse_model


def read_model(name: str) -> Model:
    """A model of the program by its name (``v1``), or a file such as a run's ``model.toml``.

    Raises:
        ModelError: there is no such model, or the file is none; the message is for the person who asked.
    """
    path = Path(name)
    if path.suffix != ".toml" and not path.is_file():
        try:
            return load_model(name)
        except FileNotFoundError as error:
            raise ModelError(f"没有叫 {name} 的模型，也没有这个文件。") from error
    try:
        return parse_model(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"模型文件 {name} 读不了：{error}") from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{name} 不是模型文件，或与本程序的版本不符：{error}") from error
