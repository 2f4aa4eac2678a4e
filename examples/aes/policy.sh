#!/bin/sh
# Writes the policy that sender and receiver agree on.
#
#   policy.sh SENDER.crt RECEIVER.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json
#
# The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -eq 6 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name aes \
    --expires +1d \
    --attestation-url "$4" --attestation-ca "$5" \
    --principal sender="$1" --principal receiver="$2" \
    --program aes="$3" \
    --set aes.argument=aes --set aes.argument=/input/table.csv --set aes.argument=/output/answers.txt \
    --set aes.memory_mib=2 --set aes.cpu_seconds=30 --set aes.wall_seconds=60 \
    --set aes.files=1 --set aes.output_bytes=4194304 \
    --right 'sender: write /input/table.csv' \
    --right 'receiver: write,execute /program/aes.wasm' \
    --right 'receiver: read /output/answers.txt' \
    --right 'aes: read /input/table.csv' \
    --right 'aes: write /output/answers.txt' \
    --runs aes=1 --freeze-inputs \
    --shutdown receiver \
    --out "$6"
