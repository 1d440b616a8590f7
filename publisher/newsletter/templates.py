"""Render a template; a fault of a site's own one is told with its file and line."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jinja2 import Environment


_LONGEST = 200


class TemplateFaultError(ValueError):
    """A template cannot be rendered.

    Attributes:
        template: Its name, such as ``newsletter/article.html``.
        line: 1-based line, or None where it is not known.
        said: What is wrong, without a full stop.
    """

    def __init__(self, template: str, line: int | None, said: str) -> None:
        super().__init__(said)
        self.template, self.line, self.said = template, line, said

    @property
    def found(self) -> str:
        """Return file, line and what is wrong, as one sentence."""
        where = f"templates/{self.template}{f':{self.line}' if self.line else ''}"
        return f"{where}: {self.said}."


def render_template(environment: Environment, name: str, values: Mapping[str, object]) -> str:
    """Return a rendered template.

    Args:
        environment: With a loader of folders, the site's own before ours.
        name: Such as ``newsletter/post.html``.
        values: Its variables.

    Raises:
        TemplateFaultError: It cannot be compiled or rendered; the error names the template of it,
            which may be one that is included.
    """
    try:
        return environment.get_template(name).render(values)
    except Exception as error:
        raise fault_in(name, error, environment) from error


def fault_in(
    name: str, error: Exception, environment: Environment | None = None
) -> TemplateFaultError:
    """Return the fault that an error shows.

    Args:
        name: Of the template that was asked for.
        error: What was raised.
        environment: Knows the templates that a traceback goes through.
    """
    template, line = (_place(environment, error) if environment is not None else None) or (
        name,
        None,
    )
    if type(error).__name__ == "TemplateSyntaxError":
        template, line = (
            getattr(error, "name", None) or template,
            getattr(error, "lineno", None) or line,
        )
    return TemplateFaultError(template, line, _said(error))


def render_or_shipped(environment: Environment, name: str, values: Mapping[str, object]) -> str:
    """Return a rendered template.

    Where a site's own one has a fault, which is logged, it is the one of the same name that we
    ship.

    A reader's page or letter is not to be missing because of it: who wants to leave must get the
    page to leave on.
    """
    try:
        return render_template(environment, name, values)
    except TemplateFaultError as fault:
        from jinja2 import FileSystemLoader  # noqa: PLC0415 - only where something went wrong

        _tell(fault.found)
        shipped = environment.overlay(
            loader=FileSystemLoader(_folders(environment)[-1:]), cache_size=0
        )
        return render_template(shipped, name, values)


@lru_cache(maxsize=256)
def _tell(found: str) -> None:
    """Log a fault once: a page may be asked for a thousand times."""
    import logging  # noqa: PLC0415 - only where something went wrong

    logging.getLogger("publisher").warning(
        "%s The template of this name that Publisher ships is used.", found
    )


def _folders(environment: Environment) -> list[str]:
    return list(getattr(environment.loader, "searchpath", ()))


def _said(error: Exception) -> str:
    text = " ".join((getattr(error, "message", None) or str(error)).split())[:_LONGEST].rstrip(".")
    kind = type(error).__name__
    return (
        text
        if kind in {"UndefinedError", "TemplateSyntaxError"} and text
        else f"{kind}{f': {text}' if text else ''}"
    )


def _place(environment: Environment, error: Exception) -> tuple[str, int] | None:
    """Return the innermost template and line that a traceback goes through."""
    found = None
    for file, line in _frames(error):
        for folder in _folders(environment):
            if Path(file).is_relative_to(folder):
                found = Path(file).relative_to(folder).as_posix(), line
    return found


def _frames(error: Exception) -> Iterator[tuple[str, int]]:
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame.f_code.co_filename, step.tb_lineno
        step = step.tb_next
