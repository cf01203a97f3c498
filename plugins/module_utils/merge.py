# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads one assignment after the other into a directive's value, as the service manager does.

One function for each kind of value takes what earlier assignments left (None when there was none) and returns what
stands after this one. What systemd ignores becomes a warning in the Reading. Sources: systemd 247 to 262,
C(src/core/load-fragment.c), and the differential tests.
"""

from __future__ import annotations

from typing import Callable, Dict

from ansible_collections.bulkhead.systemd.plugins.module_utils import read_paths, read_sets, read_words
from ansible_collections.bulkhead.systemd.plugins.module_utils.directives import Directive
from ansible_collections.bulkhead.systemd.plugins.module_utils.reading import Reading


def read_assignment(directive: Directive, state: object, value: str, reading: Reading) -> object:
    """The value of C(directive) after one more assignment; C(state) is what stood before, None for nothing.

    C(value) is the text after the equals sign, stripped. Warnings are added to C(reading).
    """
    return READERS[directive.kind](directive, state, value, reading)


READERS: Dict[str, Callable[[Directive, object, str, Reading], object]] = {
    "boolean": read_words.read_word,
    "boolean_or_enum": read_words.read_word,
    "enum": read_words.read_word,
    "capabilities": read_sets.read_capabilities,
    "namespaces": read_sets.read_namespaces,
    "address_families": read_sets.read_address_families,
    "system_calls": read_sets.read_system_calls,
    "architectures": read_sets.read_architectures,
    "controllers": read_sets.read_controllers,
    "controller_list": read_words.each_word(read_words.is_controller),
    "mode": read_words.read_mode,
    "user": read_words.read_user,
    "group": read_words.read_user,
    "groups": read_words.read_groups,
    "path": read_paths.read_path,
    "root_path": read_paths.read_path,
    "working_directory": read_paths.read_working_directory,
    "paths": read_words.each_word(read_paths.is_sandbox_path),
    "bind_paths": read_words.each_word(read_paths.is_bind_path),
    "temporary_file_systems": read_words.each_word(read_paths.is_temporary_file_system),
    "directories": read_words.each_word(read_paths.is_relative_directory),
    "plain_directories": read_words.each_word(read_paths.is_plain_directory),
    "search_paths": read_words.each_word(read_paths.is_search_path),
    "file_systems": read_words.polarized(read_words.is_file_system),
    "interfaces": read_words.polarized(read_words.is_interface),
    "interface": read_words.read_one_interface,
    "secure_bits": read_words.each_word(read_words.is_secure_bit),
    "addresses": read_paths.read_addresses,
    "device": read_paths.read_device,
    "filter_path": read_paths.read_filter_path,
    "socket_bind": read_paths.read_socket_bind,
    "credential": read_paths.read_credential,
    "error_number": read_words.read_error_number,
    "limit": read_words.read_limit,
    "resource_limit": read_words.read_resource_limit,
    "count": read_words.read_count,
    "quota": read_words.read_quota,
    "percentage": read_words.read_percentage,
    "label": read_words.read_text,
    "text": read_words.read_text,
}
