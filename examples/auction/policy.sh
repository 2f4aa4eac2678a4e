#!/bin/sh
# Writes the policy that the seller and the bidders agree on.
#
#   policy.sh SELLER.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json TITLE BIDDER.crt...
#
# A bidder is called as the certificate's file is. The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -ge 7 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
seller=$1 program=$2 url=$3 ca=$4 out=$5 title=$6
shift 6

count=$#
for certificate; do # behind the certificates, the words about each bidder
    bidder=$(basename "$certificate" .crt)
    set -- "$@" --principal "$bidder=$certificate" --set "auction.argument=$bidder" \
        --right "$bidder: write /input/$bidder.csv" --right "$bidder: read /output/$bidder.txt" --right "$bidder: read /output/$bidder.sig" \
        --right "$bidder: read /output/result.txt" --right "$bidder: read /output/result.sig" --right "$bidder: read /output/key.der"
done
shift "$count"

# Two runs, with one key: receipts, then the opening. After the first nobody can change a bid.
exec "${VERACRUZ:-veracruz}" policy new \
    --name auction \
    --expires +1d \
    --attestation-url "$url" --attestation-ca "$ca" \
    --principal seller="$seller" \
    --program auction="$program" \
    --set auction.argument=auction --set auction.argument="$title" \
    --set auction.memory_mib=2 --set auction.cpu_seconds=30 --set auction.wall_seconds=60 \
    --set auction.files=256 --set auction.output_bytes=1048576 \
    --set auction.randomness=true --set auction.kept_keys=1 \
    --right 'seller: write,execute /program/auction.wasm' \
    --right 'seller: read /output/result.txt' --right 'seller: read /output/result.sig' --right 'seller: read /output/key.der' \
    --right 'auction: read,list /input/' \
    --right 'auction: read,write /output/' \
    --runs auction=2 --freeze-inputs \
    --shutdown seller \
    "$@" \
    --out "$out"
