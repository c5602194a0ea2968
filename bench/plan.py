"""The steps that every tool goes through with one series."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Step:
    """One put or get. Versions and snapshots count from 1; snapshot 2 is version 1 put again, so version n is snapshot n + 1."""

    key: str
    kind: str  # "put" or "get"
    version: int
    snapshot: int


def steps(versions):
    """All steps in their order, for a series of so many versions."""
    puts = [Step("put-1", "put", 1, 1), Step("again", "put", 1, 2)]
    puts += [Step(f"put-{version}", "put", version, version + 1) for version in range(2, versions + 1)]
    return puts + [Step("get-1", "get", 1, 1), Step("get-newest", "get", versions, versions + 1)]


def snapshots(versions):
    """How many snapshots a repository holds after all puts."""
    return versions + 1


def version_of(snapshot):
    """The version that a snapshot holds."""
    return max(1, snapshot - 1)
