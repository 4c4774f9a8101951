"""The command line: one short command for each verb, over the same services as the app.

With `--json` a command prints exactly one JSON value on stdout; everything else goes to stderr.
"""

import os
import sys
import time

import typer

from workbench.cli import library, run, talk
from workbench.cli.output import fail
from workbench.errors import WorkbenchError

app = typer.Typer(
    help="Co-author custom instructions, try them side by side, annotate, version and export them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run.app)
app.command()(run.init)
app.command()(run.doctor)
app.command()(run.models)
app.command()(run.bench)
app.add_typer(library.sets, name="sets", help="Instruction sets and their versions.")
app.command()(library.verify)
app.command()(library.export)
app.command()(talk.converse)


def main() -> None:
    """Run a command; a deliberate error is one sentence on stderr and exit code 1."""
    os.environ.setdefault("WORKBENCH_LAUNCHED", str(time.time()))
    try:
        app()
    except WorkbenchError as error:
        fail(error, as_json="--json" in sys.argv)
