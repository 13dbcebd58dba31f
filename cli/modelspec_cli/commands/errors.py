"""What ends a command because of how it was called."""


class OptionError(ValueError):
    """A value that the command cannot work with; the program says why and exits with 2."""

    def __init__(self, message: str, option: str | None = None) -> None:
        super().__init__(message)
        self.option = option
        """The option that gave it, if one alone did."""
