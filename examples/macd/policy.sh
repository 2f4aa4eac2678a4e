#!/bin/sh
# Writes the policy that exchange and trader agree on.
#
#   policy.sh EXCHANGE.crt TRADER.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json
#
# The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -ge 6 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name macd \
    --expires +1d \
    --attestation-url "$4" --attestation-ca "$5" \
    --principal exchange="$1" --principal trader="$2" \
    --program macd="$3" \
    --set macd.argument=macd --set macd.argument=12 --set macd.argument=26 --set macd.argument=9 \
    --set macd.memory_mib=2 --set macd.cpu_seconds=3600 --set macd.wall_seconds=86400 \
    --set macd.stdin=/stream/prices --set macd.stdout=/stream/signals \
    --stream 'prices: exchange > macd lines record_bytes=64' \
    --stream 'signals: macd > trader lines partial' \
    --right 'trader: write,execute /program/macd.wasm' \
    --runs macd=1 --shutdown trader \
    --out "$6"
