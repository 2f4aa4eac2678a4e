#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: two toss a coin.
#
#   run.sh [--ana 0|1] [--ben 0|1] [--cheat "PARTY..."] [--result FILE]
#
# Bits are drawn if they are not given. --cheat: these open the other bit than the one that they committed to; --result FILE keeps what is told.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ana= ben= cheat= result=
. "$here/../stage.sh"
take_options "ana ben cheat result" "$@"
program=${TOSS_WASM:-$build/examples/toss.wasm}
parties=(ana ben)

echo "Two who are far from one another toss a coin, and neither can choose how it falls."
draw() { # BIT-OR-NOTHING FILE: the opening
    local bit=$1
    [ -n "$bit" ] || bit=$((RANDOM % 2))
    head -c 32 /dev/urandom >"$2"
    printf %s "$bit" >>"$2"
}
commit_to() { # OPENING COMMITMENT
    openssl dgst -sha256 -binary -out "$2" "$1"
}
flip() { # OPENING OTHER
    { head -c 32 "$1" && tail -c 1 "$1" | tr 01 10; } >"$2"
}
for party in "${parties[@]}"; do
    step "$party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
    step "and draws a bit, and 32 random bytes" draw "${!party}" "$stage/$party/opening"
    step "$party commits: that is their SHA-256" commit_to "$stage/$party/opening" "$stage/$party/commitment"
    step "(the other bit, should $party want to cheat)" flip "$stage/$party/opening" "$stage/$party/other"
    commit_to "$stage/$party/other" "$stage/$party/other-commitment"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "both agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/ana/ana.crt" "$stage/ben/ben.crt" "$program" "$service_url" "$service_ca" \
    "$stage/policy.json"
for party in "${parties[@]}"; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

ends_with() { # CODE SENTENCE PARTY VERB ARGUMENT...: with this exit code of veracruz, saying this
    local code=$1 sentence=$2 status=0
    shift 2
    as "$@" >"$stage/said" 2>&1 || status=$?
    cat "$stage/said"
    [ "$status" = "$code" ] && grep -qF "$sentence" "$stage/said"
}
is_committed() { # PARTY: to what it has put
    grep -qxF "$1 $(od -An -v -tx1 "$stage/$1/commitment" | tr -d ' \n')" "$stage/$1/committed"
}
step "ana checks the container and puts the program" as ana put "$program" /program/toss.wasm
step "ana puts another commitment, and changes her mind" as ana put "$stage/ana/other-commitment" /input/commit/ana
step "  (this is the one)" as ana put "$stage/ana/commitment" /input/commit/ana
step "too early: ben has not committed" ends_with 8 "exited with code 1" ana run toss
step "ben checks the container and puts his commitment" as ben put "$stage/ben/commitment" /input/commit/ben
step "now both have, and the program says so" as ben run toss
for party in "${parties[@]}"; do
    step "$party gets both commitments" as "$party" get /output/committed "$stage/$party/committed"
    step "and finds its own" is_committed "$party"
    step "$party cannot change it any more" ends_with 4 "narrowed: $party may not write /input/commit/$party any more" \
        "$party" put "$stage/$party/other-commitment" "/input/commit/$party"
done
cmp "$stage/ana/committed" "$stage/ben/committed" || die "not both were told the same"

opened() { # PARTY: the file that it opens
    [[ " $cheat " = *" $1 "* ]] && echo "$stage/$1/other" || echo "$stage/$1/opening"
}
step "ana opens" as ana put "$(opened ana)" /input/open/ana
step "too early: ben has not opened, and learns nothing of what ana has" ends_with 8 "exited with code 1" ben run toss
step "nothing is told" ends_with 5 "no such file" ben get /output/toss "$stage/ben/toss"
step "ben opens" as ben put "$(opened ben)" /input/open/ben
step "now both have, and the program checks them" as ana run toss
for party in "${parties[@]}"; do
    step "$party gets what came of it" as "$party" get /output/toss "$stage/$party/toss"
    step "$party cannot open anything else" ends_with 4 "narrowed: $party may not write /input/open/$party any more" \
        "$party" put "$stage/$party/opening" "/input/open/$party"
    if [ -z "$cheat" ]; then
        step "$party finds it right, with nothing but python" "$here/expected.py" "$stage/$party/committed" "$stage/$party/toss"
    fi
done
cmp "$stage/ana/toss" "$stage/ben/toss" || die "not both were told the same"
step "and it was tossed once" ends_with 8 "exited with code 3" ben run toss
step "ben ends the container" shutdown_by ben
[ -z "$result" ] || cp "$stage/ana/toss" "$result"
sed 's/^/      /' "$stage/ana/toss"
