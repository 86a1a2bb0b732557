"""A case: the question, whom it is about, and the findings that answer it, in order.

``case.toml`` is the case as a person reads and edits it; writing what was read gives the same
bytes again, comments and all.
"""

import json
import re
import tomllib
from collections import Counter
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from quaywatch.cases.asked import Asked, AskedHypothesis, Exemption, Tension
from quaywatch.errors import CaseFileError


class Case(BaseModel):
    """One question under investigation."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    _written: str | None = PrivateAttr(default=None)
    """The text that it was read from, so that a person's comments are not lost."""

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
    hypothesis: tuple[AskedHypothesis, ...] = ()
    exemption: tuple[Exemption, ...] = ()
    tension: tuple[Tension, ...] = ()

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        ids = [one.id for one in self.hypothesis]
        ids += [one.id for one in self.exemption] + [one.id for one in self.tension]
        twice = sorted(word for word, n in Counter(ids).items() if n > 1)
        if twice:
            msg = f"the id {twice[0]!r} is used twice"
            raise ValueError(msg)
        known = {one.id for one in self.hypothesis}
        named = [i for e in self.exemption for i in e.makes_innocent]
        named += [i for t in self.tension for i in t.hypotheses]
        for word in named:
            if word not in known:
                msg = f"no hypothesis has the id {word!r}"
                raise ValueError(msg)
        shared: dict[str, float] = {}
        for one in self.hypothesis:
            if one.together:
                shared[one.together] = shared.get(one.together, 0.0) + one.prior
        for word, total in shared.items():
            if total > 1 + 1e-9:
                msg = f"priors of the hypotheses together in {word!r} add up to {total:g}: over 1"
                raise ValueError(msg)
        return self

    def __eq__(self, other: object) -> bool:
        """Two cases that say the same are equal, however their files are laid out."""
        return isinstance(other, Case) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        """Of what it says."""
        return hash(self.model_dump_json())


def _toml_string(text: str) -> str:
    # A JSON string is a TOML basic string, save that TOML also wants DEL escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _toml_list(items: tuple[str, ...]) -> str:
    if not items:
        return "[]"
    return "[\n" + "".join(f"  {_toml_string(item)},\n" for item in items) + "]"


def _toml_value(value: object) -> str:
    if isinstance(value, str):
        return _toml_string(value)
    if isinstance(value, tuple | list):
        if all(isinstance(item, str) for item in value):
            return _toml_list(tuple(value))
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    return json.dumps(value)


def _toml_table(name: str, table: Asked) -> list[str]:
    """One ``[[name]]``: what differs from its default, then the tables inside it."""
    said = {
        key: value for key, value in table if value != type(table).model_fields[key].get_default()
    }
    inner = {k: v for k, v in said.items() if isinstance(v, tuple) and isinstance(v[0], Asked)}
    lines = ["", f"[[{name}]]"]
    lines += [f"{key} = {_toml_value(value)}" for key, value in said.items() if key not in inner]
    for key, tables in inner.items():
        for one in tables:
            lines += _toml_table(f"{name}.{key}", one)
    return lines


def case_toml(case: Case) -> str:
    r"""The case as the text of ``case.toml``.

    A case that was read and has since got findings keeps its own text, comments and all; only
    what changed is written anew.

    Examples:
        >>> case = Case(id="twice", title="Seen twice", question="Where was it?")
        >>> read_case(case_toml(case)) == case
        True
        >>> text = '# mine\nid = "a"\ntitle = "A"\nquestion = "Who?"\n'
        >>> case_toml(read_case(text)) == text
        True

    """
    kept = _kept_text(case)
    if kept is not None:
        return kept
    lines = [
        f"id = {_toml_string(case.id)}",
        f"title = {_toml_string(case.title)}",
        f"question = {_toml_string(case.question)}",
        f"simulated = {'true' if case.simulated else 'false'}",
        f"subjects = {_toml_list(case.subjects)}",
        f"findings = {_toml_list(case.findings)}",
    ]
    for name in ("hypothesis", "exemption", "tension"):
        for table in getattr(case, name):
            lines += _toml_table(name, table)
    return "\n".join(lines) + "\n"


_KEYS = {
    "findings": re.compile(r"(?m)^findings\s*=\s*\[[^\]]*\][^\n]*$"),
    "simulated": re.compile(r"(?m)^simulated\s*=\s*(?:true|false)[^\n]*$"),
}


def _kept_text(case: Case) -> str | None:
    """The text that the case was read from, with its findings of now; None: cannot be mended."""
    text = case._written  # noqa: SLF001  # this module's own: pydantic wants the underscore
    if text is None or read_case(text) == case:
        return text
    told = {
        "findings": f"findings = {_toml_list(case.findings)}",
        "simulated": f"simulated = {'true' if case.simulated else 'false'}",
    }
    for key, line in told.items():
        if _KEYS[key].search(text):
            # Split, not substituted: a backslash in an id must not be read as a group.
            before, after = _KEYS[key].split(text, maxsplit=1)
            text = before + line + after
        else:
            text = f"{line}\n{text}"
    try:
        return text if read_case(text) == case else None
    except CaseFileError:
        return None


def read_case(text: str) -> Case:
    r"""Read the text of a ``case.toml``.

    Raises:
        CaseFileError: it is not TOML, or lacks or adds a key.

    Examples:
        >>> read_case('id = "a"\ntitle = "A"\nquestion = "Who?"').simulated
        False

    """
    try:
        case = Case.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as err:
        raise CaseFileError(fact=f"it is not TOML ({err})") from err
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CaseFileError(fact=f"{where}: {first['msg']}") from err
    case._written = text  # noqa: SLF001  # see above
    return case
