#!/bin/sh
# Writes the policy that insurer, hospital and regulator agree on.
#
#   policy.sh INSURER.crt HOSPITAL.crt REGULATOR.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json [MINIMUM]
#
# The command is `veracruz`, or what VERACRUZ names. MINIMUM: with fewer common customers the program tells nothing.
set -eu
[ $# -ge 7 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name psi-sum \
    --expires +1d \
    --attestation-url "$5" --attestation-ca "$6" \
    --principal insurer="$1" --principal hospital="$2" --principal regulator="$3" \
    --program psi-sum="$4" \
    --set psi-sum.argument=psi-sum --set psi-sum.argument="${8:-10}" \
    --set psi-sum.memory_mib=256 --set psi-sum.cpu_seconds=30 --set psi-sum.wall_seconds=60 \
    --set psi-sum.files=1 --set psi-sum.output_bytes=1024 \
    --right 'insurer: write /input/insurer.csv' \
    --right 'hospital: write /input/hospital.csv' \
    --right 'regulator: write,execute /program/psi-sum.wasm' \
    --right 'regulator: read /output/result.csv' \
    --right 'psi-sum: read,list /input/' \
    --right 'psi-sum: write /output/' \
    --runs psi-sum=1 --freeze-inputs \
    --storage bytes=268435456 --storage files=16 \
    --shutdown regulator \
    --out "$7"
