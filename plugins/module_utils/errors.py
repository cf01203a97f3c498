# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception for everything that can go wrong by the operator's or the host's doing."""

from __future__ import annotations


class BulkheadError(Exception):
    """An expected failure; its text is shown to the operator as it is.

    The text names the unit, the option and the offending value where there is one, says what is expected and
    what to do next. Modules catch it once and turn it into C(fail_json); filters and actions into their own error.
    """
