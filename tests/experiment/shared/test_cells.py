"""Gains of clusters, added up on the engine's shelf, beside pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segdsl.engines.shelf import Shelf
from segdsl.experiment.shared.cells import ByCluster, pooled


@pytest.mark.parametrize("keys", ["whole numbers", "texts"])
def test_a_cluster_at_several_origins_counts_once(tmp_path: Path, keys: str) -> None:
    rng, shelf, parts = np.random.default_rng(1), Shelf.beside(tmp_path, 60), []
    for _ in range(3):
        clusters = rng.choice(500, 300, replace=False)
        frame = pd.DataFrame(
            {"cluster": clusters, "n": rng.integers(1, 4, 300), "gain": rng.choice([-0.31, 0.1, 1 / 3], 300)}
        )
        parts.append(frame if keys == "whole numbers" else frame.assign(cluster=frame["cluster"].map("a {}".format)))
    found = pooled([ByCluster(shelf, shelf.put_frame(part)) for part in parts])
    one = ByCluster(shelf, shelf.put_frame(parts[0])).totals()
    for totals, frame in ((found, pd.concat(parts)), (one, parts[0])):
        expected = frame.groupby("cluster").sum()
        assert (totals.clusters, totals.customers) == (len(expected), expected["n"].sum())
        assert len(totals.counts) < totals.clusters
        rows = np.repeat(np.column_stack([totals.sizes, totals.gains]), totals.counts.astype(int), axis=0)
        assert sorted(map(tuple, rows.round(9))) == sorted(map(tuple, expected[["n", "gain"]].to_numpy().round(9)))
    assert pooled([ByCluster(shelf, shelf.put_frame(parts[0]))]).customers == one.customers
