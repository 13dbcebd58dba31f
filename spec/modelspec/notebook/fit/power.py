"""The analyzer that makes a distribution look normal: an exponent by maximum likelihood."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from modelspec.notebook.fit.analyzer import Document, FitError, FloatArray, decimal, known_values
from modelspec.notebook.importers.extras import require


@dataclass(frozen=True)
class Power:
    """The exponent that ``PowerTransformer`` of scikit-learn finds, which computes it."""

    method: Literal["yeo-johnson", "box-cox"] = "yeo-johnson"
    """Yeo and Johnson (2000), for any number, or Box and Cox (1964), for positive ones."""

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `PowerTransform`; a column that does not vary has exponent 1.

        Raises:
            FitError: Box-Cox is asked for a column with values that are not positive.
        """
        del target
        known = known_values(values)
        if self.method == "box-cox" and known.min() <= 0.0:
            low = known.min()
            raise FitError(f"Box-Cox is for positive numbers, got {low}; use yeo_johnson")
        exponent = 1.0 if known.min() == known.max() else self._likeliest(known)
        return {"type": "PowerTransform", "powerTransform": {"exponent": decimal(exponent)}}

    def _likeliest(self, known: FloatArray) -> float:
        preprocessing = require("sklearn.preprocessing", "sklearn")
        transformer = preprocessing.PowerTransformer(self.method, standardize=False)
        return float(transformer.fit(known[:, np.newaxis]).lambdas_[0])
