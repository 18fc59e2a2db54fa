"""The form of every kind of file, as JSON Schema: what an editor completes and checks by."""

from __future__ import annotations

from typing import Any

from sim.core import intake


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    return KINDS[kind]() | {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def _of(form: Any) -> dict[str, Any]:
    return intake.schema_of(form)


def _scenario() -> dict[str, Any]:
    from sim.scenario.schema import json_schema

    return json_schema()


def _strategy() -> dict[str, Any]:
    from sim.strategies.recipe import Recipe

    return _of(Recipe)


def _timetable() -> dict[str, Any]:
    from sim.strategies.timetable import Timetable

    return _of(Timetable)


def _lesson() -> dict[str, Any]:
    from sim.lessons.form import Lesson

    return _of(Lesson)


def _design() -> dict[str, Any]:
    from sim.experiments.sweep.design import DesignFile

    return _of(DesignFile)


def _sweep() -> dict[str, Any]:
    from sim.experiments.sweep.keeping import AboutFile

    return _of(AboutFile)


def _forecast() -> dict[str, Any]:
    from sim.experiments.forecast.frozen import ForecastFile

    return _of(ForecastFile)


def _targets() -> dict[str, Any]:
    from sim.experiments.calibrate.targets import COLUMNS

    row = {name: {"type": "string" if name == "name" else "number"} for name in COLUMNS}
    more = {"source": {"type": "string"}, "use": {"enum": ["fit", "hold"]}}
    one = {"type": "object", "properties": row | more, "required": list(COLUMNS)}
    return {"title": "Targets, a CSV table with these columns", "type": "array", "items": one}


def _question() -> dict[str, Any]:
    from sim.experiments.question import QuestionForm

    return _of(QuestionForm)


def _failures() -> dict[str, Any]:
    from sim.store.runs.folder import Failure

    return _of(list[Failure])


def _models() -> dict[str, Any]:
    return _of(dict[str, dict[str, Any]])


def _journal() -> dict[str, Any]:
    from sim.experiments.sweep import keeping, plays

    return _of(keeping.Line | plays.Line)


def _manifest() -> dict[str, Any]:
    from sim.store.runs.form import ManifestForm

    return _of(ManifestForm)


def _index() -> dict[str, Any]:
    from sim.store.runs.index import IndexFile

    return _of(IndexFile)


def _progress() -> dict[str, Any]:
    from sim.store.runs.progress import ProgressForm

    return _of(ProgressForm)


def _job() -> dict[str, Any]:
    from sim.store.jobs.record import JobForm

    return _of(JobForm)


def _draft() -> dict[str, Any]:
    from sim.store.drafts.shelf import DraftForm

    return _of(DraftForm)


def _setup() -> dict[str, Any]:
    from sim.store.drafts.setups import SetupForm

    return _of(SetupForm)


def _rollout() -> dict[str, Any]:
    from sim.experiments.rollout.running import RolloutFile

    return _of(RolloutFile)


def _response() -> dict[str, Any]:
    from sim.experiments.response import ResponseFile

    return _of(ResponseFile)


def _posterior() -> dict[str, Any]:
    from sim.experiments.calibrate.posterior import PosteriorFile

    return _of(PosteriorFile)


KINDS = {
    "scenario": _scenario, "strategy": _strategy, "timetable": _timetable, "lesson": _lesson,
    "design": _design, "sweep": _sweep, "forecast": _forecast, "targets": _targets,
    "question": _question, "failures": _failures, "models": _models, "journal": _journal,
    "manifest": _manifest, "index": _index, "progress": _progress, "job": _job, "draft": _draft,
    "setup": _setup, "rollout": _rollout, "response": _response, "posterior": _posterior,
}  # fmt: skip
