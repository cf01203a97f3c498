# Copyright (c) 2026, the bulkhead.systemd contributors
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint unit molecule clean
MAKEFLAGS += --no-print-directory

help: ## Say what can be made
	@awk -F ': .*## ' '/^[a-z]+: .*##/ {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: ## Install what the other targets need, into .venv and .cache where possible
	@tests/setup

demo: setup ## Audit, harden and verify a small web server in a container; leaves report.md
	@tests/container/start "$${BULKHEAD_PREFIX:-bulkhead}-demo" >/dev/null
	@ANSIBLE_CALLBACK_RESULT_FORMAT=yaml tests/container/run ansible-playbook --inventory demo/inventory.yml demo/demo.yml

test: setup ## Run all checks and tests (half an hour on a new machine)
	@tests/all

lint: setup ## Run the quick checks only
	@tests/all --session formatting lint types docs ansible_lint

unit: setup ## Run the unit tests only
	@tests/all --session units

molecule: setup ## Run the Molecule scenarios only
	@tests/all --keywords "image or molecule"

clean: ## Remove the test containers and everything that setup and tests made in this checkout
	-@tests/container/stop --all
	@rm -rf .ansible .cache .nox .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache tests/output report.md
