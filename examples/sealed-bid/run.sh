#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: four bidders, of whom one learns the price.
#
#   run.sh [--seed N] [--bids DIR] [--keep DIR]
#
# --bids DIR takes DIR/BIDDER.txt for ana, ben, cleo and dora instead of making some (no file: no bid); --keep DIR keeps what they got.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
seed=1 bids= keep=
. "$here/../stage.sh"
take_options "seed bids keep" "$@"
program=${SEALED_BID_WASM:-$build/examples/sealed-bid.wasm}
bidders=(ana ben cleo dora)

echo "Four bid for a thing. The highest bid wins, the second-highest is the price: the winner alone learns it, the others only that they have not won."
if [ -z "$bids" ]; then
    bids=$stage/bids RANDOM=$seed
    mkdir "$bids"
    for bidder in "${bidders[@]}"; do
        printf '%d.%02d\nsalt %s\n' $((100 + RANDOM % 900)) $((RANDOM % 100)) "$(head -c 16 /dev/urandom | sha256sum | cut -c -32)" >"$bids/$bidder.txt"
    done
fi
for party in seller "${bidders[@]}"; do
    step "$party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
certificates=() present=()
for bidder in "${bidders[@]}"; do
    certificates+=("$stage/$bidder/$bidder.crt")
    [ ! -f "$bids/$bidder.txt" ] || present+=("$bidder")
done
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/seller/seller.crt" "$program" "$service_url" "$service_ca" \
    "$stage/policy.json" "${certificates[@]}"
for party in seller "${bidders[@]}"; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the seller checks the container and puts the program" as seller put "$program" /program/sealed-bid.wasm
for bidder in ${present[@]+"${present[@]}"}; do
    step "$bidder checks the container and puts a bid" as "$bidder" put "$bids/$bidder.txt" "/input/$bidder.txt"
done
step "the seller closes the bidding: the program opens the bids" as seller run sealed-bid

refused() { # PARTY SENTENCE VERB ARGUMENT...: exit code 4, for this reason
    local party=$1 sentence=$2 status=0
    shift 2
    as "$party" "$@" >"$stage/refusal" 2>&1 || status=$?
    cat "$stage/refusal"
    [ "$status" = 4 ] && grep -qF "$sentence" "$stage/refusal"
}
keep_journal() { # as one of the bidders sees it
    as ana journal --json >"$stage/journal.json"
}
get_and_compare() { # BIDDER
    as "$1" get "/output/$1.txt" "$stage/$1/news.txt"
    "$here/expected.py" "$1" "$bids" "${bidders[@]}" | cmp - "$stage/$1/news.txt"
}
step "the narrowings are there for all to see" keep_journal
printf '1000000\n' >"$stage/more.txt"
for i in "${!bidders[@]}"; do
    bidder=${bidders[i]} other=${bidders[(i + 1) % ${#bidders[@]}]}
    step "$bidder cannot bid any more" refused "$bidder" "nothing changes any more" put "$stage/more.txt" "/input/$bidder.txt"
    step "$bidder cannot read what is for $other" refused "$bidder" "narrowed: $bidder may not read /output/$other.txt any more" \
        get "/output/$other.txt" "$stage/$bidder/stolen"
    step "$bidder gets what it is told, the same as python says" get_and_compare "$bidder"
    step "$bidder cannot get it again" refused "$bidder" "narrowed: $bidder may not read /output/$bidder.txt any more" \
        get "/output/$bidder.txt" "$stage/$bidder/again"
done

# The winner comes forward: what it was told, and a receipt that says that it was told just this. It takes nobody's word.
shown_is_proven() { # BIDDER
    "$veracruz" receipt verify --policy "$stage/seller/policy.json" "$stage/$1/receipt" >"$stage/seller/verified.txt" &&
        grep "$1  *was given /output/$1.txt, of run 1: .* SHA-256 $(sha256sum <"$stage/$1/news.txt" | cut -d ' ' -f 1)\$" "$stage/seller/verified.txt"
}
for winner in "${bidders[@]}"; do
    grep -q '^won' "$stage/$winner/news.txt" || continue
    step "$winner saves a receipt, and shows it to the seller with what it was told" as "$winner" receipt save "$stage/$winner/receipt"
    step "the seller verifies it" shown_is_proven "$winner"
done
step "the seller ends the container" shutdown_by seller
if [ -n "$keep" ]; then
    mkdir -p "$keep"
    cp "$stage/journal.json" "$keep"
    for bidder in "${bidders[@]}"; do cp "$stage/$bidder/news.txt" "$keep/$bidder.txt"; done
fi
echo "No bid has left the container, but that the winner knows the second-highest."
