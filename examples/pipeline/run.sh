#!/usr/bin/env bash
# The whole example on this machine: an owner starts pipelines, and compares what they leave.
#
#   run.sh [--limit N] [--result DIR]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
limit=1000 result=
. "$here/../stage.sh"
take_options "limit result" "$@"
programs=${PIPELINE_PROGRAMS:-$build/examples}

echo "One program makes numbers, another sorts them: the policy says what follows what, and what each stage may touch."
mkdir "$stage/owner" "$stage/reader"
for party in owner reader; do
    step "the $party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "both agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/owner/owner.crt" "$stage/reader/reader.crt" \
    "$programs" "$service_url" "$service_ca" "$stage/policy.json" "$limit"
cp "$stage/policy.json" "$stage/owner/policy.json"
cp "$stage/policy.json" "$stage/reader/policy.json"
step "a container starts under it" start_container "$stage/policy.json"
for program in random-list sort-numbers generate-set keep-primes; do
    step "the owner checks the container and puts $program" as owner put "$programs/$program.wasm" "/program/$program.wasm"
done

for pipeline in sorted primes at-once; do
    step "the owner starts the pipeline $pipeline" as owner run --pipeline "$pipeline"
    sed 's/^/      /' "$stage/step.log"
done
step "the reader gets the numbers in order" as reader get /output/sorted.txt "$stage/reader/sorted.txt"
mkdir "$stage/owner/results"
for file in unsorted sorted number-set streamed; do
    step "the owner gets $file.txt" as owner get "/output/$file.txt" "$stage/owner/results/$file.txt"
done
cmp "$stage/reader/sorted.txt" "$stage/owner/results/sorted.txt" || die "two readers, two results"
[ -z "$result" ] || cp "$stage"/owner/results/*.txt "$result"
"$here/expected.py" --limit "$limit" "$stage/owner/results" >"$stage/step.log" || {
    cat "$stage/step.log" >&2
    die "the results are not what Python computes"
}
: >"$stage/owner/nothing.txt"
step "the owner puts a file without numbers" as owner put "$stage/owner/nothing.txt" /input/nothing.txt
step "a stage finds nothing to do, and another repairs that" as owner run --pipeline repaired
sed 's/^/      /' "$stage/step.log"
step "the owner ends the container" shutdown_by owner
echo "The same as python computes. No stage could touch more than the policy gives it."
