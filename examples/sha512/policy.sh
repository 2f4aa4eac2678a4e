#!/bin/sh
# Writes the policy that sender and receiver agree on.
#
#   policy.sh SENDER.crt RECEIVER.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json
#
# The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -ge 6 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name sha512 \
    --expires +1d \
    --attestation-url "$4" --attestation-ca "$5" \
    --principal sender="$1" --principal receiver="$2" \
    --program sha512="$3" \
    --set sha512.memory_mib=1 --set sha512.cpu_seconds=3600 --set sha512.wall_seconds=86400 \
    --set sha512.files=1 --set sha512.output_bytes=1024 \
    --set sha512.stdin=/stream/data --set sha512.stdout=/output/sha512.txt \
    --stream 'data: sender > sha512 digest=sha-256' \
    --right 'receiver: write,execute /program/sha512.wasm' \
    --right 'receiver: read /output/sha512.txt' \
    --right 'sha512: write /output/sha512.txt' \
    --runs sha512=1 --shutdown receiver \
    --out "$6"
