# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random units whose files lie all over the search path: drop-ins, links, masks, aliases, templates and instances.

What is in the files is only there to show which of them count, and in which order; strategies.units() draws contents.
"""

from __future__ import annotations

import itertools
from typing import Dict, List, Sequence, Union

from ansible_collections.bulkhead.systemd.tests.differential.managers import (
    DIRECTORIES,
    GENERATED_DIRECTORIES,
    LIVE_DIRECTORIES,
    OUTSIDE,
    SHIPPED_DIRECTORY,
    UNIT_DIRECTORY,
)
from ansible_collections.bulkhead.systemd.tests.differential.strategies import Unit, some
from hypothesis import strategies as st

Files = Dict[str, Union[bytes, str]]

# Names with dashes and escapes in common, and folders for drop-ins; some folders are for none of the names.
_PLAIN = ["a-b-c.service", "a-b.service", "a--b.service", "b.service", "a-b\\x2dc.service", "-a.service"]
_PLAIN_FOLDERS = [*_PLAIN, "a-.service", "a-b-.service", "a--.service", "a.service", "-.service", "service"]
_TEMPLATES = ["t@.service", "a-b@.service", "u@.service"]
_INSTANCES = ["t@x.service", "a-b@x.service", "u@x.service", "a-b@x-y.service", "t@x-y.service"]
_INSTANCE_FOLDERS = [*_TEMPLATES, *_INSTANCES, "a-@.service", "a-@x.service", "a-.service", "t@x-.service", "service"]
_DROP_INS = ["10-a.conf", "9.conf", "Z.conf", "\u00e9.conf", "z.conf", "10-a.conf~", ".10-c.conf"]
# D-Bus has no words for a path that is no UTF-8, so that the running manager cannot be asked about such a file.
_OFFLINE_DROP_INS = [*_DROP_INS, "\udcff.conf"]

_LINES = st.lists(
    some(
        "User=root", "User=nobody", "User=daemon", "UMask=0022", "UMask=0027", "UMask=0077", "PrivateTmp=yes",
        "PrivateTmp=no", "ProtectClock=yes", "ProtectClock=no", "RestrictNamespaces=", "RestrictNamespaces=~user",
        "RestrictNamespaces=~mnt", "RestrictNamespaces=uts", "CapabilityBoundingSet=", "CapabilityBoundingSet=~CAP_BPF",
        "CapabilityBoundingSet=CAP_SYSLOG CAP_CHOWN", "SystemCallFilter=", "SystemCallFilter=@clock @mount",
        "SystemCallFilter=~@mount", "IPAddressDeny=any", "IPAddressDeny=", "Description=\udcff\udc80", "[Broken",
        # With this a unit could be loaded although its main file is a mask.
        "ExecStart=\nExecStart=/bin/true", "ExecStart=\nExecStart=/bin/true",
    ),
    max_size=4,
)  # fmt: skip
_EMPTY = st.just(b"")
_MASK = st.just("/dev/null")


def _text(*head: str) -> st.SearchStrategy[bytes]:
    """A file with some lines; a few are no UTF-8."""
    return _LINES.map(lambda lines: "\n".join(["[Service]", *head, *lines, ""]).encode("utf-8", "surrogateescape"))


_MAIN = _text("ExecStart=/bin/true")


def _links(directories: List[str], names: List[str]) -> st.SearchStrategy[str]:
    """A link to one of some names, absolute or relative, in the search path or outside of it; or to nothing of use."""
    anywhere = st.sampled_from(["/" + each for each in directories] + ["/lib/systemd/system"])
    name = st.sampled_from(names)
    return st.one_of(
        name,
        name.map("./{}".format),
        name.map("../system/{}".format),
        st.builds("{}/{}".format, anywhere, name),
        # Not from all directories: the manager removes empty ones of generators, and nothing leads back from there.
        st.builds("/{}/../system//{}".format, st.sampled_from(DIRECTORIES), name),
        name.map(f"/{OUTSIDE}/{{}}".format),
        name.map(f"/{OUTSIDE}/../../{OUTSIDE}/{{}}".format),
        name.map(f"../../../../{OUTSIDE}/{{}}".format),
        some("/missing", "loop", f"/{OUTSIDE}/loop", f"/{OUTSIDE}", "."),
    )


_SERVICE = b"[Service]\nExecStart=/bin/true\n"
_DROP_IN = b"[Service]\nUMask=0077\n"
# What is rarely drawn, or shows in few of what is drawn.
CHOSEN = [
    # A mask stays one although a drop-in has all that a unit needs.
    Unit("m.service", {"m.service": b"", "m.service.d/10-a.conf": _SERVICE}),
    # The text of a link is looked up from the root, where there is no such folder, or from its own directory.
    Unit("m.service", {"m.service": _SERVICE, "n.service.d/10-a.conf": _DROP_IN, "m.service.d": "n.service.d"}),
    # A folder that cannot be followed may take others with it.
    *(
        Unit("m-n.service", {"m-n.service": _SERVICE, "m-n.service.d": target, "m-.service.d/10-a.conf": _DROP_IN})
        for target in ("m-n.service.d", f"/{UNIT_DIRECTORY}/m-n.service/x", "/missing", "/missing/../etc")
    ),
    # A link that may not be an alias leaves the name to the next directory.
    Unit("m.service", {"m.service": "m@.service", f"/{SHIPPED_DIRECTORY}/m.service": _SERVICE}),
    Unit("m@x.service", {"m@x.service": "n@y.service", f"/{SHIPPED_DIRECTORY}/m@x.service": _SERVICE}),
    # An instance with a file of its own is no alias, although its template is one.
    Unit(
        "m@x.service",
        {
            "m@.service": _SERVICE, "n@.service": "m@.service", "n@x.service": _SERVICE,
            "n@x.service.d/10-a.conf": _DROP_IN,
        },
    ),
    # File names are compared byte by byte.
    Unit("m.service", {"m.service": _SERVICE, **{f"m.service.d/{name}.conf": _DROP_IN for name in "Za_-9"}}),
]  # fmt: skip


def pairs(live: bool) -> List[Unit]:
    """A unit with a file in two directories, for each two of the search path."""
    directories = [*DIRECTORIES, *(LIVE_DIRECTORIES + GENERATED_DIRECTORIES if live else ())]
    twice = itertools.combinations(directories, 2)
    return [Unit("m.service", {f"/{directory}/m.service": _SERVICE for directory in each}) for each in twice]


def _few(items: Sequence[str]) -> st.SearchStrategy[List[str]]:
    """Two or three of many, so that what is drawn from them often meets."""
    return st.lists(st.sampled_from(items), min_size=2, max_size=3, unique=True)


def _above(name: str) -> List[str]:
    """The template of an instance, and what a name is up to its last dash; for names without, nothing that counts."""
    prefix = name[: -len(".service")].partition("@")[0]
    return [prefix + "@.service", prefix.rpartition("-")[0] + "-.service"]


@st.composite
def trees(draw: st.DrawFn, live: bool) -> Unit:
    """A name, and files, links and drop-ins for it and for names that have to do with it."""
    usual = [UNIT_DIRECTORY, "run/systemd/system", SHIPPED_DIRECTORY]
    directories = draw(_few([*usual, *DIRECTORIES, *(LIVE_DIRECTORIES + GENERATED_DIRECTORIES if live else ())]))
    named, folders = draw(st.sampled_from([(_PLAIN, _PLAIN_FOLDERS), (_TEMPLATES + _INSTANCES, _INSTANCE_FOLDERS)]))
    names = draw(_few(named))
    # A link from a plain name to the file of a template makes an assertion of 247 fail, which ends the running manager.
    targets = names if live else [*names, *names, draw(st.sampled_from([*_PLAIN, *_TEMPLATES]))]
    few_folders = [*names, *_above(names[0]), *draw(_few(folders)), "service"]
    links = draw(st.sampled_from([0, 1, 1, 1, 2, 3]))
    files: Files = {f"/{OUTSIDE}/{name}": draw(st.one_of(_MAIN, _MAIN, _EMPTY)) for name in targets}
    files.update({f"/{OUTSIDE}/{path}": draw(_text()) for path in ("10-a.conf", "10-a.d/10-a.conf")})
    files[f"/{OUTSIDE}/loop"] = "loop"
    _put_main_files(draw, files, directories, names)
    for name in [*names[1:2], *(draw(st.sampled_from(named)) for _each in range(1, links))][:links]:
        target = draw(st.one_of(st.just(names[0]), _links(directories, targets)))
        _put(files, f"/{draw(st.sampled_from(directories))}/{name}", target)
    for file in draw(_few(_DROP_INS if live else _OFFLINE_DROP_INS)):
        _put_drop_ins(draw, files, directories, few_folders, file, links > 1)
    if draw(st.booleans()):
        _put_folder_link(draw, files, directories, few_folders)
    return Unit(draw(st.sampled_from([*names[:1] * 6, *names[1:] * 2, *named])), files)


def _put_main_files(draw: st.DrawFn, files: Files, directories: List[str], names: List[str]) -> None:
    """Add files of the first name, and sometimes one of another name; seldom there are masks among them."""
    content = st.one_of(_MAIN, _EMPTY, _MASK) if draw(st.integers(0, 9)) == 5 else _MAIN
    for directory in draw(_places(directories)):
        _put(files, f"/{directory}/{names[0]}", draw(content))
    if draw(st.booleans()):
        _put(files, f"/{draw(st.sampled_from(directories))}/{draw(st.sampled_from(names))}", draw(content))


def _put_drop_ins(
    draw: st.DrawFn, files: Files, directories: List[str], folders: List[str], name: str, distinct: bool
) -> None:
    """Add drop-ins of one file name to some folders in some directories.

    Files of folders that are C(distinct) do not hide each other: the folders of several aliases are read in no certain
    order.
    """
    content = st.one_of(_text(), _text(), _EMPTY, _MASK, _links(directories, ["10-a.conf", "../10-a.conf"]))
    for folder in draw(st.lists(st.sampled_from(folders), min_size=1, max_size=4, unique=True)):
        own = name.replace(".conf", f"-{folder}.conf") if distinct else name
        for directory in draw(_places(directories)):
            _put(files, f"/{directory}/{folder}.d/{own}", draw(content))


def _put_folder_link(draw: st.DrawFn, files: Files, directories: List[str], folders: List[str]) -> None:
    """Add a link in place of a folder of drop-ins."""
    siblings = [f"{folder}.d" for folder in folders]
    target = draw(st.one_of(st.sampled_from(siblings), _links(directories, ["10-a.d", *siblings])))
    _put(files, f"/{draw(st.sampled_from(directories))}/{draw(st.sampled_from(siblings))}", target)


def _places(directories: List[str]) -> st.SearchStrategy[List[str]]:
    """At least one of the directories, in any order."""
    return st.lists(st.sampled_from(directories), min_size=1, unique=True)


def _put(files: Files, path: str, content: Union[bytes, str]) -> None:
    """Add a file where none is yet, unless it would be below another file or above one."""
    folder = path.rpartition("/")[0]
    if folder not in files and not any(f"{each}/".startswith(f"{path}/") for each in files):
        files[path] = content
