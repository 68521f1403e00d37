"""What a person asks to list -> a condition of an entity, and the values and contacts beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from segdsl.diagnostics import Diagnostic, Source
from segdsl.lang.parse import parse_expression
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.dependencies import everything
from segdsl.model.schema import Relation
from segdsl.model.segment import Model, Rule
from segdsl.resolve import resolve_value
from segdsl.resolve.problems import listed, nearest_help
from segdsl.run.errors import UsageError
from segdsl.whatif.names import name_fields
from segdsl.whatif.trial import TrialError, entity_of, resolved
from segdsl.words.plural import plural
from segdsl.workspace.load import Workspace

MOST_VALUES = 100


@dataclass(frozen=True)
class Selection:
    """Whom a list is of.

    `text`: as asked for, as in `motion.save` or `arr > 50_000`.
    `rule`: the rule of which it is a place; None for a condition.
    `place`: the arm of a segmentation, "in" of a segment; "" for a condition.
    """

    text: str
    title: str
    entity: Relation
    condition: k.Expr
    rule: Rule | None = None
    place: str = ""

    def reads_personal(self, model: Model) -> bool:
        """Tells whether the reasons of its members may show a field that is declared personal."""
        return is_personal(model, model.definition(self.rule.name) if self.rule is not None else [self.condition])


@dataclass(frozen=True)
class Value:
    """A column of a list: `name` is its head, the expression as written."""

    name: str
    expression: k.Expr
    is_personal: bool = False


@dataclass(frozen=True)
class Contacts:
    """Rows that belong to the customers listed, such as their users.

    `owner`: the column of `entity` with the key of the customer.
    `condition`: of the contacts that are listed; None for all.
    """

    text: str
    entity: Relation
    owner: str
    condition: k.Expr | None


def selection(workspace: Workspace, text: str, entity: str | None) -> Selection:
    """Returns whom a name of a rule or arm, or a condition, selects.

    Raises `UsageError` for a segmentation without an arm and for an unknown arm, and `TrialError` for a condition with errors.
    """
    model = workspace.model
    first, dot, arm = text.strip().partition(".")
    if first in model.segments and not dot:
        segment = model.segments[first]
        return _of_rule(model, text, segment.title, segment, None)
    if first in model.segmentations and (not dot or arm.isidentifier()):
        rule = model.segmentations[first]
        titles = {a.name: a.title for a in rule.all_arms}
        if arm not in titles:
            arms = [f"{first}.{name}" for name in titles]
            message = f"`{first}` has no arm `{arm}`" if dot else f"`{first}` is a segmentation: a list is of one arm"
            help = nearest_help(text, arms, f"its arms are {listed(arms)}") if dot else f"name one: {listed(arms)}"
            raise UsageError(Diagnostic("SEG0606", message, help=help))
        return _of_rule(model, text, titles[arm], rule, arm)
    relation = entity_of(model, entity)
    if text.strip().isidentifier() and text.strip() not in relation.fields and text.strip() not in model.metrics:
        known = [*model.segments, *(f"{r.name}.{a.name}" for r in model.segmentations.values() for a in r.all_arms)]
        help = nearest_help(text.strip(), known, f"there is {listed(known) or 'none'}; or give a condition")
        raise UsageError(Diagnostic("SEG0606", f"no segment or arm `{text.strip()}`", help=help))
    return Selection(text, "", relation, resolved(workspace, text, relation))


def _of_rule(model: Model, text: str, title: str, rule: Rule, arm: str | None) -> Selection:
    relation = model.schema.relations[rule.entity]
    member = k.Member(k.This(), rule.entity, rule.name, arm)
    return Selection(text.strip(), title, relation, member, rule, arm or "in")


def values(workspace: Workspace, texts: Sequence[str], relation: Relation) -> list[Value]:
    """Returns the values of an entity that texts such as `name, csm.email, arr` ask for, each once.

    Raises `TrialError` for one with a mistake, and `UsageError` for more than `MOST_VALUES`.
    """
    written = list(dict.fromkeys(part for text in texts for part in _separated(text)))
    if len(written) > MOST_VALUES:
        raise UsageError(Diagnostic("SEG0607", f"{len(written):,} columns are more than {MOST_VALUES}"))
    expressions = {part: _value(workspace, part, relation) for part in written}
    return [Value(part, e, is_personal(workspace.model, [e])) for part, e in expressions.items()]


def usual_values(model: Model, relation: Relation) -> list[Value]:
    """Returns what a list shows where nobody says: a name that isn't personal, and the worth."""
    named = [f for f in name_fields(relation) if "name" in f and not model.schema.is_personal(relation, f)]
    money = [n for n, f in relation.fields.items() if isinstance(f.type, ty.Money)]
    fields = [*named[:1], *money[:1]]
    return [Value(f, k.Column(k.This(), relation.name, f, relation.fields[f].type)) for f in fields]


def _value(workspace: Workspace, text: str, relation: Relation) -> k.Expr:
    node, wrong = parse_expression(Source("column", text))
    value = None
    if node is not None:
        value, wrong = resolve_value(node, relation.name, workspace.files, workspace.model.outside)
    if value is None:
        raise TrialError(wrong)
    return value


def is_personal(model: Model, expressions: Iterable[k.Expr]) -> bool:
    """Tells whether expressions, or the metrics and rules that they read, read a field that is declared personal."""
    schema = model.schema
    columns = (e for e in everything(model, expressions) if isinstance(e, k.Column))
    return any(schema.is_personal(schema.relations[c.relation], c.name) for c in columns)


def _separated(text: str) -> list[str]:
    """Returns the parts between commas that stand in no brackets and no text in quotes."""
    parts, depth, quoted = [""], 0, False
    for i, sign in enumerate(text):
        quoted ^= sign == '"' and text[i - 1 : i] != "\\"
        depth += 0 if quoted else (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def contacts(workspace: Workspace, text: str, relation: Relation) -> Contacts:
    """Returns the contacts that a text such as `users where role = "admin"` asks for: rows of an entity that belong to customers.

    Raises `TrialError` for a mistake, and `UsageError` for rows of a table, for those over several links, and for a window.
    """
    condition = resolved(workspace, f"any({text})", relation)
    shown = 'as in `users where role = "admin"`'
    if not isinstance(condition, k.Aggregate) or not condition.rows.hops:
        raise UsageError(Diagnostic("SEG0607", f"`{text}` names no contacts of {plural(relation.name)}", help=shown))
    rows = condition.rows
    hop, target = rows.hops[-1], workspace.model.schema.relations[rows.hops[-1].target]
    if target.kind != "entity" or target.key is None:
        help = f"contacts are an entity with a link to {relation.name}, {shown}"
        raise UsageError(
            Diagnostic("SEG0607", f"`{target.name}` is a {target.kind}: its rows are no contacts", help=help)
        )
    if len(rows.hops) > 1:
        help = f"name an entity that links to {relation.name} itself, {shown}"
        raise UsageError(Diagnostic("SEG0607", f"`{text}` goes over {len(rows.hops)} links", help=help))
    if rows != k.Rows(rows.anchor, rows.hops, where=rows.where) or condition.value is not None:
        help = f"only `where` can stand there, {shown}"
        raise UsageError(Diagnostic("SEG0607", f"`{text}` says more than which {plural(target.name)}", help=help))
    return Contacts(text.strip(), target, hop.column, rows.where)
