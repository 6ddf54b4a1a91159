"""Where tables of Spark lie: a folder that every machine sees, HDFS, an object store. All by addresses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def is_address(text: str) -> bool:
    """Whether this is an address with a scheme (``hdfs://…``, ``s3a://…``, ``file:///…``), and no path."""
    return "://" in text


@dataclass(frozen=True)
class Place:
    """A folder. A path is one of this file system, whatever a Hadoop's own settings say."""

    address: str

    @classmethod
    def of(cls, place: str | Path) -> Place:
        """The place that somebody named by its path or address."""
        text = str(place)
        return cls(text.rstrip("/") if is_address(text) else f"file://{Path(place).resolve()}")

    def __truediv__(self, name: str) -> Place:
        """What lies in it under this name."""
        return Place(f"{self.address}/{name}")

    @property
    def path(self) -> Path | None:
        """Its path, where it is of this file system."""
        scheme, _, rest = self.address.partition("://")
        return Path(rest) if scheme == "file" else None

    def names(self, spark: SparkSession) -> list[str]:
        """The names of what lies in it, sorted; none where there is no such folder."""
        files, place = self._reached(spark)
        return (
            sorted(each.getPath().getName() for each in files.listStatus(place))
            if files.exists(place)
            else []
        )

    def remove(self, spark: SparkSession) -> None:
        """Remove it with all that lies in it."""
        files, place = self._reached(spark)
        files.delete(place, True)

    def fetch(self, spark: SparkSession, folder: Path) -> None:
        """Copy it, as ``folder``, onto this machine."""
        files, place = self._reached(spark)
        files.copyToLocalFile(False, place, _hadoop(spark).Path(f"file://{folder.resolve()}"), True)

    def _reached(self, spark: SparkSession) -> tuple[Any, Any]:
        place = _hadoop(spark).Path(self.address)
        return place.getFileSystem(spark._jsc.hadoopConfiguration()), place


def _hadoop(spark: SparkSession) -> Any:
    jvm: Any = spark._jvm
    return jvm.org.apache.hadoop.fs
