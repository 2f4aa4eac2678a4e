#!/bin/sh
# Writes the policy that the seller and the bidders agree on.
#
#   policy.sh SELLER.crt PROGRAM.wasm SERVICE-URL SERVICE-CA.crt POLICY.json BIDDER.crt...
#
# A bidder is called as the certificate's file is; of equal bids the first wins. The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -ge 6 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
seller=$1 program=$2 url=$3 ca=$4 out=$5
shift 5

count=$#
for certificate; do # behind the certificates, the words about each bidder
    bidder=$(basename "$certificate" .crt)
    set -- "$@" --principal "$bidder=$certificate" --set "sealed-bid.argument=$bidder" \
        --right "$bidder: write /input/$bidder.txt" --right "$bidder: read /output/"
done
shift "$count"

# All bidders may read all of the output: that is the most. Of it the program takes each file from all but one.
# It runs once, and from then on nobody can change a bid.
exec "${VERACRUZ:-veracruz}" policy new \
    --name sealed-bid \
    --expires +1d \
    --attestation-url "$url" --attestation-ca "$ca" \
    --principal seller="$seller" \
    --program sealed-bid="$program" \
    --set sealed-bid.argument=sealed-bid --set sealed-bid.files=256 --set sealed-bid.memory_mib=2 \
    --set sealed-bid.cpu_seconds=10 --set sealed-bid.wall_seconds=60 --set sealed-bid.output_bytes=65536 \
    --right 'seller: write,execute /program/sealed-bid.wasm' \
    --right 'sealed-bid: read /input/' --right 'sealed-bid: write /output/' \
    --narrow 'sealed-bid: take,read_once /output/' \
    --runs sealed-bid=1 --freeze-inputs \
    --shutdown seller \
    "$@" \
    --out "$out"
