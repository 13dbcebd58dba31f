"""What no expression gives bit for bit, by the name of its class, and what to use instead."""

from collections.abc import Mapping
from typing import Any


class UnsupportedTransformerError(ValueError):
    """A transformer, or a setting of one, that no expression gives bit for bit."""


OPAQUE: Mapping[str, str] = {
    "AdditiveChi2Sampler": "derive the features from expressions",
    "BernoulliRBM": "an MLP as the model",
    "CountVectorizer": "contains() or count_char() of the words that matter",
    "DictVectorizer": "a column for each key, and OneHotEncoder",
    "FactorAnalysis": "the columns themselves",
    "FastICA": "the columns themselves",
    "FeatureHasher": "an ordinary text column and hash_bucket(x, n), which takes the hash modulo n"
    " without its sign",
    "HashingVectorizer": "contains() or count_char() of the words that matter",
    "IncrementalPCA": "the columns themselves: sums over columns have no fixed order",
    "IterativeImputer": "SimpleImputer(add_indicator=True)",
    "KernelPCA": "the columns themselves",
    "KNNImputer": "SimpleImputer(add_indicator=True)",
    "LabelBinarizer": "OneHotEncoder: this one is for labels",
    "LabelEncoder": "OrdinalEncoder: this one is for labels",
    "MultiLabelBinarizer": "a truth value for each label",
    "Nystroem": "the columns themselves",
    "PCA": "the columns themselves: sums over columns have no fixed order",
    "PolynomialCountSketch": "PolynomialFeatures",
    "RBFSampler": "the columns themselves",
    "SparsePCA": "the columns themselves",
    "SplineTransformer": "KBinsDiscretizer or PolynomialFeatures",
    "TfidfTransformer": "the counts themselves",
    "TfidfVectorizer": "contains() or count_char() of the words that matter",
    "TruncatedSVD": "the columns themselves: sums over columns have no fixed order",
}
"""Transformers of scikit-learn that are refused, and the nearest alternative of each."""


def refused(transformer: Any, what: str, instead: str) -> UnsupportedTransformerError:
    """Return the error that names a setting of a transformer and what to use instead."""
    return UnsupportedTransformerError(f"{type(transformer).__name__}: {what}; {instead}")


def unknown(transformer: Any) -> UnsupportedTransformerError:
    """Return the error for a transformer of a class that is not imported at all."""
    kind = type(transformer)
    instead = OPAQUE.get(kind.__name__)
    if instead and kind.__module__.startswith("sklearn."):
        return UnsupportedTransformerError(f"{kind.__name__} is not imported; use {instead}")
    return UnsupportedTransformerError(
        f"{kind.__module__}.{kind.__qualname__} is not imported; derive its columns from"
        " expressions with `Spec.derive`, or use one that docs/reference/imports.md lists"
    )
