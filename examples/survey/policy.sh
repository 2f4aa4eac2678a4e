#!/bin/sh
# Writes the policy that the asker and those who answer agree on.
#
#   policy.sh ASKER.crt SURVEY.wasm SERVICE-URL SERVICE-CA.crt POLICY.json LEAST PARTY.crt...
#
# A party is called as the certificate's file is. The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -ge 8 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
asker=$1 program=$2 url=$3 ca=$4 out=$5 least=$6
shift 6

count=$# names=
for certificate; do # behind the certificates, the words about each party
    party=$(basename "$certificate" .crt)
    names=$names${names:+,}$party
    set -- "$@" --principal "$party=$certificate" --set "average.argument=$party" --set "median.argument=$party" \
        --right "$party: write /input/$party.txt" --right "$party: read /output/"
done
shift "$count"

# Two programs may read all answers: that is the most. The first of them that has enough of them takes them from both.
exec "${VERACRUZ:-veracruz}" policy new \
    --name survey \
    --expires +1d \
    --attestation-url "$url" --attestation-ca "$ca" \
    --principal asker="$asker" \
    --program average="$program" --program median="$program" \
    --set average.argument=survey --set average.argument="$least" --set average.argument=average \
    --set median.argument=survey --set median.argument="$least" --set median.argument=median \
    --set average.memory_mib=2 --set average.cpu_seconds=10 --set median.memory_mib=2 --set median.cpu_seconds=10 \
    --right 'asker: write,execute /program/average.wasm' --right 'asker: write,execute /program/median.wasm' --right 'asker: read /output/' \
    --right 'average: read /input/' --right 'average: write /output/average.txt' \
    --right 'median: read /input/' --right 'median: write /output/median.txt' \
    --parties "$least=$names" \
    --narrow 'average: take /input/' --narrow 'median: take /input/' \
    --shutdown asker \
    "$@" \
    --out "$out"
