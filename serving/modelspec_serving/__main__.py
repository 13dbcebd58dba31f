"""The program of a serving pod."""

import logging
import os
import sys

# pydantic looks through all installed distributions for plugins; nothing here is one.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

import structlog
from pydantic import ValidationError

from modelspec_serving.app import Worker, serve
from modelspec_serving.lifecycle.load import RefusedError, load_decision
from modelspec_serving.lifecycle.progress import Progress, State
from modelspec_serving.lifecycle.readiness import Readiness
from modelspec_serving.monitoring.counters import Counters, shared_memory
from modelspec_serving.monitoring.requests import Requests
from modelspec_serving.settings import Settings
from modelspec_serving.workers import run_workers

EXIT_USAGE = 2
EXIT_REFUSED = 3


def main() -> int:
    """Serve the mounted snapshot; return the exit code: 0 stopped, 2 wrong settings, 3 refused."""
    _configure_logs()
    log = structlog.get_logger()
    try:
        settings = Settings()
    except ValidationError as error:
        log.error("wrong settings", problems=_problems(error))  # noqa: TRY400  # not ours to trace
        return EXIT_USAGE
    if settings.workers == 1:
        return _work(settings, Counters())
    memory = shared_memory(settings.workers)
    return run_workers(settings.workers, lambda number: _work(settings, Counters(memory, number)))


def _work(settings: Settings, counters: Counters) -> int:
    """Serve in this process; return its exit code."""
    progress = Progress(settings.status_file)
    worker = Worker(counters, Requests(counters), Readiness(), progress)
    try:
        decision = load_decision(settings, progress, worker.requests)
    except RefusedError as error:
        progress.enter(State.REFUSED, findings=[str(finding) for finding in error.findings])
        _explain(settings, error)
        return EXIT_REFUSED
    serve(decision, worker, settings)
    return 0


def _explain(settings: Settings, error: RefusedError) -> None:
    """Write why this pod stops where Kubernetes reads it; elsewhere there may be no such file."""
    try:
        settings.termination_log.write_text(f"{error}\n", encoding="utf-8")
    except OSError:
        structlog.get_logger().debug("no termination log", path=str(settings.termination_log))


def _problems(error: ValidationError) -> list[str]:
    return [
        f"MODELSPEC_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()
    ]


def _configure_logs() -> None:
    """Send every log line, ours and those of libraries, to standard output as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
    )
    handler = logging.StreamHandler(sys.stdout)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


if __name__ == "__main__":
    sys.exit(main())
