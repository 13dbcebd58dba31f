"""Codes that are reserved for what the specification does not say yet."""

from dataclasses import dataclass

from modelspec.explanations.explanation import Judge, Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True)
class Reserved:
    """A code that will come, with what it will be about."""

    code: str
    reason: str
    where: Judge
    severity: Severity
    comes_with: str
    """What the specification must be able to say first."""


_SOURCES = "sources other than the request"
_FALLBACK = "fallbacks and ages of features"
_STORES = "artifacts in OCI"
_CHAINS = "chains of models"
_GOLDEN = "coverage of golden rows"
_ROLLOUT = "rollout"
_STAGES = "stages, aliases"
_MONITORING = "monitoring"
_SCALING = "autoscaling"

RESERVED = (
    Reserved("MS120", "NotExecuted", Judge.OPERATOR, WARNING, "what a pod does not execute"),
    Reserved("MS213", "DefaultMissing", Judge.CEL, ERROR, _FALLBACK),
    Reserved("MS215", "AgeOfRequest", Judge.LINT, ERROR, _FALLBACK),
    Reserved("MS216", "StaleWithoutAge", Judge.LINT, ERROR, _FALLBACK),
    Reserved("MS217", "TimeoutOverDeadline", Judge.LINT, ERROR, _SOURCES),
    Reserved("MS218", "DeadlineOverLatency", Judge.LINT, WARNING, _SOURCES),
    Reserved("MS219", "UnknownKeyFeature", Judge.LINT, ERROR, _SOURCES),
    Reserved("MS220", "KeyFromItself", Judge.LINT, ERROR, _SOURCES),
    Reserved("MS221", "CyclicSources", Judge.LINT, ERROR, _SOURCES),
    Reserved("MS222", "UnusedSource", Judge.LINT, WARNING, _SOURCES),
    Reserved("MS224", "ConnectionMissing", Judge.OPERATOR, ERROR, _SOURCES),
    Reserved("MS225", "InvalidReference", Judge.SCHEMA, ERROR, _SOURCES),
    Reserved("MS226", "SourceFieldMissing", Judge.OPERATOR, ERROR, _SOURCES),
    Reserved("MS227", "SourceType", Judge.OPERATOR, ERROR, _SOURCES),
    Reserved("MS228", "AbsolutePath", Judge.SCHEMA, ERROR, _SOURCES),
    Reserved("MS337", "TableEntryType", Judge.OPERATOR, ERROR, "parameters in artifacts"),
    Reserved("MS404", "UnpinnedImage", Judge.LINT, ERROR, _STORES),
    Reserved("MS425", "NaNFromModel", Judge.POD, ERROR, _GOLDEN),
    Reserved("MS429", "CyclicModels", Judge.LINT, ERROR, _CHAINS),
    Reserved("MS431", "FormatNotServed", Judge.OPERATOR, ERROR, "formats other than ONNX"),
    Reserved("MS432", "VolumeMissing", Judge.OPERATOR, ERROR, "a look at volume claims"),
    Reserved("MS433", "ImageVolumeUnavailable", Judge.OPERATOR, WARNING, _STORES),
    Reserved("MS513", "ShadowOfServed", Judge.LINT, WARNING, "shadows"),
    Reserved("MS522", "NoVerification", Judge.LINT, ERROR, _STAGES),
    Reserved("MS526", "GoldenCoverage", Judge.OPERATOR, WARNING, _GOLDEN),
    Reserved("MS601", "InvalidStep", Judge.CEL, ERROR, _ROLLOUT),
    Reserved("MS602", "WeightsNotIncreasing", Judge.LINT, ERROR, _ROLLOUT),
    Reserved("MS603", "WeightOverHundred", Judge.SCHEMA, ERROR, _ROLLOUT),
    Reserved("MS604", "UnknownMetric", Judge.LINT, ERROR, _ROLLOUT),
    Reserved("MS605", "InvalidFailWhen", Judge.LINT, ERROR, _ROLLOUT),
    Reserved("MS606", "InvalidStrategy", Judge.CEL, ERROR, _ROLLOUT),
    Reserved("MS607", "DeadlineUnderPauses", Judge.LINT, ERROR, _ROLLOUT),
    Reserved("MS608", "OpenPause", Judge.LINT, WARNING, _ROLLOUT),
    Reserved("MS610", "TypeChanged", Judge.LINT, ERROR, "comparison with the version that serves"),
    Reserved(
        "MS611", "NewlyRequired", Judge.LINT, WARNING, "comparison with the version that serves"
    ),
    Reserved(
        "MS612", "OutputRemoved", Judge.LINT, WARNING, "comparison with the version that serves"
    ),
    Reserved("MS613", "UnknownVersion", Judge.OPERATOR, ERROR, _STAGES),
    Reserved("MS614", "UnknownAlias", Judge.LINT, ERROR, _STAGES),
    Reserved("MS615", "InvalidAlias", Judge.CEL, ERROR, _STAGES),
    Reserved("MS617", "ReplicaBounds", Judge.CEL, ERROR, _SCALING),
    Reserved("MS618", "ReplicasIgnored", Judge.LINT, WARNING, _SCALING),
    Reserved("MS620", "MemoryBelowNeed", Judge.OPERATOR, WARNING, "estimates of memory"),
    Reserved("MS621", "PartTooLarge", Judge.OPERATOR, ERROR, "parts in ConfigMaps of their own"),
    Reserved("MS622", "PersonalDataLogged", Judge.LINT, ERROR, _MONITORING),
    Reserved("MS623", "UnknownMonitored", Judge.LINT, ERROR, _MONITORING),
    Reserved("MS624", "InvalidMetricName", Judge.SCHEMA, ERROR, _MONITORING),
    Reserved("MS625", "TableShared", Judge.OPERATOR, WARNING, _MONITORING),
)
"""In order. A code is never used for anything else, and these keep their meaning until then."""
