"""Which estimators of scikit-learn are refused by name, why, and what to use instead."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RefusedEstimator:
    """A class of estimators that does not become a graph."""

    name: str
    reason: str
    instead: str
    """The nearest that does."""


REFUSED: tuple[RefusedEstimator, ...] = (
    *(
        RefusedEstimator(name, "it needs its training rows to answer", "a gradient boosting")
        for name in (
            "KNeighborsClassifier",
            "KNeighborsRegressor",
            "RadiusNeighborsClassifier",
            "RadiusNeighborsRegressor",
            "LocalOutlierFactor",
            "GaussianProcessClassifier",
            "GaussianProcessRegressor",
            "KernelRidge",
            "LabelPropagation",
            "LabelSpreading",
        )
    ),
    *(
        RefusedEstimator(name, "its kernel sums are not reproducible bit for bit", linear)
        for name, linear in (
            ("SVC", "`LinearSVC`"),
            ("NuSVC", "`LinearSVC`"),
            ("SVR", "`LinearSVR`"),
            ("NuSVR", "`LinearSVR`"),
            ("OneClassSVM", "`IsolationForest`"),
        )
    ),
    *(
        RefusedEstimator(name, "it averages several models", "a forest, or an Ensemble route")
        for name in (
            "BaggingClassifier",
            "BaggingRegressor",
            "VotingClassifier",
            "VotingRegressor",
            "StackingClassifier",
            "StackingRegressor",
            "AdaBoostClassifier",
            "AdaBoostRegressor",
        )
    ),
    *(
        RefusedEstimator(name, "it holds several models", "one import for each of them")
        for name in (
            "OneVsRestClassifier",
            "OneVsOneClassifier",
            "OutputCodeClassifier",
            "MultiOutputClassifier",
            "MultiOutputRegressor",
            "ClassifierChain",
            "RegressorChain",
        )
    ),
    *(
        RefusedEstimator(name, "its covariances do not sum reproducibly", instead)
        for name, instead in (
            ("QuadraticDiscriminantAnalysis", "`LinearDiscriminantAnalysis` or `GaussianNB`"),
            ("GaussianMixture", "`KMeans`"),
            ("BayesianGaussianMixture", "`KMeans`"),
            ("EllipticEnvelope", "`IsolationForest`"),
        )
    ),
    *(
        RefusedEstimator(name, "its distances cancel", "`KMeans`")
        for name in ("NearestCentroid", "MeanShift", "Birch", "BisectingKMeans")
    ),
    RefusedEstimator("AffinityPropagation", "its distances cancel", "`KMeans`"),
    *(
        RefusedEstimator(name, "it projects its columns first", "`Ridge`")
        for name in ("PLSRegression", "PLSCanonical", "CCA")
    ),
    RefusedEstimator(
        "TransformedTargetRegressor",
        "its inverse is any function",
        "the regressor inside, and its inverse as `postprocessing.calibration`",
    ),
    *(
        RefusedEstimator(name, "its threshold belongs to the decision", "the classifier inside")
        for name in ("FixedThresholdClassifier", "TunedThresholdClassifierCV")
    ),
    *(
        RefusedEstimator(name, "it selects columns first", "the estimator inside on these columns")
        for name in ("RFE", "RFECV")
    ),
    RefusedEstimator("SelfTrainingClassifier", "it wraps another", "the classifier inside"),
    RefusedEstimator("SGDOneClassSVM", "it has no margin of a class", "`IsolationForest`"),
    RefusedEstimator(
        "Pipeline",
        "it is more than an estimator",
        "`modelspec.from_sklearn(pipeline, frame, name=…)`, which imports all of it",
    ),
)
"""What people ask for, why it is not imported, and the nearest that is."""
