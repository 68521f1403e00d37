"""The page of each diagnostic's code: what it means, a bad and a good example, why."""

from __future__ import annotations

from importlib import resources


def known_codes() -> list[str]:
    return sorted(p.name.removesuffix(".md") for p in resources.files(__package__).iterdir() if p.name.endswith(".md"))


def page(code: str) -> str | None:
    """The page as markdown; None for a code that isn't known."""
    return (
        resources.files(__package__).joinpath(f"{code}.md").read_text(encoding="utf-8")
        if code in known_codes()
        else None
    )
