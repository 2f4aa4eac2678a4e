#!/bin/sh
# Writes the policy that sender and receiver agree on.
#
#   policy.sh SENDER.crt RECEIVER.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json [OPTION]
#
# The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -ge 6 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name gzip \
    --expires +1d \
    --attestation-url "$4" --attestation-ca "$5" \
    --principal sender="$1" --principal receiver="$2" \
    --program gzip="$3" \
    --set gzip.argument=gzip --set gzip.argument="${7:--6}" \
    --set gzip.memory_mib=2 --set gzip.cpu_seconds=3600 --set gzip.wall_seconds=86400 \
    --set gzip.stdin=/stream/plain --set gzip.stdout=/stream/packed \
    --stream 'plain: sender > gzip' \
    --stream 'packed: gzip > receiver partial' \
    --right 'receiver: write,execute /program/gzip.wasm' \
    --runs gzip=1 --shutdown receiver \
    --out "$6"
