#!/bin/sh
# Writes the policy that two hospitals and a researcher agree on.
#
#   policy.sh HOSPITAL-A.crt HOSPITAL-B.crt RESEARCHER.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json
#
# The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -eq 7 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name linear-regression \
    --expires +1d \
    --attestation-url "$5" --attestation-ca "$6" \
    --principal hospital-a="$1" --principal hospital-b="$2" --principal researcher="$3" \
    --program linear-regression="$4" \
    --set linear-regression.memory_mib=16 --set linear-regression.cpu_seconds=30 --set linear-regression.wall_seconds=60 \
    --set linear-regression.files=1 --set linear-regression.output_bytes=4096 \
    --right 'hospital-a: write /input/hospital-a.csv' \
    --right 'hospital-b: write /input/hospital-b.csv' \
    --right 'researcher: write,execute /program/linear-regression.wasm' \
    --right 'researcher: read /output/coefficients.csv' \
    --right 'linear-regression: read,list /input/' \
    --right 'linear-regression: write /output/' \
    --runs linear-regression=1 --freeze-inputs \
    --shutdown-when-read /output/coefficients.csv \
    --out "$7"
