#!/bin/sh
# Writes the policy that author and courier agree on.
#
#   policy.sh AUTHOR.crt COURIER.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json [COST]
#
# The command is `veracruz`, or what VERACRUZ names. COST: iterations for each passphrase.
set -eu
[ $# -ge 6 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name deniable \
    --expires +1d \
    --attestation-url "$4" --attestation-ca "$5" \
    --principal author="$1" --principal courier="$2" \
    --program deniable="$3" \
    --set deniable.argument=deniable --set deniable.argument=/input/messages --set deniable.argument=/output/letter \
    --set deniable.argument="${7:-100000}" \
    --set deniable.memory_mib=2 --set deniable.cpu_seconds=60 --set deniable.wall_seconds=120 \
    --set deniable.files=1 --set deniable.output_bytes=4096 --set deniable.randomness=true \
    --right 'author: write,delete /input/messages' \
    --right 'courier: write,execute /program/deniable.wasm' \
    --right 'courier: read /output/letter' \
    --right 'deniable: read /input/messages' \
    --right 'deniable: write /output/letter' \
    --shutdown courier \
    --out "$6"
