#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: makes a table and rows, learns from the one, watches the others, compares.
#
#   run.sh [--rows N] [--seed N] [--tables DIR] [--result FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rows=500 seed=1 tables= result=
. "$here/../stage.sh"
take_options "result rows seed tables" "$@"
program=${ANOMALY_WASM:-$build/examples/anomaly.wasm}
[ -f "$program" ] || die "$program is not there"

echo "A clinic knows what is normal. A laboratory measures, all day long. A doctor wants to hear which rows are not normal, and may see neither's."
if [ -z "$tables" ]; then
    tables=$stage/tables
    "$here/generate.py" --rows "$rows" --seed "$seed" --out "$tables"
fi

for party in clinic lab doctor; do
    step "the $party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/clinic/clinic.crt" "$stage/lab/lab.crt" "$stage/doctor/doctor.crt" \
    "$program" "$service_url" "$service_ca" "$stage/policy.json"
for party in clinic lab doctor; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the doctor checks the container and puts the program" as doctor put "$program" /program/anomaly.wasm
step "the clinic checks the container and puts its table" as clinic put "$tables/normal.csv" /input/normal.csv
begin "the doctor listens to the verdicts" as doctor stream get verdicts "$stage/doctor/verdicts"
begin "the doctor runs the program" as doctor run anomaly
begin "the laboratory checks the container and sends its rows" as lab stream put rows "$tables/rows.csv"
finish_acts
step "the doctor ends the container" shutdown_by doctor

tail -n 3 "$stage/doctor/verdicts" | sed 's/^/      /'
[ -z "$result" ] || cp "$stage/doctor/verdicts" "$result"
"$here/expected.py" "$tables/normal.csv" "$tables/rows.csv" --compare "$stage/doctor/verdicts" | sed 's/^/      /'
echo "$(grep -c anomaly "$stage/doctor/verdicts" || true) of $(wc -l <"$stage/doctor/verdicts") rows are anomalies, the same as python computes. No row left the container."
