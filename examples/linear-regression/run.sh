#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own.
#
#   run.sh [--result FILE]
#
# --result FILE keeps the coefficients that the researcher gets.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
result=
. "$here/../stage.sh"
take_options result "$@"
program=${LINEAR_REGRESSION_WASM:-$build/examples/linear-regression.wasm}

echo "Two hospitals may not show their patients to anybody. A researcher wants a model of all of them."
for party in hospital-a hospital-b researcher; do
    mkdir "$stage/$party"
    step "$party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/hospital-a/hospital-a.crt" \
    "$stage/hospital-b/hospital-b.crt" "$stage/researcher/researcher.crt" "$program" "$service_url" "$service_ca" \
    "$stage/policy.json"
for party in hospital-a hospital-b researcher; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the researcher checks the container and puts the program" \
    as researcher put "$program" /program/linear-regression.wasm
for party in hospital-a hospital-b; do
    step "$party checks the container and puts its patients" as "$party" put "$here/$party.csv" "/input/$party.csv"
done
step "the researcher runs the program" as researcher run linear-regression
step "the researcher gets the coefficients" as researcher get /output/coefficients.csv "$stage/researcher/coefficients.csv"
step "the container ends, as the policy says, since all readers have read" await_end

sed 's/^/      /' "$stage/researcher/coefficients.csv"
[ -z "$result" ] || cp "$stage/researcher/coefficients.csv" "$result"
"$here/expected.py" "$here/hospital-a.csv" "$here/hospital-b.csv" --compare "$stage/researcher/coefficients.csv"
echo "The same as python computes in exact fractions from all data in one place."
