"""Which of graphql-core's validation rules a text is judged by: those that it can break at all."""

from __future__ import annotations

from graphql import (
    ASTValidationRule,
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    FragmentsOnCompositeTypesRule,
    KnownArgumentNamesRule,
    KnownDirectivesRule,
    KnownFragmentNamesRule,
    KnownOperationTypesRule,
    KnownTypeNamesRule,
    MaxIntrospectionDepthRule,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    SingleFieldSubscriptionsRule,
    StreamDirectiveOnListField,
    UniqueArgumentNamesRule,
    UniqueDirectivesPerLocationRule,
    UniqueFragmentNamesRule,
    UniqueInputFieldNamesRule,
    UniqueVariableNamesRule,
    ValidationContext,
    ValuesOfCorrectTypeRule,
    VariablesAreInputTypesRule,
    VariablesInAllowedPositionRule,
    specified_rules,
)

from gatepost.engine.overlapping import OverlappingFields

Rule = type[ASTValidationRule]

OF_CIRCLES: tuple[Rule, ...] = (NoFragmentCyclesRule,)
"""For a document whose fragments contain themselves: the other rules would go round for long."""


class _KnownTypes(KnownTypeNamesRule):
    """The rule, without the names of all types to suggest others from: they are made when they are named."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.type_names = []


_STAND_INS: dict[Rule, Rule] = {
    KnownTypeNamesRule: _KnownTypes,
    OverlappingFieldsCanBeMergedRule: OverlappingFields,
}
_SIGNS: dict[Rule, tuple[str, ...]] = {
    DeferStreamDirectiveLabel: ("@",),
    DeferStreamDirectiveOnRootField: ("@",),
    DeferStreamDirectiveOnValidOperationsRule: ("@",),
    FragmentsOnCompositeTypesRule: ("...", "fragment"),
    KnownArgumentNamesRule: ("(",),
    KnownDirectivesRule: ("@",),
    KnownFragmentNamesRule: ("...",),
    KnownOperationTypesRule: ("mutation", "subscription"),
    KnownTypeNamesRule: ("...", "fragment", "$"),
    MaxIntrospectionDepthRule: ("__",),
    NoUndefinedVariablesRule: ("$",),
    NoUnusedFragmentsRule: ("fragment",),
    NoUnusedVariablesRule: ("$",),
    PossibleFragmentSpreadsRule: ("...",),
    SingleFieldSubscriptionsRule: ("subscription",),
    StreamDirectiveOnListField: ("@",),
    UniqueArgumentNamesRule: ("(",),
    UniqueDirectivesPerLocationRule: ("@",),
    UniqueFragmentNamesRule: ("fragment",),
    UniqueInputFieldNamesRule: ("(",),
    UniqueVariableNamesRule: ("$",),
    ValuesOfCorrectTypeRule: ("(",),
    VariablesAreInputTypesRule: ("$",),
    VariablesInAllowedPositionRule: ("$",),
}
"""What a text has to hold, one of these, to break a rule; a rule that is not named here, any text may break."""


def of(query: str) -> list[Rule]:
    """The rules for a document without circles of fragments; each takes time at every node."""
    return [
        _STAND_INS.get(rule, rule)
        for rule in specified_rules
        if rule not in OF_CIRCLES and any(sign in query for sign in _SIGNS.get(rule, ("",)))
    ]
