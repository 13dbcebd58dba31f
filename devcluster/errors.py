"""The errors that a user of the local cluster can act on; the CLI prints them as they are."""

__all__ = [
    "CommandFailedError",
    "DeadlineExceededError",
    "DevclusterError",
    "MissingPrerequisiteError",
    "ProcessDiedError",
]


class DevclusterError(Exception):
    """Anything that stops a command; the text says what is wrong and what to do."""


class CommandFailedError(DevclusterError):
    """A program that we ran to completion ended with an error."""


class DeadlineExceededError(DevclusterError):
    """Something that should have become ready did not, in the time given."""


class MissingPrerequisiteError(DevclusterError):
    """This machine lacks something that we cannot install ourselves."""


class ProcessDiedError(DevclusterError):
    """A program of the cluster ended while the cluster was starting."""
