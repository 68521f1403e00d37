"""A command with a few of its own: `segdsl test` runs the tests, `segdsl test new` is another."""

from __future__ import annotations

import click


class DefaultGroup(click.Group):
    """Where no subcommand is named, `default` is meant."""

    def __init__(self, *arguments: object, default: str, **settings: object) -> None:
        super().__init__(*arguments, **settings)  # type: ignore[arg-type]
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
