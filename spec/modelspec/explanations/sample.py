"""The specification that all examples start from."""

SAMPLE = """\
apiVersion: modelspec.dev/v1alpha1
kind: ModelSpec
metadata:
  name: checkout-fraud
spec:
  info:
    displayName: Checkout fraud
    problemType: BinaryClassification
  featureFetching:
    sources:
    - name: request
      type: Request
      request:
        unknownFields: Ignore
    features:
    - name: account_id
      type: String
      required: true
      maxLength: 64
    - name: amount
      type: Float64
      required: true
      minimum: "0"
      maximum: "1e6"
    - name: avg_amount
      type: Float64
    - name: channel
      type: String
      allowedValues: [Web, App]
      onOutOfRange: UseNull
    - name: count
      type: Int64
      default: "0"
      minimum: "0"
      maximum: "1000"
    - name: opened
      type: Timestamp
  preprocessing:
    language: msx/v1
    parameters:
    - name: count_scale
      type: Affine
      affine:
        center: "1.84"
        scale: "2.31"
    derived:
    - name: ratio
      type: Float32
      expr: coalesce(amount / avg_amount, 0.0)
    - name: count_z
      type: Float32
      expr: affine(count, count_scale)
    - name: is_web
      type: Float32
      expr: indicator(channel == "Web")
    - name: hour_opened
      type: Float32
      expr: hour(opened)
    - name: account_bucket
      type: Float32
      expr: hash_bucket(account_id, 100)
  models:
  - name: gbdt
    artifact:
      type: ConfigMap
      sha256: 5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8
      configMap:
        name: checkout-fraud-gbdt
        key: model.onnx
    inputs:
    - name: features
      featureNames: [ratio, count_z, is_web, hour_opened, account_bucket]
    outputs:
    - name: gbdt_score
      tensor: probabilities
      index: 1
  pipeline:
    routes:
    - name: default
      type: Single
      single:
        outputName: gbdt_score
"""
"""Valid, and without a warning. Examples show only what they change of it."""

ROOT_FIELDS = frozenset({"apiVersion", "kind", "metadata", "spec"})
"""Fields of a fragment that stand beside the specification; all others are its groups."""

MERGED_LISTS = frozenset({"features", "parameters", "derived", "models", "outputs"})
"""Lists in which an item of a fragment stands in place of the sample's item of that name."""
