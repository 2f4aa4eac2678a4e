#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: five shares, of which any three make the secret.
#
#   run.sh [--secret FILE] [--threshold N] [--result FILE]
#
# --result FILE keeps what the parties have put together.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
secret= threshold=3 result=
. "$here/../stage.sh"
take_options "secret threshold result" "$@"
share=${SHARE_WASM:-$build/examples/share.wasm}
combine=${COMBINE_WASM:-$build/examples/combine.wasm}
parties=(ana ben cleo dora emil)

echo "An owner divides a secret among five parties: any $threshold of them can put it together, fewer learn nothing."
if [ -z "$secret" ]; then
    secret=$stage/secret
    printf 'Hello World!\n' >"$secret"
fi
for party in owner "${parties[@]}"; do
    step "$party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
certificates=()
for party in "${parties[@]}"; do
    certificates+=("$stage/$party/$party.crt")
done
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/owner/owner.crt" "$share" "$combine" \
    "$service_url" "$service_ca" "$stage/policy.json" "$threshold" "${certificates[@]}"
for party in owner "${parties[@]}"; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

step "the owner checks the container and puts both programs" as owner put "$share" /program/share.wasm
step "  (the second)" as owner put "$combine" /program/combine.wasm
step "and the secret" as owner put "$secret" /input/secret
step "the program divides it" as owner run share
step "the owner takes the secret away again" as owner rm /input/secret
for party in "${parties[@]}"; do
    step "$party gets its share" as "$party" get "/output/share-$party" "$stage/$party/share"
done

# The policy alone would have let it; the program has taken it.
must_not_get() { # PARTY OTHER
    ! as "$1" get "/output/share-$2" "$stage/$1/stolen" >"$stage/refusal" 2>&1 &&
        grep -q "narrowed: $1 may not read /output/share-$2 any more" "$stage/refusal"
}
for i in "${!parties[@]}"; do
    other=${parties[(i + 1) % ${#parties[@]}]}
    step "and cannot have that of $other" must_not_get "${parties[i]}" "$other"
done

put_together() { # PARTY...: the shares of these, and no others
    local party
    for party; do
        as "$party" put "$stage/$party/share" "/input/share-$party"
    done
    as "$1" run combine
    as "$1" get /output/secret "$stage/together"
}
some=("${parties[@]:0:threshold-1}")
step "one share too few make something else" put_together "${some[@]}"
! cmp -s "$secret" "$stage/together" || die "${#some[@]} shares made the secret"
some+=("${parties[threshold-1]}")
step "with one more they make the secret" put_together "${some[@]}"
cmp "$secret" "$stage/together" || die "the secret is another one"
files=()
for party in "${parties[@]:${#parties[@]}-threshold}"; do
    files+=("$stage/$party/share")
done
"$here/expected.py" "${files[@]}" | cmp - "$secret" || die "the last shares make another secret, by Python"
step "the owner ends the container" shutdown_by owner
[ -z "$result" ] || cp "$stage/together" "$result"
echo "The secret has $(stat -c %s "$secret") bytes. Each party has a share, and nobody else has it."
