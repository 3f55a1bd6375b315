#!/bin/sh
# Install consulta from a checkout into a folder of its own, with the dependencies that requirements.lock pins:
#   sh docs/deploy/install.sh . /opt/consulta
# The image (Dockerfile) and a machine without containers take the same steps. PYTHON names another Python than python3.
set -eu
source=$1
target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${PYTHON:-python3}" -m venv "$target"
pip="$target/bin/python -m pip --disable-pip-version-check --quiet --no-cache-dir"

# What an installation needs, every file held to its digest; not what only tests and tools use.
PYTHONPATH="$source" "$target/bin/python" -B -m consulta.platform.formats.lockfile \
  "$source/requirements.lock" "$source/pyproject.toml" > "$work/requirements.txt"
$pip install --require-hashes --no-deps --requirement "$work/requirements.txt"

# The package itself, built from a copy: the source stays as it is.
mkdir "$work/source"
for part in consulta templates translations hatch_build.py pyproject.toml README.md LICENSE; do
  cp -R "$source/$part" "$work/source/"
done
$pip install --no-deps --no-build-isolation "$work/source"
"$target/bin/consulta" --version
