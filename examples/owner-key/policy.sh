#!/bin/sh
# Writes the policy that owner, archive and analyst agree on.
#
#   policy.sh OWNER.crt ARCHIVE.crt ANALYST.crt PROGRAM.wasm THIEF.wasm SERVICE-URL SERVICE-CA.crt POLICY.json [MINIMUM]
#
# The command is `veracruz`, or what VERACRUZ names. MINIMUM: of fewer amounts the program tells nothing. The thief is there to show that it gets
# nothing, even if all agree to let it try (named), or has no right to the key at all (unnamed).
set -eu
[ $# -ge 8 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }

exec "${VERACRUZ:-veracruz}" policy new \
    --name owner-key \
    --expires +1d \
    --attestation-url "$6" --attestation-ca "$7" \
    --principal owner="$1" --principal archive="$2" --principal analyst="$3" \
    --program statistics="$4" --program named="$5" --program unnamed="$5" \
    --key 'amounts: owner > statistics,named aes-256 decrypt gcm id=1' \
    --set statistics.argument=statistics --set statistics.argument=1 --set statistics.argument="${9:-10}" \
    --set statistics.stdin=/stream/records --set statistics.stdout=/output/statistics.csv \
    --set statistics.memory_mib=2 --set statistics.cpu_seconds=60 --set statistics.wall_seconds=600 \
    --set statistics.files=1 --set statistics.output_bytes=1024 \
    --set named.argument=thief --set named.argument=1 --set named.argument=analyst --set named.stdout=/output/named.csv \
    --set unnamed.argument=thief --set unnamed.argument=1 --set unnamed.argument=analyst --set unnamed.stdout=/output/unnamed.csv \
    --stream 'records: archive > statistics length record_bytes=60' \
    --right 'analyst: write,execute /program/statistics.wasm' \
    --right 'analyst: write,execute /program/named.wasm' --right 'analyst: write,execute /program/unnamed.wasm' \
    --right 'analyst: read /output/' \
    --right 'statistics: write /output/statistics.csv' \
    --right 'named: write /output/named.csv' --right 'unnamed: write /output/unnamed.csv' \
    --runs statistics=1 \
    --shutdown analyst \
    --out "$8"
