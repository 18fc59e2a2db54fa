"""The one loader: every file that comes from outside, ours or a stranger's, is read by it.

First the file (a regular one, no larger than its kind may be), then its text, then its structure
(no deeper, no longer, no larger numbers than a reader can hold), then its form (`forms`). Each
refuses with one line; nothing else leaves.
"""

from sim.core.intake.files import Limits, lines_of, raw, table, text
from sim.core.intake.forms import (
    Field,
    Form,
    Open,
    Strict,
    checked,
    checked_in,
    fitting,
    kept_as,
    schema_of,
)
from sim.core.intake.trees import json_of, parsed_json, parsed_toml, toml_of

__all__ = [
    "Field",
    "Form",
    "Limits",
    "Open",
    "Strict",
    "checked",
    "checked_in",
    "fitting",
    "json_of",
    "kept_as",
    "lines_of",
    "parsed_json",
    "parsed_toml",
    "raw",
    "schema_of",
    "table",
    "text",
    "toml_of",
]
