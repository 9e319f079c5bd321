#!/usr/bin/env bash
# Resolves every requirements file anew, with hashes, for all platforms and Pythons. Needs uv; names no registry.
# Arguments go to uv: `requirements/lock.sh --upgrade` takes the newest versions.
set -euo pipefail
cd "$(dirname "$0")"
lock() {
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
    --custom-compile-command requirements/lock.sh --output-file "$2" "$1" "${@:3}"
}
lock ../pyproject.toml run.txt "$@"
for name in build node test lint; do lock "$name.in" "$name.txt" "$@"; done
