"""A run prepared from what an earlier one has kept: to go on with that, or to do it again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goflow.api.answering import script_of
from goflow.api.prepare import Prepared, plan_run, require_sound
from goflow.loader.load import load_bundle
from goflow.loader.reader import RecordedReader
from goflow.planning.notices import unhonoured
from goflow.workflow import SourceFile, SourceRole

if TYPE_CHECKING:
    from goflow.api.host import Host
    from goflow.api.recall import KeptRun
    from goflow.loader.inputs import GivenInputs
    from goflow.planning.options import RunOptions
    from goflow.workflow import Bundle


def prepare_again(
    former: KeptRun,
    *,
    host: Host,
    audit_dir: Path,
    reads_anew: bool,
    give: Callable[[Bundle], GivenInputs],
    change: Callable[[RunOptions], RunOptions],
) -> Prepared:
    """Prepare a new run in the workspace of a former one, with its inputs and options.

    `reads_anew` says that the author's files are read as they are now, not as they were kept. `give` makes
    the inputs, secret ones included, and names the files that they are from; `change` makes the options from
    those that the former run had.
    """
    created, place = former.created, replace(host, cwd=Path(former.created.workspace))
    recorded = None if reads_anew else former.sources
    reader = None if recorded is None else RecordedReader(recorded)
    bundle = load_bundle(created.workflow_path, cwd=place.cwd, home=host.home, reader=reader)
    given, options = give(bundle), change(former.options)
    warnings = require_sound(bundle, given.values)
    script = _script(former, options, host, reads_anew=reads_anew)
    planned = plan_run(bundle, given.values, options=options, host=place, script=script, recorded=recorded)
    answering = planned.answering
    return Prepared(
        host=place,
        bundle=bundle,
        plan=planned.plan,
        options=options,
        run_id=f"r-{secrets.token_hex(5)}",
        audit_dir=audit_dir,
        sources=(*bundle.sources, *given.sources, *planned.attached.sources, *answering.sources),
        answering=answering,
        warnings=(*warnings, *given.problems, *answering.warnings),
        notices=(*unhonoured(bundle, answering.backend), *answering.notices),
    )


def files_of(former: KeptRun) -> tuple[SourceFile, ...]:
    """Return the sources that are files of the author's; a recording may be a run's folder, packed."""
    return tuple(source for source in former.sources if not _is_recording(source, former))


def _script(former: KeptRun, options: RunOptions, host: Host, *, reads_anew: bool) -> SourceFile | None:
    """Return what answers are taken from: a script given now, else what was kept.

    The author's script is read again where the other files are. A recording is what it was, and answers
    replays alone.
    """
    kept = next((source for source in former.sources if source.role is SourceRole.SCRIPT), None)
    if host.mock_script is not None or kept is None:
        return script_of(host)
    if _is_recording(kept, former):
        return kept if options.backend == "replay" else None
    return script_of(replace(host, mock_script=Path(kept.path))) if reads_anew else kept


def _is_recording(source: SourceFile, former: KeptRun) -> bool:
    return source.role is SourceRole.SCRIPT and former.options.backend == "replay"
