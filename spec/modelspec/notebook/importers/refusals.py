"""Why a model of another library is not imported."""


class UnsupportedModelError(ValueError):
    """The model is of a kind, or has a parameter, that no graph gives bit for bit."""


class MismatchError(ValueError):
    """The graph answers a row otherwise than the model that it was made from."""


class RowsError(ValueError):
    """The rows to verify an import on are none that the model can take."""


class PartialImportWarning(UserWarning):
    """Some outputs are left out, as the original's own digits there are chance."""
