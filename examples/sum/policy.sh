#!/bin/sh
# Writes the policy that two shops and an auditor agree on.
#
#   policy.sh NORTH.crt SOUTH.crt AUDITOR.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json [ROUNDS]
#
# The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -ge 7 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name sum \
    --expires +1d \
    --attestation-url "$5" --attestation-ca "$6" \
    --principal north="$1" --principal south="$2" --principal auditor="$3" \
    --program sum="$4" \
    --set sum.argument=sum --set sum.argument=/state/total --set sum.argument=/stream/north --set sum.argument=/stream/south \
    --set sum.memory_mib=2 --set sum.cpu_seconds=3600 --set sum.wall_seconds=86400 \
    --set sum.files=1 --set sum.output_bytes=1024 --set sum.stdout=/stream/total \
    --stream "north: north > sum lines record_bytes=32 uses=${8:-3}" \
    --stream "south: south > sum lines record_bytes=32 uses=${8:-3}" \
    --stream "total: sum > auditor lines uses=${8:-3}" \
    --right 'auditor: write,execute /program/sum.wasm' \
    --right 'sum: read,write /state/total' \
    --runs sum="${8:-3}" --shutdown auditor \
    --out "$7"
