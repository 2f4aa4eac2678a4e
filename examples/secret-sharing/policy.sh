#!/bin/sh
# Writes the policy that the owner and the parties agree on.
#
#   policy.sh OWNER.crt SHARE.wasm COMBINE.wasm SERVICE-URL SERVICE-CA.crt POLICY.json THRESHOLD PARTY.crt...
#
# A party is called as the certificate's file is. The command is `veracruz`, or what VERACRUZ names.
set -eu
[ $# -ge 9 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
owner=$1 share=$2 combine=$3 url=$4 ca=$5 out=$6 threshold=$7
shift 7

count=$#
for certificate; do # behind the certificates, the words about each party
    party=$(basename "$certificate" .crt)
    set -- "$@" --principal "$party=$certificate" --set "share.argument=$party" --set "combine.argument=$party" \
        --right "$party: read /output/" --right "$party: write /input/share-$party" --right "$party: execute /program/combine.wasm"
done
shift "$count"

# All parties may read all of the output: that is the most. Of it the program takes each share from all but one.
exec "${VERACRUZ:-veracruz}" policy new \
    --name secret-sharing \
    --expires +1d \
    --attestation-url "$url" --attestation-ca "$ca" \
    --principal owner="$owner" \
    --program share="$share" --program combine="$combine" \
    --set share.argument=share --set share.argument="$threshold" --set share.randomness=true --set combine.argument=combine \
    --set share.memory_mib=24 --set combine.memory_mib=24 \
    --right 'owner: write,delete /input/secret' \
    --right 'owner: write,execute /program/share.wasm' --right 'owner: write /program/combine.wasm' \
    --right 'share: read /input/secret' --right 'share: write /output/' \
    --right 'combine: read /input/' --right 'combine: write /output/secret' \
    --narrow 'share: take /output/' \
    --shutdown owner \
    "$@" \
    --out "$out"
