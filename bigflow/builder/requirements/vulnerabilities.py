"""Turns what pip-audit wrote into what is known against the packages of a lock."""

import json
from typing import NamedTuple

from bigflow.errors import Finding


class Vulnerability(NamedTuple):
    """One known weakness of one package."""

    package: str
    version: str
    id: str
    aliases: tuple[str, ...] = ()
    fixed_in: tuple[str, ...] = ()

    def finding(self, where: str) -> Finding:
        """What a user is told."""
        also = f" ({', '.join(self.aliases)})" if self.aliases else ""
        hint = (
            f"fixed in {' and '.join(self.fixed_in)}: bigflow build-requirements --upgrade-package {self.package}"
            if self.fixed_in
            else "there is no version yet in which it is fixed"
        )
        return Finding(f"{self.package} {self.version} is vulnerable: {self.id}{also}", where, hint)


class Audit(NamedTuple):
    """What the service said of each package."""

    known: int  # packages that it knows
    vulnerabilities: tuple[Vulnerability, ...] = ()
    unknown: tuple[str, ...] = ()  # packages of which it knows nothing: private ones, for example


def audit_of(report: str) -> Audit:
    """Of pip-audit's JSON; ValueError when this is none."""
    read = json.loads(report)
    try:
        unknown = [str(one["name"]) for one in read["dependencies"] if "skip_reason" in one]
        known = [one for one in read["dependencies"] if "skip_reason" not in one]
        found = {_vulnerability(one, told) for one in known for told in one["vulns"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no report of pip-audit: {error!r}") from None
    return Audit(len(known), tuple(sorted(found)), tuple(sorted(unknown)))


def _vulnerability(package: dict[str, str], told: dict[str, list[str]]) -> Vulnerability:
    aliases, fixes = (tuple(str(one) for one in told.get(key, [])) for key in ("aliases", "fix_versions"))
    return Vulnerability(str(package["name"]), str(package["version"]), str(told["id"]), aliases, fixes)
