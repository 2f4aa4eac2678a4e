#!/bin/sh
# Writes the policy that clinic, laboratory and doctor agree on.
#
#   policy.sh CLINIC.crt LAB.crt DOCTOR.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json
#
# The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -ge 7 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name anomaly \
    --expires +1d \
    --attestation-url "$5" --attestation-ca "$6" \
    --principal clinic="$1" --principal lab="$2" --principal doctor="$3" \
    --program anomaly="$4" \
    --set anomaly.argument=anomaly --set anomaly.argument=/input/normal.csv --set anomaly.argument=50 \
    --set anomaly.memory_mib=16 --set anomaly.cpu_seconds=3600 --set anomaly.wall_seconds=86400 \
    --set anomaly.stdin=/stream/rows --set anomaly.stdout=/stream/verdicts \
    --stream 'rows: lab > anomaly lines record_bytes=1024' \
    --stream 'verdicts: anomaly > doctor lines partial' \
    --right 'clinic: write /input/normal.csv' \
    --right 'doctor: write,execute /program/anomaly.wasm' \
    --right 'anomaly: read /input/normal.csv' \
    --runs anomaly=1 --freeze-inputs --shutdown doctor \
    --out "$7"
