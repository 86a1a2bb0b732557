"""A case: the question, whom it is about, and the findings that answer it, in order.

``case.toml`` is the case as a person reads and edits it; writing what was read gives the same
bytes again.
"""

import json
import tomllib

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quaywatch.errors import CaseFileError


class Case(BaseModel):
    """One question under investigation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    """Also the folder's name, hence a short word of a-z, 0-9 and hyphens."""
    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    subjects: tuple[str, ...] = ()
    """``imo:…``, ``mmsi:…``, ``site:…``."""
    findings: tuple[str, ...] = ()
    """Ids of findings, in the order in which the dossier argues them."""
    simulated: bool = False
    """True where the world was made by ``quaywatch.testing``; stands on every page."""


def _toml_string(text: str) -> str:
    # A JSON string is a TOML basic string, save that TOML also wants DEL escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _toml_list(items: tuple[str, ...]) -> str:
    if not items:
        return "[]"
    return "[\n" + "".join(f"  {_toml_string(item)},\n" for item in items) + "]"


def case_toml(case: Case) -> str:
    """The case as the text of ``case.toml``.

    Examples:
        >>> case = Case(id="twice", title="Seen twice", question="Where was it?")
        >>> read_case(case_toml(case)) == case
        True

    """
    lines = [
        f"id = {_toml_string(case.id)}",
        f"title = {_toml_string(case.title)}",
        f"question = {_toml_string(case.question)}",
        f"simulated = {'true' if case.simulated else 'false'}",
        f"subjects = {_toml_list(case.subjects)}",
        f"findings = {_toml_list(case.findings)}",
    ]
    return "\n".join(lines) + "\n"


def read_case(text: str) -> Case:
    r"""Read the text of a ``case.toml``.

    Raises:
        CaseFileError: it is not TOML, or lacks or adds a key.

    Examples:
        >>> read_case('id = "a"\ntitle = "A"\nquestion = "Who?"').simulated
        False

    """
    try:
        return Case.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as err:
        raise CaseFileError(fact=f"it is not TOML ({err})") from err
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CaseFileError(fact=f"{where}: {first['msg']}") from err
