#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: a key, encrypted records, statistics of them, and thieves who get nothing.
#
#   run.sh [--count N] [--seed N] [--minimum N] [--data DIR] [--result FILE]
#
# --data DIR takes DIR/key, DIR/records and DIR/amounts instead of making some; --result FILE keeps what the analyst gets.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
count=2000 seed=1 minimum=10 data= result=
. "$here/../stage.sh"
take_options "count seed minimum data result" "$@"
program=${OWNER_KEY_WASM:-$build/examples/owner-key.wasm}
thief=${THIEF_WASM:-$build/examples/thief.wasm}

echo "An owner's records lie encrypted in an archive. An analyst may know five numbers about them, and nobody but the owner has the key."
if [ -z "$data" ]; then
    data=$stage/data
    step "$count records are made (seed $seed)" "$here/generate.py" --count "$count" --seed "$seed" --out "$data"
fi
for party in owner archive analyst; do
    step "the $party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
cp "$data/key" "$stage/owner/"
cp "$data/records" "$stage/archive/"
step "an attestation service starts, and endorses this machine" start_attestation_service
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/owner/owner.crt" "$stage/archive/archive.crt" "$stage/analyst/analyst.crt" \
    "$program" "$thief" "$service_url" "$service_ca" "$stage/policy.json" "$minimum"
for party in owner archive analyst; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the analyst checks the container and puts the program" as analyst put "$program" /program/statistics.wasm
for name in named unnamed; do
    step "and a thief" as analyst put "$thief" "/program/$name.wasm"
done
step "the owner checks the container and gives the key" as owner key put amounts "$stage/owner/key"

# The thief must be told exactly what python says of one that the policy names with the key, or of one for whom there is none.
try_thief() { # NAME named|unnamed
    as analyst run "$1" && as analyst get "/output/$1.csv" "$stage/analyst/$1.csv" &&
        "$here/expected.py" --thief "$2" >"$stage/expected-$1.csv" && diff "$stage/expected-$1.csv" "$stage/analyst/$1.csv"
}

step "a thief that the policy names with the key tries to have it, and is refused each time" try_thief named named
step "a thief that it does not name is told that there is no such key" try_thief unnamed unnamed
begin "the analyst runs the program" as analyst run statistics
begin "the archive checks the container and sends the records" as archive stream put records "$stage/archive/records"
finish_acts
step "the analyst gets the result" as analyst get /output/statistics.csv "$stage/analyst/statistics.csv"
step "the owner takes the key back" as owner key rm amounts
step "now the first thief is told that there is no such key, too" try_thief named unnamed
step "the analyst ends the container" shutdown_by analyst

sed 's/^/      /' "$stage/analyst/statistics.csv"
[ -z "$result" ] || cp "$stage/analyst/statistics.csv" "$result"
"$here/expected.py" --minimum "$minimum" "$data/amounts" >"$stage/expected.csv"
cmp "$stage/expected.csv" "$stage/analyst/statistics.csv" || die "the statistics are not those of the amounts"
echo "The same as python computes from the amounts. No amount left the container, and the key no key store."
