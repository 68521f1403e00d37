"""Sessions of Spark: the one that is active, or one with a master or at an address; with the settings under which queries mean the same."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic
from segdsl.workspace.config import SourceConfig

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SETTINGS: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.caseSensitive": "true",
    "spark.sql.variable.substitute": "false",  # else `${…}` in a text of a rule would be a variable
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.mapKeyDedupPolicy": "EXCEPTION",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
    "spark.sql.legacy.sizeOfNull": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.writeLegacyFormat": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
}
"""While an engine is open; before and afterwards they are as the session has them."""
_SINCE_RECURSION: Mapping[str, str] = {
    "spark.sql.cteRecursionLevelLimit": "-1",
    "spark.sql.cteRecursionRowLimit": "-1",
}
_OWN: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.warehouse.dir": "spark-warehouse",
}
"""Of a local session that segdsl starts; what an environment says of the same (`spark-defaults.conf`) is overridden."""
_open: dict[int, tuple[int, dict[str, str | None]]] = {}  # by session: engines that use it, and its settings before


def session(source: SourceConfig, name: str = "segdsl") -> SparkSession:
    """The active session, or a new one; raises `DataError` where there can be none."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise _unusable(
            "Python has no pyspark",
            "install that of your cluster's version, as in: pip install pyspark==4.0.1; or run where Spark is",
        ) from None
    active = SparkSession.getActiveSession()
    if active is not None:
        return _known_version(active)
    builder: Any = SparkSession.builder
    if source.remote:
        address = _filled(source.remote)
        parts = urlsplit(address)
        _answers(parts.hostname or "", parts.port or 15002, source.remote)
        builder = builder.remote(address)
    else:
        if source.master.startswith("spark://"):
            parts = urlsplit(source.master)
            _answers(parts.hostname or "", parts.port or 7077, source.master)
        _check_java()
        builder = builder.master(source.master).appName(name)
        if source.master.startswith("local"):
            for setting, value in _OWN.items():
                builder = builder.config(setting, value)
    try:
        return _known_version(_quietly(builder))
    except DataError:
        raise
    except Exception as error:  # whatever a gateway, a JVM or a channel raises
        raise _unusable(f"Spark can't be used: {first_line(error)}", "does its own shell start, and answer?") from None


def _quietly(builder: Any) -> SparkSession:
    """Start a session; what the JVM says on its way goes nowhere, unless somebody wants to see it."""
    if os.environ.get("SEGDSL_SPARK_LOG"):
        return builder.getOrCreate()
    before = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        return builder.getOrCreate()
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)


def version_of(spark: SparkSession) -> tuple[int, int]:
    """Major and minor version."""
    major, minor = re.findall(r"\d+", spark.version)[:2]
    return int(major), int(minor)


def _known_version(spark: SparkSession) -> SparkSession:
    if version_of(spark) < (3, 5):
        raise _unusable(f"this is Spark {spark.version}", "segdsl needs Spark 3.5 or newer")
    return spark


def settle(spark: SparkSession) -> None:
    """Set the session's settings for one engine more. Raises `DataError` where the session doesn't let them be set."""
    users, before = _open.get(id(spark), (0, {}))
    if users == 0:
        more = _SINCE_RECURSION if version_of(spark) >= (4, 1) else {}
        for setting, value in {**SETTINGS, **more}.items():
            try:
                before[setting] = spark.conf.get(setting, None)
                spark.conf.set(setting, value)
            except Exception as error:
                _restore(spark, before)
                message = f"the Spark session doesn't let {setting} be {value}: {first_line(error)}"
                raise _unusable(message, "its answers would be others; use a session that does") from None
    _open[id(spark)] = (users + 1, before)


def unsettle(spark: SparkSession) -> None:
    """Give the session its settings back when no engine uses it any more."""
    users, before = _open.pop(id(spark), (0, {}))
    if users > 1:
        _open[id(spark)] = (users - 1, before)
    else:
        _restore(spark, before)


def _restore(spark: SparkSession, before: Mapping[str, str | None]) -> None:
    for setting, value in before.items():
        if value is None:
            spark.conf.unset(setting)
        else:
            spark.conf.set(setting, value)


def _filled(address: str) -> str:
    lacking = [n for n in re.findall(r"\$\{(\w+)\}", address) if n not in os.environ]
    if lacking:
        raise _unusable(
            f"the environment has no {lacking[0]}, which a source's remote names", f"set {lacking[0]} to what it names"
        )
    return re.sub(r"\$\{(\w+)\}", lambda m: os.environ[m[1]], address)


def _answers(host: str, port: int, written: str) -> None:
    """Check that something listens there: Spark itself would try for minutes."""
    try:
        socket.create_connection((host, port), timeout=20).close()
    except OSError as error:
        message = f"Spark at {written} doesn't answer: {error.strerror or error}"
        raise _unusable(message, "is it up, and does this machine reach it?") from None


def _check_java() -> None:
    import pyspark

    least = 17 if int(pyspark.__version__.partition(".")[0]) >= 4 else 8
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    help = "install a Java 17, as in: apt install openjdk-17-jre-headless; or name its folder in JAVA_HOME"
    try:
        said = "" if java is None else subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        raise _unusable(f"JAVA_HOME is {home}, and no Java starts there", help) from None
    if isinstance(said, str):
        raise _unusable("this machine has no Java, which Spark runs on", help)
    number = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    if number is None or int(number[1]) < least:
        found = f"is Java {number[1]}" if number else "says no version"
        raise _unusable(f"{java} {found}, and Spark {pyspark.__version__} needs {least}", help)


def _unusable(message: str, help: str) -> DataError:
    return DataError(Diagnostic("SEG0714", message, help=help))


def first_line(error: Exception) -> str:
    """What Spark says of an error, without its class, its trace and its advice."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return re.split(r" (?:Use `|If necessary|SQLSTATE:)", line)[0].strip()
