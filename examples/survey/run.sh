#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: five may answer, and nothing is told of fewer answers than three.
#
#   run.sh [--answers DIR] [--least N] [--what average|median] [--result FILE]
#
# --answers DIR takes DIR/PARTY.txt for ana, ben, cleo, dora and emil (no file: no answer); --result FILE keeps what was told.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
answers= least=3 what=average result=
. "$here/../stage.sh"
take_options "answers least what result" "$@"
program=${SURVEY_WASM:-$build/examples/survey.wasm}
parties=(ana ben cleo dora emil)
other=median
[ "$what" = average ] || other=average

echo "Five are asked for a number. The asker gets one figure about all answers, once, and none if fewer than $least have answered."
if [ -z "$answers" ]; then
    answers=$stage/answers
    mkdir "$answers"
    printf '7\n' >"$answers/ana.txt"
    printf '42\n' >"$answers/cleo.txt"
    printf '9\n' >"$answers/dora.txt"
    printf '10\n' >"$answers/emil.txt"
fi
for party in asker "${parties[@]}"; do
    step "$party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
certificates=() answering=() files=()
for party in "${parties[@]}"; do
    certificates+=("$stage/$party/$party.crt")
    [ ! -f "$answers/$party.txt" ] || answering+=("$party") files+=("$answers/$party.txt")
done
step "all agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/asker/asker.crt" "$program" "$service_url" "$service_ca" \
    "$stage/policy.json" "$least" "${certificates[@]}"
for party in asker "${parties[@]}"; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"
for name in average median; do
    step "the asker checks the container and puts the program $name" as asker put "$program" "/program/$name.wasm"
done

answer() { # PARTY
    step "$1 checks the container and answers" as "$1" put "$answers/$1.txt" "/input/$1.txt"
}
ends_with() { # CODE SENTENCE PARTY VERB ARGUMENT...: with this exit code of veracruz, saying this
    local code=$1 sentence=$2 status=0
    shift 2
    as "$@" >"$stage/said" 2>&1 || status=$?
    cat "$stage/said"
    [ "$status" = "$code" ] && grep -qF "$sentence" "$stage/said"
}
shows_narrowing() { # PARTY
    as "$1" journal >"$stage/$1/journal.txt"
    cat "$stage/$1/journal.txt"
    grep -F "nobody may read /input" "$stage/$1/journal.txt"
}
nothing_is_told() { # NAME
    ends_with 5 "no such file" asker get "/output/$1.txt" "$stage/asker/early.txt"
}
for party in ${answering[@]+"${answering[@]:0:least-1}"}; do
    answer "$party"
done
step "with so few answers the container does not start the program" ends_with 4 "of at least $least ha" asker run "$what"
if [ "${#answering[@]}" -ge "$least" ]; then
    last=${answering[least-1]}
    : >"$stage/$last/empty.txt"
    step "$last gives a file with no answer in it" as "$last" put "$stage/$last/empty.txt" "/input/$last.txt"
    step "the container starts the program, which counts for itself" ends_with 8 "exited with code 1" asker run "$what"
    for party in "${answering[@]:least-1}"; do
        answer "$party"
    done
fi
step "nothing is told so far" nothing_is_told "$what"

if "$here/expected.py" "$least" "$what" ${files[@]+"${files[@]}"} >"$stage/expected.txt" 2>/dev/null; then
    step "with enough of them the program tells its figure" as asker run "$what"
    for party in asker "${parties[@]}"; do
        step "$party gets it" as "$party" get "/output/$what.txt" "$stage/$party/told.txt"
        step "python says the same" cmp "$stage/expected.txt" "$stage/$party/told.txt"
    done
    step "everybody sees that nobody may read the answers any more" shows_narrowing ana
    step "run once more, the program has nothing to read" ends_with 8 "exited with code 2" asker run "$what"
    step "nor has the other program, to which the policy gives them, too" ends_with 8 "exited with code 2" asker run "$other"
    step "and with other answers it is the same" as ana put "$program" /input/ana.txt
    step "  (nothing to read)" ends_with 8 "exited with code 2" asker run "$other"
    step "so that there is no other figure" nothing_is_told "$other"
    [ -z "$result" ] || cp "$stage/asker/told.txt" "$result"
    sed 's/^/      /' "$stage/asker/told.txt"
elif [ "${#answering[@]}" -ge "$least" ]; then
    step "too many gave what is no answer: the program tells nothing" ends_with 8 "exited with code 1" asker run "$what"
    step "nothing is told" nothing_is_told "$what"
fi
step "the asker ends the container" shutdown_by asker
