# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what systemd really printed (fixtures/exposure), whole, disguised and damaged."""

# Ansible takes plain data only, so results must be of exactly these types and not of subclasses.
# pylint: disable=unidiomatic-typecheck

from __future__ import annotations

import contextlib
import functools
import json
import pathlib
import re
import time
import typing as t
from fractions import Fraction

import pytest
from ansible_collections.bulkhead.systemd.plugins.module_utils.errors import BulkheadError
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_checks import CHECKS, LEVELS, Check
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_descriptions import DESCRIPTIONS
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_output import parse
from ansible_collections.bulkhead.systemd.plugins.module_utils.exposure_rows import described
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

FIXTURES = pathlib.Path(__file__).parent / "fixtures" / "exposure"
NAMES = sorted(path.name for path in FIXTURES.iterdir() if path.suffix in (".txt", ".json"))
OVERVIEWS = [name for name in NAMES if "overview" in name]
TABLES = [name for name in NAMES if "overview" not in name]
VERSIONS = (247, 252, 257, 262)
UNITS = {"plain.service": (9.6, "UNSAFE"), "hard.service": (0.1, "SAFE"), "worst.service": (8.0, "EXPOSED")}
CODECS = ("cp1252", "latin-1", "cp437", "cp850", "cp1251", "mac_roman")

MISREADINGS = [*((codec,) for codec in CODECS), *((codec, codec) for codec in CODECS), ("cp1252", "latin-1")]

Unit = t.Dict[str, t.Any]
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def unit_of(name: str, unit: str) -> Unit:
    return next(found for found in parse(read(name)) if found["unit"] == unit)


def rows(unit: Unit, *without: str) -> t.List[t.Dict[str, t.Any]]:
    """The checks in an order that does not depend on the version."""
    checks = [{key: check[key] for key in check if key not in without} for check in unit["checks"]]
    return sorted(checks, key=lambda check: str(check["id"]))


def table(name: str, unit: str) -> str:
    """The text of one unit alone, from its heading to its closing line."""
    found = re.search(r"(?:\A|\n)(  NAME(?:(?!\n  NAME)[^\0])*?level for " + re.escape(unit) + r".*\n)", read(name))
    assert found
    return found.group(1)


def misread(text: str, codec: str) -> str:
    """What an editor shows that takes UTF-8 for a code page, keeping the numbers that the page leaves undefined."""
    return "".join(bytes([number]).decode(codec, "ignore") or chr(number) for number in text.encode())


def misread_by(codecs: t.Sequence[str], text: str) -> str:
    for codec in codecs:
        text = misread(text, codec)
    return text


@pytest.mark.parametrize("version", VERSIONS)
def test_tables_of_several_units(version: int) -> None:
    units = parse(read(f"{version}-units.txt"))
    assert {unit["unit"]: (unit["exposure"], unit["predicate"]) for unit in units} == UNITS
    assert [len(unit["checks"]) for unit in units] == [80 if version == 247 else 81] * 3
    for unit in units:
        assert {check["id"] for check in unit["checks"]} == {check.id for check in CHECKS if check.since <= version}


@pytest.mark.parametrize("version", VERSIONS)
def test_settings_of_checks(version: int) -> None:
    plain, hard, worst = ({c["id"]: c for c in unit["checks"]} for unit in parse(read(f"{version}-units.txt")))
    network = {"name": "PrivateNetwork=", "id": "PrivateNetwork", "set": False, "exposure": 0.5}
    assert plain["PrivateNetwork"] == {**network, "description": "Service has access to the host's network"}
    assert plain["RemoveIPC"]["set"] is None
    assert plain["KeyringMode"]["set"] is True
    assert hard["PrivateTmp"]["set"] is None
    assert hard["PrivateNetwork"]["set"] is True
    assert hard["PrivateNetwork"]["exposure"] is None
    assert (worst["ProtectProc"]["description"], worst["ProtectProc"]["exposure"]) == ("", 0.1)
    assert worst["RestrictAddressFamilies_OTHER"]["name"] == "RestrictAddressFamilies=~\u2026"
    namespaces = "CLONE_NEWNET" if version == 247 else "net"
    assert plain["RestrictNamespaces_net"]["name"] == "RestrictNamespaces=~" + namespaces


@pytest.mark.parametrize("version", (252, 262))
def test_stream_of_arrays_with_an_overview_equals_the_text(version: int) -> None:
    from_text, from_json = (parse(read(f"{version}-units.{suffix}")) for suffix in ("txt", "json"))
    assert from_json == from_text
    assert parse(read("262-pretty-units.json")) == parse(read("262-units.txt"))[:2]


@pytest.mark.parametrize("name", OVERVIEWS)
def test_overview(name: str) -> None:
    units = parse(read(name))
    assert all(unit["checks"] == [] and unit["unit"].endswith(".service") for unit in units)
    ascii_or_plain = read(name).replace("\x1b", "")
    assert len(units) == ascii_or_plain.count('"unit"') or len(units) == ascii_or_plain.strip().count("\n")
    assert {unit["unit"]: unit["exposure"] for unit in units}["plain.service"] == 9.6


def test_overview_is_the_same_as_text_json_and_ascii() -> None:
    assert parse(read("252-overview.txt")) == parse(read("252-overview.json")) == parse(read("252-ascii-overview.txt"))
    assert parse(read("262-overview.txt")) == parse(read("262-colour-overview.txt"))


@pytest.mark.parametrize("name", ["247-ascii-unit.txt", "247-colour-unit.txt", "252-colour-unit.txt"])
@pytest.mark.parametrize("newer", [False, True])
def test_marks_and_colours_make_no_difference(name: str, newer: bool) -> None:
    name = name.replace("247", "262").replace("252", "262") if newer else name
    (unit,) = parse(read(name))
    assert unit == unit_of(name[:3] + "-units.txt", "worst.service")


@pytest.mark.parametrize("name", ["247-debug-unit.txt", "262-debug-unit.txt"])
def test_debug_columns_of_text(name: str) -> None:
    (unit,) = parse(read(name))
    assert rows(unit, "weight", "badness", "range") == rows(unit_of(name[:3] + "-units.txt", "hard.service"))
    known = {check.id: (check.weight, check.range) for check in CHECKS}
    assert all((check["weight"], check["range"]) == known[check["id"]] for check in unit["checks"])
    assert {check["id"]: check["badness"] for check in unit["checks"]}["PrivateTmp"] is None


def test_debug_columns_of_json_give_the_exact_total() -> None:
    hard, worst = read("252-debug-units.json").splitlines()[:3:2]
    assert [(unit["unit"], unit["exposure"]) for unit in parse(hard) + parse(worst)] == [(None, 0.1), (None, 8.0)]
    (text,) = parse(read("247-debug-unit.txt").partition("\n\u2192")[0])
    assert (text["unit"], text["exposure"], text["predicate"]) == (None, 0.1, "SAFE")


@pytest.mark.parametrize("name", ["252-units.json", "262-units.json", "252-debug-units.json", "262-pretty-units.json"])
def test_one_array_alone_gives_the_total_but_no_unit(name: str) -> None:
    text = read(name)
    expected = [unit["exposure"] for unit in parse(text)]
    decoder, position, alone = json.JSONDecoder(), 0, []
    while text[position:].strip():
        position += len(text[position:]) - len(text[position:].lstrip())
        end = decoder.raw_decode(text, position)[1]
        alone.append(text[position:end])
        position = end
    units = [parse(array)[0] for array in alone[:-1]]
    assert [(unit["unit"], unit["exposure"]) for unit in units] == [(None, exposure) for exposure in expected]


def test_total_of_a_security_policy_is_not_guessed() -> None:
    array = json.loads(read("252-units.json").splitlines()[0])
    array[0]["exposure"] = "1.5"
    (unit,) = parse(json.dumps(array))
    assert (unit["exposure"], unit["predicate"]) == (None, None)


def test_check_that_a_security_policy_excludes() -> None:
    array = json.loads(read("252-units.json").splitlines()[0])
    row = next(row for row in array if row["json_field"] == "LockPersonality")
    row.update(set=None, exposure=None, description="Option excluded by policy, skipping")
    for text in (json.dumps(array), json.dumps(array).replace('"set": null', '"set": "?"')):
        (unit,) = parse(text)
        assert unit["exposure"] is None
        assert {check["id"]: check["set"] for check in unit["checks"]}["LockPersonality"] is None


def test_versions_with_new_names_but_without_the_row_of_bpf() -> None:
    array = [row for row in json.loads(read("252-units.json").splitlines()[0]) if "BPF" not in row["name"]]
    assert [(unit["exposure"], len(unit["checks"])) for unit in parse(json.dumps(array))] == [(9.6, 80)]


def test_texts_the_wrong_way_round() -> None:
    rows_only = "\u2713 CapabilityBoundingSet=~CAP_BPF  Service may load BPF programs\n"
    assert [check["set"] for check in parse(rows_only)[0]["checks"]] == [True]
    unmarked = rows_only[2:] + "PrivateTmp=  Service has access to other software's temporary files  0.2\n"
    assert [check["set"] for check in parse(unmarked)[0]["checks"]] == [True, False]
    boot = "  PrivateTmp=  Service runs in special boot phase, option does not apply\n"
    assert [check["set"] for check in parse(boot)[0]["checks"]] == [None]


def test_overview_of_another_time_is_kept_beside_the_table() -> None:
    text = table("252-units.txt", "plain.service") + "UNIT EXPOSURE PREDICATE HAPPY\nplain.service 4.2 OK\n"
    assert [(unit["exposure"], len(unit["checks"])) for unit in parse(text)] == [(9.6, 81), (4.2, 0)]


def test_json_that_is_no_text_or_no_number() -> None:
    row = {"set": False, "name": "New=\ud800", "weight": True, "badness": 1, "range": 1, "exposure": 0.1}
    (check,) = parse("{broken " + json.dumps([row]))[0]["checks"]
    assert check == {"name": "New=?", "id": None, "description": "", "set": False, "exposure": 0.1}


def test_units_with_the_same_exposure_and_other_rows_stay_nameless() -> None:
    plain = read("252-units.json").splitlines()[0]
    other = json.loads(plain)
    next(row for row in other if row["json_field"] == "LockPersonality").update(set=True, exposure=None)
    overview = json.dumps([{"unit": f"{name}.service", "exposure": "9.6", "predicate": "UNSAFE"} for name in "ab"])
    assert [unit["unit"] for unit in parse("\n".join([plain, plain, overview]))] == ["a.service", "b.service"]
    units = parse("\n".join([plain, json.dumps(other), overview]))
    assert [(unit["unit"], len(unit["checks"])) for unit in units] == [
        (None, 81), (None, 81), ("a.service", 0), ("b.service", 0),
    ]  # fmt: skip


def test_every_row_of_every_version_is_known() -> None:
    for name in TABLES:
        if "narrow" not in name:
            for unit in parse(read(name)):
                told = {check["id"]: described(check["id"], check["description"]) for check in unit["checks"]}
                # Of this one some versions print the texts the wrong way round.
                told.pop("CapabilityBoundingSet_CAP_BPF", None)
                assert all(len(badnesses) == 1 for badnesses in told.values())


def test_narrow_terminal() -> None:
    (narrow,) = parse(read("252-narrow-unit.txt"))
    assert (narrow["unit"], narrow["exposure"], len(narrow["checks"])) == ("worst.service", 8.2, 81)
    whole = {check["id"]: check for check in unit_of("252-units.txt", "worst.service")["checks"]}
    known = [check for check in narrow["checks"] if check["id"]]
    assert len(known) > 40
    # The narrow table is an offline one, where PrivateMounts= counts otherwise.
    assert all(
        (check["name"], check["set"]) == (whole[check["id"]]["name"], whole[check["id"]]["set"])
        for check in known
        if check["id"] != "PrivateMounts"
    )
    assert all(check["set"] is not None for check in narrow["checks"])


DISGUISES: t.Dict[str, t.Callable[[str], str]] = {
    "caret notation": lambda text: text.replace("\x1b", "^[").replace("\x07", "^G"),
    "escape and bell lost": lambda text: text.replace("\x1b", "").replace("\x07", ""),
    "only escape lost": lambda text: text.replace("\x1b", ""),
    "escape as picture": lambda text: text.replace("\x1b", "\u241b"),
    "escape as octal number": lambda text: text.replace("\x1b", "\\033").replace("\x07", "^G"),
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
    "no end of line": str.rstrip,
    "no blanks at line ends": lambda text: re.sub(r" +\n", "\n", text),
    "blanks in one": lambda text: re.sub(r"(?<=\S)  +", " ", text),
    "tabs": lambda text: re.sub(r"(?<=\S)  +", "\t", text),
    "quoted": lambda text: "".join("> " + line for line in text.splitlines(True)),
    "as comment": lambda text: "".join("# " + line for line in text.splitlines(True)),
    "numbered": lambda text: "".join(f"{n:6}\t{line}" for n, line in enumerate(text.splitlines(True))),
    "indented": lambda text: "".join("    " + line for line in text.splitlines(True)),
    "byte order mark": lambda text: "\ufeff" + text,
    "hard blanks": lambda text: text.replace("  ", " \xa0"),
    "marks as entities": lambda text: text.replace("\u2717", "&#10007;").replace("\u2713", "&#10003;"),
    "question marks": lambda text: text.encode("ascii", "replace").decode(),
    "replacement characters": lambda text: text.encode().decode("ascii", "replace"),
    "all but ASCII lost": lambda text: text.encode("ascii", "ignore").decode(),
    "marks lost": lambda text: re.sub("[\u2713\u2717]", " ", text),
    "first columns cut": lambda text: re.sub("(?m)^[\u2713\u2717 ] ", "", text),
    **{" then ".join(codecs): functools.partial(misread_by, codecs) for codecs in MISREADINGS},
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("name", ["247-colour-unit.txt", "247-units.txt", "262-colour-unit.txt", "262-units.txt"])
def test_disguises_make_no_difference(disguise: str, name: str) -> None:
    text = DISGUISES[disguise](read(name))
    expected = parse(read(name))
    if "ASCII" in disguise or "acter" in disguise or "question" in disguise:
        # One description has an ellipsis of its own.
        text, expected = (_without_tunables(value) for value in (text, expected))
    assert parse(text) == expected


def _without_tunables(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return "\n".join(line for line in value.splitlines() if "/proc/sys," not in line)
    checks = [[check for check in unit["checks"] if "/proc/sys," not in check["description"]] for unit in value]
    return [{**unit, "checks": kept} for unit, kept in zip(value, checks)]


@pytest.mark.parametrize("unit", UNITS)
def test_no_mark_and_no_exposure_leaves_the_descriptions(unit: str) -> None:
    text = re.sub(r"(?m)^[\u2713\u2717 ] | +\d\.\d$|  EXPOSURE$", "", table("252-units.txt", unit))
    expected, found = (
        {check["id"]: check["set"] for check in table["checks"]}
        for table in (unit_of("252-units.txt", unit), parse(text)[0])
    )
    for unclear in ("ProtectProc", "CapabilityBoundingSet_CAP_BPF"):  # No text, or the same for good and bad.
        del expected[unclear]
        found.pop(unclear, None)
    assert found == expected


def test_version_240() -> None:
    """Made, not captured: the table of 247 with the words and without the checks that came later."""
    later = {check.name for check in CHECKS if check.since > 240}
    lines = [line for line in table("247-units.txt", "worst.service").splitlines() if line.split()[1:2] != []]
    lines = [line for line in lines if line.split()[1] not in later]
    text = "\n".join(lines).replace("allow list", "whitelist").replace("~CAP_SYS_RAWIO", "~CAP_RAWIO")
    (unit,) = parse(text)
    expected = {check.id for check in CHECKS if check.since <= 240}
    assert {check["id"] for check in unit["checks"]} == expected
    (cut,) = parse(text.partition("\u2192")[0])
    assert cut["unit"] is None
    assert cut["exposure"] is not None
    assert all(check["set"] is not None for check in re_marked(text)["checks"])


def re_marked(text: str) -> Unit:
    return parse(re.sub("[\u2713\u2717]", "?", text))[0]


def test_cut_off_table_has_no_exposure_and_no_guessed_last_row() -> None:
    text = table("252-units.txt", "plain.service")
    (unit,) = parse(text[: len(text) // 2])
    assert (unit["unit"], unit["exposure"], unit["predicate"]) == (None, None, None)
    assert 30 < len(unit["checks"]) < 50
    line = "\u2717 PrivateNetwork=   Service has acc"
    (check,) = parse(line)[0]["checks"]
    assert (check["id"], check["description"]) == ("PrivateNetwork", "Service has acc")
    assert (check["set"], check["exposure"]) == (False, None)


def test_table_without_its_closing_line_but_with_all_rows_has_its_exposure() -> None:
    for version in VERSIONS:
        for unit, level in UNITS.items():
            rows_only = table(f"{version}-units.txt", unit).rpartition("\n\u2192")[0]
            assert [(found["unit"], found["exposure"]) for found in parse(rows_only)] == [(None, level[0])]


def test_what_is_left_of_a_row_is_not_overrated() -> None:
    whole = "UMask=  Files created by service are world-readable by default  0.1\n"
    for row, expected in (
        ("RemoveIPC=  Service\u2026\n", None),  # Good or not applicable.
        ("PrivateMounts=  Service\u2026\n", True),  # Bad would show an exposure.
        ("PrivateMounts=  Service", None),  # It may have been cut off.
        ("PrivateMounts=  Service may", False),
    ):
        (unit,) = parse(f"NAME  DESCRIPTION  EXPOSURE\n{whole}{row}")
        assert [check["set"] for check in unit["checks"]] == [False, expected]


def test_shortened_names() -> None:
    for name, description, expected in (
        ("RestrictAddressFamilies=~A\u2026", "Service may allocate exotic sockets", None),
        ("RestrictAddressFamilies=~AF_\u2026", "Service may allocate local sockets", "RestrictAddressFamilies_AF_UNIX"),
        ("RestrictAddressFamilies=~\u2026", "Service may allocate packet\u2026", "RestrictAddressFamilies_AF_PACKET"),
        ("RestrictAddressFamilies=~\u2026", "Service may allocate\u2026", None),
        ("RestrictAddressFamilies=~???", "Service may allocate exotic sockets", "RestrictAddressFamilies_OTHER"),
        ("PrivateU...", "Service has access to...", "PrivateUsers"),
    ):
        (unit,) = parse(f"  NAME DESCRIPTION EXPOSURE\n\u2717 {name}  {description}  0.3\n")
        assert [check["id"] for check in unit["checks"]] == [expected]


def test_closing_line_cut_off() -> None:
    for closing, expected in (
        ("\u2192 Overall exposure level for a.service: 9.6 UNSA", ("a.service", 9.6, "UNSAFE")),
        ("\u2192 Overall exposure level for a.service: 9.6", ("a.service", 9.6, "UNSAFE")),
        ("\u2192 Overall exposure level for a.service: 9.", ("a.service", None, None)),
        ("\u2192 Overall exposure level for a.service", ("a.service", None, None)),
        ("\u2192 Overall exposure level for a.serv", (None, None, None)),
        ("Overall exposure level for x: **0.2 LOW**", ("x", 0.2, "SAFE")),
    ):
        (unit,) = parse("\u2717 PrivateTmp=  Service has access to other software's temporary files  0.2\n" + closing)
        assert (unit["unit"], unit["exposure"], unit["predicate"]) == expected


def test_pagers_and_wikis_that_drop_lines() -> None:
    text = table("252-units.txt", "plain.service").splitlines()
    for gap in (
        "lines 1-20/80 (END)",
        "...",
        "[...]",
        "(snip)",
        "\u2026",
        "--More--",
        "",
        "    [\u2026 56 lines left out]",
    ):
        (unit,) = parse("\n".join([*text[:12], gap, *text[-9:]]))
        assert (unit["unit"], unit["exposure"], len(unit["checks"])) == ("plain.service", 9.6, 18)


def test_prompt_names_the_unit_of_a_table_without_closing_line() -> None:
    row = "\u2717 PrivateTmp=  Service has access to other software's temporary files  0.2\n"
    for prompt, expected in (
        ("$ systemd-analyze security nginx", "nginx.service"),
        ("root@host:~# sudo systemd-analyze --no-pager security nginx.service | head -3", "nginx.service"),
        ("systemd-analyze security --offline=true ./units/my.socket", "my.socket"),
        ("$ systemd-analyze security a.service b.service", None),
        ("$ systemd-analyze security", None),
        ("$ systemd-analyze verify a.service", None),
    ):
        assert parse(f"{prompt}\n{row}")[0]["unit"] == expected


def test_unit_files_and_prose_are_no_rows() -> None:
    text = table("252-units.txt", "plain.service")
    prose = (
        "CapabilityBoundingSet=~CAP_SYS_PTRACE # remove\n- PrivateTmp= is a setting\nCapabilityBoundingSet=\n"
        "UMask=0077\n[Service]\nnginx.service is 9.6 UNSAFE\nnginx.service 9.6 UNSAFE by any means\n```\n"
        "Overall exposure level for [^:]+: (.*)\n"
    )
    assert parse(prose + text + prose) == parse(text)
    cut = text[: text.index("\u2717 RestrictRealtime")]
    assert parse(cut + "Now we add\n" + prose) == parse(cut + "Now we add\n")
    with pytest.raises(BulkheadError):
        parse(prose)


def test_pasted_rows_of_an_overview() -> None:
    """The marks are those of a founding document of this collection, as it stands in the wild."""
    text = "gives:\n\n```simplehttp.service                        8.8 EXPOSED   \xf0\u0178\u02dc\xa8```\n\nthen\n"
    text += "`simplehttp.service                        4.9 OK       \xf0\u0178\u02dc\u0192`\n"
    assert [(unit["unit"], unit["exposure"], unit["predicate"]) for unit in parse(text)] == [
        ("simplehttp.service", 8.8, "EXPOSED"), ("simplehttp.service", 4.9, "OK"),
    ]  # fmt: skip


@pytest.mark.parametrize("word,lowest", [(word, lowest) for lowest, word in LEVELS])
def test_predicate_follows_from_the_exposure(word: str, lowest: float) -> None:
    (unit,) = parse(f"UNIT EXPOSURE PREDICATE HAPPY\na.service {lowest}\n")
    assert (unit["exposure"], unit["predicate"]) == (lowest, word)


@pytest.mark.parametrize(
    "text,quoted",
    [
        ("\n\n  hello world\n", "line 3: 'hello world'"),
        ("a\x00b\x1b[2Jc", r"line 1: 'a\x00b\x1b[2Jc'"),
        ("\ud800", r"line 1: '\ud800'"),
        ("x" * 5000, "line 1: '" + "x" * 100 + "...'"),
        ("", "no text at all"),
        ("[]", "no text at all"),
        ("UNIT   EXPOSURE PREDICATE HAPPY\n", "only its heading"),
        ('{"unit": "a.service"}', 'line 1: \'{"unit": "a.service"}\''),
    ],
)
def test_error_quotes_the_first_line(text: str, quoted: str) -> None:
    with pytest.raises(BulkheadError) as failure:
        parse(text)
    assert quoted in str(failure.value)
    assert len(str(failure.value)) < 500


@pytest.mark.parametrize("value", [None, 3, b"bytes", ["a"], {"a": 1}])
def test_no_string(value: t.Any) -> None:
    with pytest.raises(BulkheadError, match="Cannot read " + type(value).__name__):
        parse(value)


HOSTILE = r"""
x [ { {" [{" {"a": {"a":[ [{"unit":" {"weight":1 \ {"\" 9 | 0.1 ^[ ]8;;http:// ]8;;https://a#b ]8;;file:///a.service
\033]8;; PrivateTmp= a.service
""".split()  # noqa: SIM905
HOSTILE += ["Overall exposure level for a", "systemd-analyze security ", " ", "\r", "\x1b[", "\x1b]8;;"]
HOSTILE += ["\xe2\u0153", "\ufffd", "\u2717 ", "\u2717PrivateTmp= ", "~\u2026", "\u2026"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_does_not_explode(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    start = time.monotonic()
    for hostile in (text, re.sub(r"(.{90})", r"\1\n", text[:400_000])):
        with contextlib.suppress(BulkheadError):
            parse(hostile)
    assert time.monotonic() - start < 6


def test_many_units_do_not_explode() -> None:
    row = "\u2717 PrivateTmp=  Service has access to other software's temporary files  0.2\n"
    closings = "".join(f"Overall exposure level for a{n}.service: 9.6 UNSAFE\n" for n in range(5000))
    overview = "".join(f"b{n}.service  9.6 UNSAFE\n" for n in range(5000))
    start = time.monotonic()
    assert len(parse(closings + overview)) == 10000
    assert len(parse(row * 5000 + overview)) == 5000
    assert time.monotonic() - start < 6


# Properties

PROSE = st.lists(
    st.one_of(
        st.sampled_from(["$ ls", "```", "", "Here it is:", "PrivateTmp=yes", "[Service]", "{", "}", "[", "~"]),
        st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n"), max_size=40),
    ).filter(lambda line: "=" not in line or line == "PrivateTmp=yes"),
    max_size=5,
).map("\n".join)  # fmt: skip

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner))


@st.composite
def damaged(draw: st.DrawFn) -> str:
    text = read(draw(st.sampled_from(NAMES)))
    for _round in range(draw(st.integers(1, 4))):
        text = draw(st.sampled_from(DAMAGES))(draw, text)
    return text


def cut(draw: st.DrawFn, text: str) -> str:
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    return draw(st.sampled_from([text[start:end], text[:start] + text[end:], text[:end], text[start:]]))


def insert(draw: st.DrawFn, text: str) -> str:
    place = draw(st.integers(0, len(text)))
    return text[:place] + draw(st.text(max_size=30) | PROSE) + text[place:]


def drop_lines(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(True)
    step = draw(st.integers(2, 9))
    return "".join(line for n, line in enumerate(lines) if n % step)


def shuffle(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(True)
    return "".join(draw(st.permutations(lines[:40])) + lines[40:])


def cut_columns(draw: st.DrawFn, text: str) -> str:
    first, last = draw(st.integers(0, 12)), draw(st.integers(3, 170))
    return "\n".join(line[first:last] for line in text.splitlines())


def misdecode(draw: st.DrawFn, text: str) -> str:
    wrong = text[:20000].encode("utf-8", "replace")
    return wrong.decode(draw(st.sampled_from([*CODECS, "utf-16-le", "ascii", "shift_jis", "utf-7"])), "replace")


def disguise(draw: st.DrawFn, text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    return DISGUISES[draw(st.sampled_from([name for name in DISGUISES if "then" not in name]))](text)


def replace_values(draw: st.DrawFn, text: str) -> str:
    value = json.dumps(draw(VALUES))
    place = draw(st.sampled_from(['"0.1"', "null", "true", "false", '"set"', "0.2", "1000", "[0-9]+"]))
    return re.sub(place, lambda _: value, text)


DAMAGES = (cut, insert, drop_lines, shuffle, cut_columns, misdecode, disguise, replace_values)


def assert_shape(units: t.Any) -> None:
    assert type(units) is list and units
    for unit in units:
        assert sorted(unit) == ["checks", "exposure", "predicate", "unit"]
        assert unit["unit"] is None or (type(unit["unit"]) is str and unit["unit"])
        assert_exposure(unit["exposure"])
        assert (unit["predicate"] is None) == (unit["exposure"] is None)
        assert unit["predicate"] in {None, *(word for lowest, word in LEVELS)}
        for check in unit["checks"]:
            assert_check(check)
    json.dumps(units, allow_nan=False, ensure_ascii=False).encode("utf-8")


def assert_exposure(value: t.Any) -> None:
    assert value is None or (type(value) is float and 0.0 <= value <= 10.0 and round(value, 1) == value)


def assert_check(check: t.Dict[str, t.Any]) -> None:
    extra = set(check) - {"name", "id", "description", "set", "exposure"}
    assert extra in (set(), {"weight", "badness", "range"})
    assert type(check["name"]) is str and check["name"] and type(check["description"]) is str
    assert check["id"] is None or type(check["id"]) is str
    assert check["set"] in (True, False, None)
    assert_exposure(check["exposure"])
    if extra:
        assert (
            type(check["weight"]) is int and type(check["range"]) is int and type(check["badness"]) in (int, type(None))
        )


def parse_or_refuse(text: str) -> t.List[Unit]:
    try:
        units = parse(text)
    except BulkheadError as error:
        str(error).encode("utf-8")
        return []
    assert_shape(units)
    return units


@settings(quick, max_examples=250)
@given(damaged())
def test_damaged_output_is_read_or_refused(text: str) -> None:
    parse_or_refuse(text)


@quick
@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")) | VALUES.map(json.dumps))
def test_anything_is_read_or_refused(text: str) -> None:
    parse_or_refuse(text)


KEYS = ["unit", "exposure", "predicate", "set", "name", "json_field", "description", "weight", "badness", "range"]
LIKELY = st.sampled_from(["0.1", "9.9", "a.service", "PrivateTmp=", "PrivateTmp", 2**64 - 1, 0, 1000])


@quick
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), SCALARS | VALUES | LIKELY), max_size=5))
@example([{"unit": "a.service", "exposure": "0.1", "predicate": []}])
def test_wrong_json_is_read_or_refused(value: t.Any) -> None:
    parse_or_refuse(json.dumps(value))


@quick
@given(PROSE, PROSE, st.sampled_from(NAMES))
def test_prose_around_changes_nothing(before: str, after: str, name: str) -> None:
    assert parse(f"{before}\n{read(name)}\n{after}\n") == parse(read(name))


@quick
@given(st.lists(st.sampled_from(sorted(UNITS)), min_size=1, max_size=4), PROSE, st.sampled_from(VERSIONS))
def test_units_survive_prose_between_them(units: t.List[str], prose: str, version: int) -> None:
    text = f"\n{prose}\n".join(table(f"{version}-units.txt", unit) for unit in units)
    assert parse(text) == [unit_of(f"{version}-units.txt", unit) for unit in units]


@quick
@given(st.sampled_from(TABLES), st.data())
def test_a_cut_never_invents_an_exposure(name: str, data: st.DataObject) -> None:
    text = read(name)
    whole = parse(text)
    exposures = {unit["exposure"] for unit in whole}
    settled = {(check["id"], check["description"], check["set"]) for unit in whole for check in unit["checks"]}
    for unit in parse_or_refuse(text[: data.draw(st.integers(0, len(text)))]):
        assert unit["exposure"] in exposures | {None}
        rows_read = {(check["id"], check["description"], check["set"]) for check in unit["checks"][:-1]}
        assert rows_read <= settled


@quick
@given(st.sampled_from(sorted(UNITS)), st.sets(st.integers(0, 80), max_size=70), st.booleans())
def test_text_and_json_of_the_same_rows_agree(unit: str, dropped: t.Set[int], marks: bool) -> None:
    array = json.loads(read("262-units.json").splitlines()[2 * list(UNITS).index(unit)])
    kept = [row for n, row in enumerate(array) if n not in dropped]
    signs = {True: "\u2713", False: "\u2717", None: " "} if marks else dict.fromkeys((True, False, None), " ")
    lines = [f"{signs[r['set']]} {r['name']:60}{r['description'] or '':100}{r['exposure'] or '':>8}" for r in kept]
    (from_json,) = parse(json.dumps(kept))
    (from_text,) = parse("\n".join(["  NAME DESCRIPTION EXPOSURE", *lines, ""]))
    for check, known in zip(from_text["checks"], from_json["checks"]):
        # Where no mark is left, text may leave undecided what JSON says. It never says otherwise.
        if not marks and check["set"] is None:
            known["set"] = None
    if marks or from_text["exposure"] is not None:
        assert from_text == from_json
    assert from_text["checks"] == from_json["checks"]


def rounded_up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


@st.composite
def assessments(draw: st.DrawFn) -> t.List[t.Tuple[Check, t.Optional[int], str]]:
    return [(check, *draw(st.sampled_from(DESCRIPTIONS[check.id]))) for check in CHECKS]


@quick
@given(assessments(), st.booleans(), st.booleans())
def test_total_follows_from_the_rows(
    assessed: t.List[t.Tuple[Check, t.Optional[int], str]], told: bool, debug: bool
) -> None:
    """Rows as systemd would print them, by its own arithmetic, with and without what says how bad a row is."""
    weights = sum(check.weight for check, badness, text in assessed if badness is not None)
    bad = [(check, badness or 0, text) for check, badness, text in assessed]
    total = sum(rounded_up(Fraction(badness * check.weight, check.range)) for check, badness, text in bad)
    array = []
    for check, badness, text in assessed:
        part = Fraction((badness or 0) * check.weight * 100, check.range)
        shown = rounded_up(Fraction(rounded_up(part), weights))
        row: t.Dict[str, t.Any] = {
            "set": None if badness is None else not badness,
            "name": check.name,
            "json_field": check.id,
        }
        row.update(description=text if told else "?", exposure=f"{shown // 10}.{shown % 10}" if badness else None)
        if debug:
            row.update(weight=check.weight, badness=2**64 - 1 if badness is None else badness, range=check.range)
        array.append(row)
    (unit,) = parse(json.dumps(array))
    exact = rounded_up(Fraction(total * 100, weights)) / 10
    assert unit["exposure"] == exact if told or debug else unit["exposure"] in (None, exact)


def test_a_byte_that_was_no_text_is_none_in_the_result() -> None:
    (found,) = parse("  NAME  DESCRIPTION\n\u2717 UMask=  Files created \udcff by service  0.1\n")
    assert "Files created ? by service" in json.dumps(found, ensure_ascii=False).encode("utf-8").decode("utf-8")


@pytest.mark.parametrize(("mark", "expected"), [("\u2713", True), ("\u2717", False)])
def test_the_mark_of_a_check_that_systemd_got_later(mark: str, expected: bool) -> None:
    table = f"  NAME  DESCRIPTION  EXPOSURE\n{mark} ProtectSystem=~new  Something new  0.1\n"
    table = table.replace("  0.1", "") if expected else table
    (found,) = parse(table)
    assert [(check["id"], check["set"]) for check in found["checks"]] == [(None, expected)]
