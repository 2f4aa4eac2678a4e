#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: streams a file, compares its digest.
#
#   run.sh [--file FILE] [--mib N] [--result FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
file= mib=64 result=
. "$here/../stage.sh"
take_options "file mib result" "$@"
program=${SHA512_WASM:-$build/examples/sha512.wasm}
[ -f "$program" ] || die "$program is not there"

echo "A receiver wants the SHA-512 of what a sender has, of any length. The container has less memory than that."
if [ -z "$file" ]; then
    file=$stage/data
    head -c $((mib << 20)) /dev/urandom >"$file"
fi

for party in sender receiver; do
    step "the $party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/sender/sender.crt" "$stage/receiver/receiver.crt" \
    "$program" "$service_url" "$service_ca" "$stage/policy.json"
for party in sender receiver; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the receiver checks the container and puts the program" as receiver put "$program" /program/sha512.wasm
begin "the receiver runs the program" as receiver run sha512
begin "the sender checks the container and sends $(($(stat -Lc %s "$file") >> 20)) MiB" as sender stream put data "$file"
finish_acts
step "the receiver gets the digest" as receiver get /output/sha512.txt "$stage/receiver/sha512.txt"
step "the receiver ends the container" shutdown_by receiver

sed 's/^/      /' "$stage/receiver/sha512.txt"
[ -z "$result" ] || cp "$stage/receiver/sha512.txt" "$result"
sha512sum <"$file" | cmp - "$stage/receiver/sha512.txt" || die "sha512sum says otherwise"
echo "The same as sha512sum says. The program had 1 MiB of memory, and the stream's window is 1 MiB."
