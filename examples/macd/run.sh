#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: makes prices, streams them, compares what came back.
#
#   run.sh [--count N] [--seed N] [--prices FILE] [--result FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
count=10000 seed=1 prices= result=
. "$here/../stage.sh"
take_options "count prices result seed" "$@"
program=${MACD_WASM:-$build/examples/macd.wasm}
[ -f "$program" ] || die "$program is not there"

echo "An exchange sends prices as they come. A trader wants moving averages of them, and is to see no price."
if [ -z "$prices" ]; then
    prices=$stage/prices
    "$here/generate.py" --count "$count" --seed "$seed" >"$prices"
fi

for party in exchange trader; do
    step "the $party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/exchange/exchange.crt" "$stage/trader/trader.crt" \
    "$program" "$service_url" "$service_ca" "$stage/policy.json"
for party in exchange trader; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the trader checks the container and puts the program" as trader put "$program" /program/macd.wasm
begin "the trader listens to the signals" as trader stream get signals "$stage/trader/signals"
begin "the trader runs the program" as trader run macd
begin "the exchange checks the container and sends its prices" as exchange stream put prices "$prices"
finish_acts
step "the trader ends the container" shutdown_by trader

tail -n 3 "$stage/trader/signals" | sed 's/^/      /'
[ -z "$result" ] || cp "$stage/trader/signals" "$result"
"$here/expected.py" "$prices" >"$stage/expected"
cmp "$stage/expected" "$stage/trader/signals" || die "the signals are not what the prices give"
echo "$(wc -l <"$stage/trader/signals") signals, the same to the last digit as python computes. No price left the container."
