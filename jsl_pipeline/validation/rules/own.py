"""Rules of a user's own, found by name: nothing of the pipeline has to be changed for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import cast

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import Issue
from jsl_pipeline.validation.rules.case import Reviewed, Rule, info


def load_rules(names: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that are named `package.module:function`, in that order.

    One that raises, or yields anything but issues, yields `rule_failed` instead, with its name and the class of the
    error: no document is lost to it. Raises SettingsError where there is no rule of that name.
    """
    return tuple(_Own(name, _found(name)) for name in names)


@dataclass(frozen=True, slots=True)
class _Own:
    name: str
    rule: Rule

    def __call__(self, case: Reviewed) -> tuple[Issue, ...]:
        try:
            return tuple(Issue.model_validate(issue) for issue in self.rule(case))
        except Exception as error:  # noqa: BLE001  (a user's code may raise anything; its text may quote the page)
            failed = f"The rule {self.name} failed with {type(error).__name__}: what it checks was not checked."
            return (info("rule_failed", None, failed),)


def _found(name: str) -> Rule:
    try:
        rule: object = resolve_name(name)
    except Exception as error:  # a module may raise anything while it is imported
        message = f"`validation.rules` names {name}, which cannot be imported ({type(error).__name__}). "
        raise SettingsError(message + "Install its package wherever validation runs, or correct the name.") from error
    if not callable(rule):
        raise SettingsError(f"`validation.rules` names {name}, which is no function of a case.")
    return cast(Rule, rule)
