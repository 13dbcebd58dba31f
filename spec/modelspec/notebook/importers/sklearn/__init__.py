"""Fitted transformers and pipelines of scikit-learn as specifications, verified or refused."""

from modelspec.notebook.importers.sklearn.pipelines import from_sklearn

__all__ = ["from_sklearn"]
