"""Which function makes which claim: by method, the very ones that made them."""

from collections.abc import Callable, Mapping, Sequence

from quaywatch.ais import silence as gap_method
from quaywatch.cases import argument as argument_method
from quaywatch.evidence.record import Claim, Record
from quaywatch.fusion import attribution as attribution_method
from quaywatch.fusion import contradictions as contradiction_method
from quaywatch.fusion import match as match_method
from quaywatch.fusion import presence as presence_method
from quaywatch.fusion import two_places as two_places_method
from quaywatch.fusion import value_of_looking as looking_method
from quaywatch.geo.water import WaterRouter
from quaywatch.imagery import change_points as change_method
from quaywatch.imagery import reference as reference_method
from quaywatch.imagery import stock as stock_method
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages import reach as reach_method
from quaywatch.workflows import (
    activity,
    activity_compared,
    argument,
    berth_claims,
    berth_stays,
    callers,
    cargo_claims,
    contradictions,
    event_claims,
    fleet_claims,
    gaps,
    likeness_again,
    looking,
    looks,
    match,
    match_pictured,
    network,
    presence,
    register_again,
    reported,
    scenes,
    sightings,
    stock,
    stock_changes,
    two_places,
    voyages,
    voyages_carried,
    watch_ais,
)

Recompute = Callable[[Claim, Sequence[Record]], Claim]


def recomputing(workspace: Workspace, router: WaterRouter) -> Mapping[str, Recompute]:
    """By method, the very functions that made the claims."""
    way = router.distance
    passes = watch_ais.PassesAgain(workspace)
    seen = looks.LooksAgain(workspace)
    lying = berth_claims.BerthsAgain(workspace)
    sailed = voyages.VoyagesAgain(workspace, way)
    odd = contradictions.ContradictionsAgain(workspace, router)
    registers = register_again.RegistersAgain(workspace)
    argued = argument.ArgumentsAgain(workspace)
    return {
        two_places_method.METHOD: lambda claim, inputs: two_places.again(claim, inputs, way),
        presence_method.METHOD: lambda claim, inputs: presence.again(claim, inputs, workspace),
        match_method.METHOD: lambda claim, inputs: match.again(claim, inputs, workspace),
        match_pictured.METHOD: lambda claim, inputs: match_pictured.again(claim, inputs, workspace),
        reported.ABSENCE_METHOD: lambda _, inputs: reported.absence_claim(inputs[0], inputs[1]),
        scenes.METHOD: lambda claim, inputs: scenes.again(claim, inputs, workspace),
        looks.METHOD: seen.look,
        reference_method.METHOD: seen.reference,
        reported.READING_METHOD: lambda claim, inputs: reported.reading_again(
            claim, inputs, workspace
        ),
        looks.STATE_METHOD: looks.state_again,
        "berth-state@1": looks.state_again,
        berth_claims.STRIPS_METHOD: lying.strips,
        berth_claims.BACKGROUND_METHOD: lying.background,
        berth_claims.STATE_METHOD: lying.state,
        berth_stays.VISITS_METHOD: berth_stays.again,
        attribution_method.METHOD: lambda claim, inputs: callers.again(
            claim, inputs, workspace, voyages_carried.router_of(workspace)
        ),
        **dict.fromkeys(
            activity.METHODS, lambda claim, inputs: activity.again(claim, inputs, workspace)
        ),
        activity_compared.METHOD: lambda claim, inputs: activity_compared.again(
            claim, inputs, workspace
        ),
        stock_method.METHOD: stock.StockAgain(workspace).again,
        change_method.METHOD: stock_changes.again,
        sightings.METHOD: lambda claim, inputs: sightings.again(claim, inputs, workspace),
        gap_method.METHOD: lambda claim, _: gaps.gap_again(claim, workspace),
        event_claims.METHOD: lambda claim, _: passes.again(claim),
        contradiction_method.METHOD: odd.again,
        watch_ais.METHOD: lambda claim, _: passes.pass_again(claim),
        argument_method.METHOD: argued.again,
        looking_method.METHOD: looking.again,
        reach_method.METHOD: lambda claim, inputs: gaps.reach_again(claim, inputs, workspace, way),
        voyages.METHOD: sailed.again,
        network.PATH_METHOD: lambda claim, inputs: network.again(claim, inputs, workspace),
        fleet_claims.METHOD: lambda claim, inputs: fleet_claims.again(claim, inputs, sailed),
        **dict.fromkeys(register_again.METHODS, registers.again),
        **cargo_claims.recomputing(workspace),
        **likeness_again.recomputing(workspace),
    }
