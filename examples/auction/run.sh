#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: bids, receipts, the opening, and openssl's word on every signature.
#
#   run.sh [--seed N] [--bids DIR] [--title TEXT] [--keep DIR]
#
# --bids DIR takes DIR/BIDDER.csv for alice, bob and carol instead of making some (no file: no bid); --keep DIR keeps what they got.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
seed=1 bids= title='lot 7: a clock' keep=
. "$here/../stage.sh"
take_options "seed bids title keep" "$@"
program=${AUCTION_WASM:-$build/examples/auction.wasm}
bidders=(alice bob carol)

# OpenSSL knows nothing of containers: what it is asked is whether the key of the auction signed exactly this text.
verify() { # FOLDER NAME
    openssl dgst -sha256 -verify "$1/key.der" -keyform DER -signature "$1/$2.sig" "$1/$2.txt"
}

verify_altered() { # FOLDER NAME: must not verify
    sed 's/^auction: ./auction: X/' "$1/$2.txt" >"$1/altered.txt"
    [ "$(openssl dgst -sha256 -verify "$1/key.der" -keyform DER -signature "$1/$2.sig" "$1/altered.txt" 2>/dev/null)" = "Verification failure" ]
}

get_all() { # PARTY NAME...
    local party=$1 name
    shift
    for name; do
        as "$party" get "/output/$name" "$stage/$party/$name"
    done
}

echo "Three bid for a thing. Nobody may see a bid before all are fixed, or ever see one that lost; each wants proof that his counted."
if [ -z "$bids" ]; then
    bids=$stage/bids
    "$here/generate.py" --seed "$seed" --out "$bids" "${bidders[@]}"
fi
for party in seller "${bidders[@]}"; do
    step "$party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
certificates=() present=()
for bidder in "${bidders[@]}"; do
    certificates+=("$stage/$bidder/$bidder.crt")
    [ ! -f "$bids/$bidder.csv" ] || present+=("$bidder")
done
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/seller/seller.crt" "$program" "$service_url" "$service_ca" \
    "$stage/policy.json" "$title" "${certificates[@]}"
for party in seller "${bidders[@]}"; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the seller checks the container and puts the program" as seller put "$program" /program/auction.wasm
for bidder in ${present[@]+"${present[@]}"}; do
    step "$bidder checks the container and puts a bid" as "$bidder" put "$bids/$bidder.csv" "/input/$bidder.csv"
done
step "the seller closes the bidding: the program signs receipts" as seller run auction
for bidder in ${present[@]+"${present[@]}"}; do
    step "$bidder gets a receipt" get_all "$bidder" key.der "$bidder.txt" "$bidder.sig"
    "$here/expected.py" --receipt "$title" "$bids/$bidder.csv" >"$stage/$bidder/expected.txt"
    step "$bidder finds the bid's digest in it" cmp "$stage/$bidder/expected.txt" "$stage/$bidder/$bidder.txt"
    step "openssl verifies it" verify "$stage/$bidder" "$bidder"
    step "openssl refuses an altered one" verify_altered "$stage/$bidder" "$bidder"
done
step "the seller opens the bids: the same key signs the result" as seller run auction
for party in seller "${bidders[@]}"; do
    step "$party gets the result" get_all "$party" key.der result.txt result.sig
    step "openssl verifies it" verify "$stage/$party" result
done
step "the seller ends the container" shutdown_by seller

files=()
for bidder in ${present[@]+"${present[@]}"}; do files+=("$bids/$bidder.csv"); done
"$here/expected.py" "$title" ${files[@]+"${files[@]}"} >"$stage/expected.txt"
for party in seller "${bidders[@]}"; do
    cmp "$stage/expected.txt" "$stage/$party/result.txt" || die "the result is not that of the bids"
    cmp "$stage/seller/key.der" "$stage/$party/key.der" || die "not everybody has the same key"
done
sed 's/^/      /' "$stage/seller/result.txt"
if [ -n "$keep" ]; then
    mkdir -p "$keep"
    for party in seller "${bidders[@]}"; do cp -R "$stage/$party" "$keep/"; done
fi
echo "The same as python computes from all bids in one place. But for the price, no bid left the container; nor did the key."
