#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: streams a file, gets it compressed, compares what gzip makes of that.
#
#   run.sh [--file FILE] [--result FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
file= result=
. "$here/../stage.sh"
take_options "file result" "$@"
program=${GZIP_WASM:-$build/examples/gzip.wasm}
[ -f "$program" ] || die "$program is not there"

echo "A compressor made for Unix stands between a sender and a receiver, and was not changed for it."
if [ -z "$file" ]; then
    file=$stage/plain
    cat "$project"/src/*/*.c >"$file"
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

step "the receiver checks the container and puts the program" as receiver put "$program" /program/gzip.wasm
begin "the receiver listens" as receiver stream get packed "$stage/receiver/packed.gz"
begin "the receiver runs the program" as receiver run gzip
begin "the sender checks the container and sends $(stat -Lc %s "$file") bytes" as sender stream put plain "$file"
finish_acts
step "the receiver ends the container" shutdown_by receiver

[ -z "$result" ] || cp "$stage/receiver/packed.gz" "$result"
gzip -dc "$stage/receiver/packed.gz" | cmp - "$file" || die "gzip -d makes something else of it"
echo "$(stat -c %s "$stage/receiver/packed.gz") bytes came back, and gzip -d makes of them what was sent."
