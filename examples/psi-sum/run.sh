#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: makes tables, agrees on a policy, runs, compares.
#
#   run.sh [--rows N] [--seed N] [--minimum N] [--tables DIR] [--result FILE]
#
# --tables DIR takes DIR/insurer.csv and DIR/hospital.csv instead of making some; --result FILE keeps what the regulator gets.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rows=1000 seed=1 minimum=10 tables= result=
. "$here/../stage.sh"
take_options "rows seed minimum tables result" "$@"
program=${PSI_SUM_WASM:-$build/examples/psi-sum.wasm}

echo "Insurer and hospital may not show each other their customers. The regulator wants two numbers about both."
mkdir "$stage/insurer" "$stage/hospital" "$stage/regulator"
if [ -z "$tables" ]; then
    tables=$stage/tables
    step "tables of $rows rows are made (seed $seed)" "$here/generate.py" --rows "$rows" --seed "$seed" --out "$tables"
fi
cp "$tables/insurer.csv" "$stage/insurer/"
cp "$tables/hospital.csv" "$stage/hospital/"

for party in insurer hospital regulator; do
    step "the $party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/insurer/insurer.crt" \
    "$stage/hospital/hospital.crt" "$stage/regulator/regulator.crt" "$program" "$service_url" "$service_ca" \
    "$stage/policy.json" "$minimum"
for party in insurer hospital regulator; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the regulator checks the container and puts the program" as regulator put "$program" /program/psi-sum.wasm
step "the insurer checks the container and puts its table" as insurer put "$stage/insurer/insurer.csv" /input/insurer.csv
step "the hospital checks the container and puts its table" as hospital put "$stage/hospital/hospital.csv" /input/hospital.csv
step "the regulator runs the program" as regulator run psi-sum
step "the regulator gets the result" as regulator get /output/result.csv "$stage/regulator/result.csv"
step "the regulator ends the container" shutdown_by regulator

sed 's/^/      /' "$stage/regulator/result.csv"
[ -z "$result" ] || cp "$stage/regulator/result.csv" "$result"
"$here/expected.py" --minimum "$minimum" "$stage/insurer/insurer.csv" "$stage/hospital/hospital.csv" >"$stage/expected.csv"
cmp "$stage/expected.csv" "$stage/regulator/result.csv" || die "the result is not what all data in one place gives"
echo "The same as python computes from all data in one place. Neither owner's table left the container."
