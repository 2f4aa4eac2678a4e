#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: makes numbers, streams them round after round, compares the sums.
#
#   run.sh [--rounds N] [--count N] [--seed N] [--result FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rounds=3 count=10000 seed=1 result=
. "$here/../stage.sh"
take_options "count result rounds seed" "$@"
program=${SUM_WASM:-$build/examples/sum.wasm}
[ -f "$program" ] || die "$program is not there"

echo "Two shops send what they took. An auditor wants the sums, day after day, and is to see no number."
for ((round = 1; round <= rounds; round++)); do
    mkdir "$stage/round-$round"
    "$here/generate.py" --count "$count" --seed $((seed + 2 * round)) >"$stage/round-$round/north"
    "$here/generate.py" --count $((count / 2)) --seed $((seed + 2 * round + 1)) >"$stage/round-$round/south"
done

for party in north south auditor; do
    step "the $party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/north/north.crt" "$stage/south/south.crt" "$stage/auditor/auditor.crt" \
    "$program" "$service_url" "$service_ca" "$stage/policy.json" "$rounds"
for party in north south auditor; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the auditor checks the container and puts the program" as auditor put "$program" /program/sum.wasm
for ((round = 1; round <= rounds; round++)); do
    begin "round $round: the auditor runs the program" as auditor run sum
    begin "round $round: the northern shop sends its numbers" as north stream put north "$stage/round-$round/north"
    begin "round $round: the southern shop sends its numbers" as south stream put south "$stage/round-$round/south"
    finish_acts
    step "round $round: the auditor gets the line of it" as auditor stream get total "$stage/auditor/line"
    cat "$stage/auditor/line" >>"$stage/auditor/lines"
done
step "the auditor ends the container" shutdown_by auditor

sed 's/^/      /' "$stage/auditor/lines"
[ -z "$result" ] || cp "$stage/auditor/lines" "$result"
for ((round = 1; round <= rounds; round++)); do echo "$stage/round-$round"; done |
    xargs "$here/expected.py" >"$stage/expected"
cmp "$stage/expected" "$stage/auditor/lines" || die "the sums are not those of the numbers"
echo "The same as python computes. No number left the container."
