"""Explanations: artifacts, tensors, outputs of models."""

from functools import partial

from modelspec.errors import Code
from modelspec.explanations.explanation import Group, Judge, Severity, explain

_explain = partial(explain, Group.MODELS)

_NEEDS_BYTES = "It takes the bytes of a model, which no fragment of a specification shows."
_NEEDS_CLUSTER = "It takes a cluster, and what is in it."

_ARTIFACT = """
models:
- name: gbdt
  artifact:
    type: ConfigMap
    sha256: 5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8
    configMap:
      name: checkout-fraud-gbdt
      key: model.onnx
"""

_HTTP = """
models:
- name: gbdt
  artifact:
    type: HTTP
    sha256: 5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8
    sizeBytes: 453112
    http:
      url: {}://models.example.com/gbdt-5e884898da.onnx
"""

_COLUMNS = """
models:
- name: gbdt
  inputs:
  - name: features
    featureNames: [{}]
"""

_SECOND = """
models:
- name: nn
  artifact:
    type: ConfigMap
    sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    configMap:
      name: checkout-fraud-nn
      key: model.onnx
  inputs:
  - name: x
    featureNames: [ratio]
  outputs:
  - name: {}
    index: 0
"""

EXPLANATIONS = (
    _explain(
        Code.MS401,
        "An artifact has no digest.",
        """The digest is what makes a version reproducible: whoever serves it checks that the bytes
        are those that were meant, wherever they are stored.""",
        wrong="""
        models:
        - name: gbdt
          artifact:
            type: ConfigMap
            configMap:
              name: checkout-fraud-gbdt
              key: model.onnx
        """,
        right=_ARTIFACT,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS402,
        "A digest is none.",
        """A digest is written as sha256sum prints it: 64 hex digits in lower case, without a
        prefix.""",
        wrong="""
        models:
        - name: gbdt
          artifact:
            type: ConfigMap
            sha256: sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8
            configMap:
              name: checkout-fraud-gbdt
              key: model.onnx
        """,
        right=_ARTIFACT,
        where=Judge.SCHEMA,
    ),
    _explain(
        Code.MS403,
        "An artifact contradicts itself.",
        """`type` says where the bytes are, and the member of the same name says the rest. Where
        they are compressed, `sizeBytes` says how many they are before compression, so that nothing
        larger is ever unpacked.""",
        wrong=_ARTIFACT.rstrip() + "\n    compression: Gzip\n",
        right=_ARTIFACT.rstrip() + "\n    compression: Gzip\n    sizeBytes: 453112\n",
        where=Judge.CEL,
    ),
    _explain(
        Code.MS405,
        "An artifact would be fetched without encryption.",
        """The digest protects the bytes, not what a request carries: a token, and the name of what
        is served. There is no option that allows it.""",
        wrong=_HTTP.format("http"),
        right=_HTTP.format("https"),
        where=Judge.CEL,
    ),
    _explain(
        Code.MS406,
        "An artifact is too large for a ConfigMap.",
        """A ConfigMap holds 1 MiB, its keys included. Models compress well: stored with gzip most
        are a third as large, and the digest stays that of the bytes before compression.""",
        wrong=_ARTIFACT.rstrip() + "\n    sizeBytes: 1402113\n",
        right=_ARTIFACT.rstrip() + "\n    sizeBytes: 1402113\n    compression: Gzip\n",
    ),
    _explain(
        Code.MS407,
        "An artifact is not where it should be.",
        """The ConfigMap is not in the namespace of the ModelSpec, or has no such key; or the
        volume has no such file. The version that serves goes on serving; the operator looks again
        when ConfigMaps change, and a pod when it starts again.""",
        no_example=_NEEDS_CLUSTER,
        where=Judge.OPERATOR,
    ),
    _explain(
        Code.MS408,
        "The bytes of an artifact are others.",
        """Their SHA-256 is not the one that the specification states: the file was changed, or the
        model was trained again and the digest was not. What has another digest is another model
        and is never served in its place.""",
        no_example=_NEEDS_CLUSTER,
        where=Judge.OPERATOR,
    ),
    _explain(
        Code.MS409,
        "An artifact has another size.",
        """`sizeBytes` says how many bytes there are before compression, and there are more or
        fewer. It bounds what is read, so it must be right.""",
        no_example=_NEEDS_CLUSTER,
        where=Judge.OPERATOR,
    ),
    _explain(
        Code.MS410,
        "An artifact cannot be fetched.",
        """The store cannot be reached, refuses, or answers too slowly. What may pass is tried
        again with growing pauses before this is said; then Kubernetes starts the pod's init
        container again, also with growing pauses. The version that serves goes on serving. Of a
        URL neither the query nor a user is shown.""",
        no_example=_NEEDS_CLUSTER,
        where=Judge.POD,
    ),
    _explain(
        Code.MS411,
        "An artifact unpacks to more than it says.",
        """Unpacking stops at `sizeBytes`. A small file that becomes a huge one would fill the
        memory of whoever reads it.""",
        no_example=_NEEDS_CLUSTER,
        where=Judge.OPERATOR,
    ),
    _explain(
        Code.MS412,
        "The bytes are no model in ONNX.",
        """They have the digest that was asked for, and cannot be read as ONNX. Usually another
        file was stored under this key, such as a pickle.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS413,
        "A model keeps its weights in another file.",
        """ONNX can refer to data beside it. Those bytes would be served without ever being checked
        against a digest. Save the model as one file.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS414,
        "A model needs operators that the runtime does not have.",
        """It was exported for a newer opset than the serving runtime knows, or uses operators of a
        library that is not in it. Export with a lower opset, or without the custom operators.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS415,
        "The graph has no input of this name.",
        """The name of an input is that of the ONNX graph. The message lists the graph's
        inputs.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS416,
        "An input of the graph gets nothing.",
        """Every input of the ONNX graph is filled by an item of `inputs`; the runtime cannot run
        it otherwise.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS417,
        "An input of the graph has another type.",
        """Tensors are filled with 32-bit floats. A graph that wants anything else has to convert
        them itself, at its beginning.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS418,
        "A tensor has another number of columns than its shape says.",
        """`shape` states the number of columns that the author counts on, and `featureNames` fill
        another number; a Vector fills as many as it is wide. The number of rows is always
        -1.""",
        wrong="""
        models:
        - name: gbdt
          inputs:
          - name: features
            shape: [-1, 6]
            featureNames: [ratio, count_z, is_web, hour_opened, account_bucket]
        """,
        right="""
        models:
        - name: gbdt
          inputs:
          - name: features
            shape: [-1, 5]
            featureNames: [ratio, count_z, is_web, hour_opened, account_bucket]
        """,
    ),
    _explain(
        Code.MS419,
        "A tensor has another number of columns than the graph wants.",
        """The ONNX graph was trained with another number of columns. Compare `featureNames` with
        the columns of the training data, in their order.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS420,
        "The graph takes a fixed number of rows.",
        """Requests bring any number of rows, so the first dimension of every input must be open.
        Export the model with a dynamic batch.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS421,
        "A column or a key is no feature.",
        """`featureNames` and `keyFeatureName` name raw and derived features of this specification,
        spelled as there.""",
        wrong=_COLUMNS.format("ratio, count_x, is_web, hour_opened, account_bucket"),
        right=_COLUMNS.format("ratio, count_z, is_web, hour_opened, account_bucket"),
    ),
    _explain(
        Code.MS422,
        "A column is no number.",
        """A tensor holds numbers. Texts, times and lists first become some, by an expression that
        says how.""",
        wrong=_COLUMNS.format("ratio, count_z, channel, hour_opened, account_bucket"),
        right=_COLUMNS.format("ratio, count_z, is_web, hour_opened, account_bucket"),
    ),
    _explain(
        Code.MS423,
        "A column occurs twice.",
        """Almost always another feature was meant. Where a model was really trained with a column
        twice, give the second one a name of its own.""",
        wrong=_COLUMNS.format("ratio, count_z, ratio, is_web, hour_opened, account_bucket"),
        right=_COLUMNS.format("ratio, count_z, is_web, hour_opened, account_bucket"),
    ),
    _explain(
        Code.MS424,
        "A null can reach a model that cannot take it.",
        """`missingEncoding: Forbidden` says that the model has no answer to NaN, as most neural
        networks. Then no column may ever be null, which is known from the expressions. A default,
        coalesce() or impute() says what stands in.""",
        wrong="""
        models:
        - name: gbdt
          inputs:
          - name: features
            missingEncoding: Forbidden
            featureNames: [ratio, count_z, hour_opened]
        """,
        right="""
        models:
        - name: gbdt
          inputs:
          - name: features
            missingEncoding: Forbidden
            featureNames: [ratio, count_z]
        """,
    ),
    _explain(
        Code.MS426,
        "The graph has no such output.",
        """`tensor`, or `name` without it, is the name of an output of the ONNX graph, and `index`
        a column of it. The message lists what there is.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS427,
        "An output of the graph is no tensor.",
        """Converters for scikit-learn return probabilities as a list of maps unless they are told
        otherwise. Convert with zipmap=False.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
    _explain(
        Code.MS428,
        "Two models have an output of one name.",
        """Routes refer to outputs by name alone, so each name means one output of the
        specification.""",
        wrong=_SECOND.format("gbdt_score"),
        right=_SECOND.format("nn_score"),
    ),
    _explain(
        Code.MS430,
        "Nothing uses a model.",
        """No route, ensemble or fallback names one of its outputs. Every pod would load it, and no
        answer would depend on it.""",
        wrong=_SECOND.format("nn_score"),
        right=_SECOND.format("nn_score").rstrip()
        + "\npipeline:\n  fallback:\n  - type: Output\n    outputName: nn_score\n",
        severity=Severity.WARNING,
    ),
    _explain(
        Code.MS434,
        "The runtime cannot run the model.",
        """The model was read, and ONNX Runtime could not build a session of it or failed on a
        first row. The message is the runtime's own. The pod never becomes ready, and the version
        before goes on serving.""",
        no_example=_NEEDS_BYTES,
        where=Judge.POD,
    ),
)
