"""A command with a few of its own: `segdsl test` runs the tests, `segdsl test new` is another."""

from __future__ import annotations

import click


class DefaultGroup(click.Group):
    """Where no subcommand is named, `default` is meant."""

    def __init__(self, *arguments: object, default: str, **settings: object) -> None:
        super().__init__(*arguments, **settings)  # type: ignore[arg-type]
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = next((i for i, a in enumerate(args[:-1]) if a in self.commands), None)
        if named is not None and (named == 0 or args[0].startswith("-")):
            args = [args[named], *args[:named], *args[named + 1 :]]  # options may stand before it
        elif not args or args[0] not in self.commands:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
