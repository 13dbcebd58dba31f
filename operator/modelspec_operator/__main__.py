"""``python -m modelspec_operator``: settings from the environment, logs to standard output."""

import asyncio
import logging
import signal
import sys

import structlog

from modelspec_operator.handlers.lifecycle import run
from modelspec_operator.settings import Settings


def main() -> None:
    """Run the operator until it is told to stop."""
    _configure_logs()
    # Until kopf takes the signals over: the first process of a container has no default for them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    asyncio.run(run(Settings()))


def _configure_logs() -> None:
    """Write one JSON object per line, our own records and the libraries' alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for chatty in ("kopf", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


if __name__ == "__main__":
    main()
