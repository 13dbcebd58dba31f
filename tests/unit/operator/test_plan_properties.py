"""What holds whatever happens, in whatever order."""

from copy import deepcopy

from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from modelspec import names
from modelspec_operator.core.observed import is_ready
from support.specs import SPEC, spec_body
from support.world import World


class Life(RuleBasedStateMachine):
    """One ModelSpec through changes, failures, deletions and time."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.was_ready: set[str] = set()

    @rule(index=st.integers(0, 3), replicas=st.integers(1, 3))
    def author_changes_the_specification(self, index: int, replicas: int) -> None:
        models = deepcopy(SPEC["models"])
        models[0]["outputs"][0]["index"] = index
        self.world.change(spec_body(models=models, serving={"replicas": replicas}))

    @rule()
    def author_breaks_the_specification(self) -> None:
        broken = spec_body()
        broken["models"][0]["inputs"][0]["featureNames"] = ["nobody"]
        self.world.change(broken)

    @rule()
    def operator_looks(self) -> None:
        self.world.reconcile()

    @precondition(lambda self: self.world.objects["Deployment"])
    @rule(data=st.data())
    def pods_become_ready(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.world.objects["Deployment"])))
        self.world.make_ready(name)
        self._note_who_is_ready()

    @precondition(lambda self: any(self.world.objects.values()))
    @rule(data=st.data())
    def somebody_deletes_a_child(self, data: st.DataObject) -> None:
        kinds = sorted(kind for kind, objects in self.world.objects.items() if objects)
        kind = data.draw(st.sampled_from(kinds))
        name = data.draw(st.sampled_from(sorted(self.world.objects[kind])))
        del self.world.objects[kind][name]

    @rule()
    def the_users_artifact_vanishes(self) -> None:
        self.world.user_artifacts.clear()

    @rule(seconds=st.sampled_from([1, 60, 600]))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule()
    def status_is_wiped(self) -> None:
        self.world.status = {}

    def _note_who_is_ready(self) -> None:
        self.was_ready |= {
            deployment["metadata"]["labels"][names.LABEL_SNAPSHOT]
            for deployment in self.world.objects["Deployment"].values()
            if is_ready(deployment)
        }

    @invariant()
    def only_versions_that_were_ready_serve(self) -> None:
        assert self.world.serving is None or self.world.serving in self.was_ready

    @invariant()
    def equal_inputs_give_equal_plans(self) -> None:
        assert self.world.decide() == self.world.decide()

    @invariant()
    def what_serves_is_never_deleted_or_scaled_to_zero_by_us(self) -> None:
        for action in self.world.decide().actions:
            name = names.child_name("fraud", self.world.serving or "")
            if hasattr(action, "manifest"):
                if action.manifest["metadata"]["name"] == name:
                    assert action.manifest.get("spec", {}).get("replicas") != 0
            else:
                assert action.name not in {name, "fraud"}

    @invariant()
    def stalled_and_reconciling_exclude_each_other(self) -> None:
        held = {condition["type"] for condition in self.world.status.get("conditions", [])}
        assert not {"Stalled", "Reconciling"} <= held

    @override
    def teardown(self) -> None:
        """Whatever happened, peace and ready pods lead to a state that needs no more writes."""
        self.world.user_artifacts.clear()
        self.world.change(spec_body())
        self.world.settle()

        assert self.world.serving == self.world.wanted
        assert self.world.decide().actions == ()
        assert self.world.condition("Ready") == ("True", "Serving")
        assert self.world.condition("Promoted") == ("True", "Promoted")


TestLife = Life.TestCase
TestLife.settings = hypothesis_settings(max_examples=40, stateful_step_count=30, deadline=None)
