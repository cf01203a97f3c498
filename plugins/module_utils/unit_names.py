# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of service units: what is well-formed, and what a plain word stands for."""

from __future__ import annotations

import re
from typing import Optional

from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError

# systemd.unit(5): letters, digits and ":", "-", "_", ".", "\", one "@" before an instance; 255 characters at most.
_PREFIX_AND_INSTANCE = re.compile(r"[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\@-]*)?")
_SERVICE = re.compile(_PREFIX_AND_INSTANCE.pattern + r"\.service")
_LONGEST = 255
_SUFFIX = ".service"

# Unit types of systemd.unit(5) other than C(service); a name that ends so is not a service without its suffix.
OTHER_SUFFIXES = (
    ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".slice", ".scope",
)  # fmt: skip


def service_name(text: str) -> str:
    """Return the full name of a service; a word without a unit suffix stands for a service, as for systemctl.

    Raises BulkheadError for a name that systemd would not accept, or that is of another unit type.
    """
    name = text if text.endswith((_SUFFIX, *OTHER_SUFFIXES)) else text + _SUFFIX
    if name.endswith(OTHER_SUFFIXES):
        raise BulkheadError(f"{text!r} is not a service; give the name of a unit that ends in '.service'")
    if len(name) > _LONGEST or not _PREFIX_AND_INSTANCE.fullmatch(name[: -len(_SUFFIX)]):
        raise BulkheadError(
            f"{text[:300]!r} is not a well-formed unit name; expected letters, digits and ':-_.\\@', "
            f"at most {_LONGEST} characters, such as 'nginx.service'"
        )
    return name


def is_service(name: str) -> bool:
    """Tell whether a name is the full name of a service, template or instance."""
    return len(name) <= _LONGEST and bool(_SERVICE.fullmatch(name))


def is_template(name: str) -> bool:
    """Tell whether a service name is a template, such as C(getty@.service), of which only instances run."""
    return name.endswith("@" + _SUFFIX)


def instance_of(name: str) -> str:
    """Return C(bar) for C(foo@bar.service); nothing for a template or a name without C(@)."""
    return name[: -len(_SUFFIX)].partition("@")[2]


def template_of(name: str) -> Optional[str]:
    """Return C(foo@.service) for C(foo@bar.service); None for what is no instance."""
    return f"{name.partition('@')[0]}@{_SUFFIX}" if instance_of(name) else None


def with_instance(name: str, instance: str) -> str:
    """Return C(foo@bar.service) for C(foo@.service) and C(bar); what is no template stays as it is."""
    return name[: -len(_SUFFIX)] + instance + _SUFFIX if is_template(name) else name
