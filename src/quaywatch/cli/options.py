"""Options that every command shares."""

from pathlib import Path
from typing import Annotated

import typer

WorkspaceDir = Annotated[
    Path, typer.Option("--workspace", metavar="DIR", help="The workspace; the current folder.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Licence = Annotated[str | None, typer.Option(help="Licence of the files, such as an SPDX id.")]
Credit = Annotated[str | None, typer.Option(help="Credit line to print beside every use.")]
Provider = Annotated[str | None, typer.Option(help="Who provided the files.")]
