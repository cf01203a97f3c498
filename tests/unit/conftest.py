# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Property tests judge results, not times; continuous integration draws the same examples every time."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("bulkhead", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("bulkhead")
