#!/bin/sh
# Writes the policy under which an owner runs pipelines of four programs.
#
#   policy.sh OWNER.crt READER.crt PROGRAMS-DIR SERVICE-URL SERVICE-CA.crt POLICY.json [LIMIT]
#
# The command is `veracruz`, or what VERACRUZ names. LIMIT: primes up to it.
set -eu
[ $# -ge 6 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
limit=${7:-1000}

exec "${VERACRUZ:-veracruz}" policy new \
    --name pipeline \
    --expires +1d \
    --attestation-url "$4" --attestation-ca "$5" \
    --principal owner="$1" --principal reader="$2" \
    --program random-list="$3/random-list.wasm" --program sort-numbers="$3/sort-numbers.wasm" \
    --program generate-set="$3/generate-set.wasm" --program keep-primes="$3/keep-primes.wasm" \
    --set random-list.argument=random-list --set random-list.argument=32 --set random-list.argument=/output/unsorted.txt \
    --set random-list.randomness=true \
    --set sort-numbers.argument=sort-numbers --set sort-numbers.argument=/output/unsorted.txt --set sort-numbers.argument=/output/sorted.txt \
    --set generate-set.argument=generate-set --set generate-set.argument="$limit" --set generate-set.argument=/output/number-set.txt \
    --set keep-primes.argument=keep-primes --set keep-primes.argument=/output/number-set.txt \
    --stream 'numbers: random-list > sort-numbers uses=4' \
    --right 'owner: write /program/' \
    --right 'owner: write /input/' \
    --right 'owner: read,list /output/' \
    --right 'reader: read /output/sorted.txt' \
    --right 'random-list: write /output/' \
    --right 'sort-numbers: read,write /output/' --right 'sort-numbers: read /input/' \
    --right 'generate-set: write /output/' \
    --right 'keep-primes: read,write /output/number-set.txt' \
    --shutdown owner \
    --pipeline sorted="$here/sorted.json" --pipeline primes="$here/primes.json" \
    --pipeline at-once="$here/at-once.json" --pipeline repaired="$here/repaired.json" \
    --out "$6"
