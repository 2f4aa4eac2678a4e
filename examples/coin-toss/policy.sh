#!/bin/sh
# Writes the policy that two parties agree on.
#
#   policy.sh PARTY.crt PARTY.crt TOSS.wasm SERVICE-URL SERVICE-CA.crt POLICY.json
#
# A party is called as the certificate's file is. The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -eq 6 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
program=$3 url=$4 ca=$5 out=$6

set -- "$1" "$2"
for certificate; do # behind the certificates, the words about each party
    party=$(basename "$certificate" .crt)
    set -- "$@" --principal "$party=$certificate" --set "toss.argument=$party" \
        --right "$party: write /input/commit/$party" --right "$party: write /input/open/$party" \
        --right "$party: write,execute /program/toss.wasm" --right "$party: read /output/" --shutdown "$party"
done
shift 2

# Each may put another commitment, as often as it likes: that is the most. The program takes it when both are there.
exec "${VERACRUZ:-veracruz}" policy new \
    --name coin-toss \
    --expires +1d \
    --attestation-url "$url" --attestation-ca "$ca" \
    --program toss="$program" \
    --set toss.argument=toss --set toss.memory_mib=2 --set toss.cpu_seconds=10 \
    --right 'toss: read /input/' --right 'toss: read,write /output/' \
    --narrow 'toss: take /input/' \
    "$@" \
    --out "$out"
