#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: the published vectors, or others, and what they give.
#
#   run.sh [--table FILE] [--result FILE]
#
# --table FILE takes other questions than published.csv; --result FILE keeps the answers.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
table=$here/published.csv result=
. "$here/../stage.sh"
take_options "table result" "$@"
program=${AES_WASM:-$build/examples/aes.wasm}

echo "A program encrypts and decrypts by the crypto ABI: are its answers those of the standards?"
for party in sender receiver; do
    step "the $party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "both agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/sender/sender.crt" "$stage/receiver/receiver.crt" \
    "$program" "$service_url" "$service_ca" "$stage/policy.json"
for party in sender receiver; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the receiver checks the container and puts the program" as receiver put "$program" /program/aes.wasm
step "the sender checks the container and puts the table" as sender put "$table" /input/table.csv
step "the receiver runs the program" as receiver run aes
step "the receiver gets the answers" as receiver get /output/answers.txt "$stage/receiver/answers.txt"
step "the receiver ends the container" shutdown_by receiver

[ -z "$result" ] || cp "$stage/receiver/answers.txt" "$result"
"$here/expected.py" "$table" >"$stage/expected.txt"
cmp "$stage/expected.txt" "$stage/receiver/answers.txt" || die "the answers are not those of the standard"
if [ "$table" = "$here/published.csv" ]; then
    cmp "$here/published.txt" "$stage/receiver/answers.txt" || die "the answers are not those that were published"
    echo "The same as was published, and as an AES in Python computes."
else
    echo "The same as an AES in Python computes."
fi
