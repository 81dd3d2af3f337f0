#!/usr/bin/env bash
# Makes a virtual environment and installs this project with its pinned dependencies:
#   tools/make_venv.sh VENV REQUIREMENT
# with uv when it is on PATH, else with venv and pip. PYTHON names the interpreter;
# unset, the first of the usual names that runs and fits is taken.
set -euo pipefail
venv=$1 requirement=$2

fits() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
    2>/dev/null
}

find_python() {
  local name
  # A name on PATH may be a shim of a version that is not installed: try, do not ask.
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if fits "$name"; then
      echo "$name"
      return
    fi
  done
  echo "Python 3.11, 3.12 or 3.13 is needed (TensorFlow 2.21 has no wheel beyond);" \
    "none of these is one: ${PYTHON:-python3 python3.13 python3.12 python3.11}." \
    "Name one: make PYTHON=/path/to/python3.12 run" >&2
  return 1
}

install() {
  if command -v uv >/dev/null; then
    uv pip install --quiet --python "$venv/bin/python" --constraint constraints.txt \
      --editable "$requirement"
  else
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
      --constraint constraints.txt --editable "$requirement"
  fi
}

if [ ! -x "$venv/bin/python" ]; then
  if command -v uv >/dev/null; then
    uv venv --quiet --python "${PYTHON:->=3.11,<3.14}" "$venv"
  else
    python=$(find_python)
    "$python" -m venv "$venv"
  fi
fi
echo "Installing $requirement into $venv (TensorFlow is large; this takes minutes once)"
install
