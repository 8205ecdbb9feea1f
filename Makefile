# One command each. They install what a bare Debian or Ubuntu machine lacks (as root, or by sudo
# without a password), and elsewhere say what to install. Rust itself must be there: https://rustup.rs

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

CARGO := cargo
PACKAGES := --workspace --locked
# Pictures of panels, compared with those in gui/tests/snapshots.
SNAPSHOTS := --features moot-gui/snapshots

# libopus is built with cmake, libwebp and the ciphers with a C compiler, sound devices with ALSA's headers.
BUILD_NEEDS := cmake gcc g++ libasound2-dev libc6-dev make pkg-config
# What the window opens at run time: X11 or Wayland, OpenGL. Any desktop has them.
WINDOW_NEEDS := libgl1 libgl1-mesa-dri libegl1 libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrender1 libxfixes3 \
	libxkbcommon0 libxkbcommon-x11-0 libfontconfig1
# Networks with loss and splits; other programs that judge ours (sound, pages); real speech and documents;
# a Chinese font; office documents; clocks that are years off; the servers of companies (ejabberd needs Erlang, Prosody lua-sec).
TEST_NEEDS := $(BUILD_NEEDS) $(WINDOW_NEEDS) xvfb xdotool imagemagick x11-utils dbus-daemon nftables iproute2 ethtool libfaketime opus-tools ffmpeg mupdf-tools poppler-utils \
	espeak-ng pulseaudio pulseaudio-utils pocketsphinx-testdata shared-mime-info libtasn1-doc fonts-droid-fallback \
	libreoffice-impress-nogui libreoffice-writer-nogui libreoffice-calc-nogui prosody lua-sec ejabberd

CORPUS := target/corpus

.PHONY: help run test rig corpus bench deny build-needs window-needs test-needs rust

help: ## What there is
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

run: build-needs rust ## The window; without a display a whole meeting in the terminal
	if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then
		$(MAKE) --no-print-directory window-needs
		$(CARGO) build --release --locked --package moot-gui
		target/release/moot
	else
		$(CARGO) build --release --locked --package moot-node
		target/release/moot-node demo
	fi

# The scenarios measure and print; whether a machine is fast and quiet enough for their bounds on time is
# asked by `make rig`. What must hold on any machine fails either way.
test: export MOOT_RIG_STRICT = 0
test: test-needs rust ## Everything that .ci/run checks
	$(CARGO) fmt --all --check
	$(CARGO) check --locked --package moot-node --no-default-features
	$(CARGO) clippy $(PACKAGES) $(SNAPSHOTS) --all-targets -- -D warnings
	$(CARGO) build $(PACKAGES) $(SNAPSHOTS) --all-targets
	$(CARGO) test $(PACKAGES) $(SNAPSHOTS) --no-fail-fast

rig: test-needs rust ## The scenarios with real nodes, all figures printed, all bounds enforced
	$(CARGO) build $(PACKAGES) --all-targets
	$(CARGO) test $(PACKAGES) --package moot-tests --no-fail-fast -- --nocapture

corpus: test-needs rust ## Real files of each kind: every page beside two other renderers, and a thousand damaged ones
	tests/corpus/fetch.sh $(CORPUS)
	[ -d $(CORPUS)/python ] || { python3 -m venv $(CORPUS)/python && $(CORPUS)/python/bin/pip install -q numpy pillow pypdfium2; }
	$(CARGO) build --release --locked --package moot-node
	$(CORPUS)/python/bin/python tests/corpus/compare.py target/release/moot-node $(CORPUS) | tee $(CORPUS)/table.md
	MOOT_CORPUS=$(CURDIR)/$(CORPUS) $(CARGO) test --locked --package moot-node --test documents -- --ignored --nocapture thousand

bench: test-needs rust ## What each link of the chain costs, and the window
	$(CARGO) build --release --locked --package moot-gui --package moot-node
	$(CARGO) bench $(PACKAGES) --package moot-benches

deny: rust ## Licences, advisories and banned crates (installs cargo-deny once)
	$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-deny
	$(CARGO) deny --all-features check

rust:
	@if ! command -v $(CARGO) >/dev/null; then
		echo "Rust is missing. Install it from https://rustup.rs, then try again." >&2
		exit 1
	fi

build-needs: needs := $(BUILD_NEEDS)
window-needs: needs := $(WINDOW_NEEDS)
test-needs: needs := $(TEST_NEEDS)
build-needs window-needs test-needs:
	@if ! command -v dpkg-query >/dev/null; then
		for program in cmake cc make; do
			command -v $$program >/dev/null || { echo "Please install $$program." >&2; exit 1; }
		done
		exit 0
	fi
	missing=()
	for package in $(needs); do
		dpkg-query -W -f '$${db:Status-Abbrev}' $$package 2>/dev/null | grep -q '^ii' || missing+=($$package)
	done
	[ $${#missing[@]} -gt 0 ] || exit 0
	if [ "$$(id -u)" = 0 ]; then
		as_root=()
	elif sudo -n true 2>/dev/null; then
		as_root=(sudo -n)
	else
		echo "Please install: sudo apt-get install $${missing[*]}" >&2
		exit 1
	fi
	echo "Installing $${missing[*]}"
	"$${as_root[@]}" apt-get update -q
	"$${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$${missing[@]}"
