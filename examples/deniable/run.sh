#!/usr/bin/env bash
# The whole example on this machine, each party in a folder of its own: a letter with two messages, one with one, and who can open what.
#
#   run.sh [--cost N] [--messages FILE] [--result FILE]
#
# --messages FILE has passphrase, message, passphrase, message, each on its line; --result FILE keeps the letter that is made of it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cost=100000 messages= result=
. "$here/../stage.sh"
take_options "cost messages result" "$@"
program=${DENIABLE_WASM:-$build/examples/deniable.wasm}

echo "An author writes what nobody may know, and something harmless for those who force a passphrase out of somebody."
if [ -z "$messages" ]; then
    messages=$stage/messages
    printf '%s\n' 'the kettle sings at noon' 'The papers are under the third step.' \
        'grandmother' 'Happy birthday! The cake is in the oven.' >"$messages"
fi
mapfile -t line <"$messages"
printf '%s\n' "${line[@]:0:2}" '' '' >"$stage/single"

for party in author courier; do
    step "the $party makes a key and a certificate" "$veracruz" identity new "$party" --out "$stage/$party"
done
step "an attestation service starts, and endorses this machine" start_attestation_service
step "both agree on a policy" env VERACRUZ="$veracruz" "$here/policy.sh" "$stage/author/author.crt" "$stage/courier/courier.crt" \
    "$program" "$service_url" "$service_ca" "$stage/policy.json" "$cost"
for party in author courier; do
    cp "$stage/policy.json" "$stage/$party/policy.json"
done
step "the delegate starts a container under it" start_container "$stage/policy.json"

# Makes a letter of what the author brings; nothing of that stays in the container.
make_letter() { # WHAT FILE NAME
    step "the author checks the container and puts $1" as author put "$2" /input/messages
    step "the courier runs the program" as courier run deniable
    step "the author removes it" as author rm /input/messages
    step "the courier gets the letter" as courier get /output/letter "$stage/courier/$3"
}

# Opens a letter outside, with Python, and compares.
must_open() { # NAME PASSPHRASE MESSAGE
    [ "$("$here/expected.py" "$stage/courier/$1" "$2" "$cost")" = "$3" ]
}

must_not_open() { # NAME PASSPHRASE
    [ "$("$here/expected.py" "$stage/courier/$1" "$2" "$cost" 2>&1)" = "nothing here for this passphrase" ]
}

step "the courier checks the container and puts the program" as courier put "$program" /program/deniable.wasm
make_letter "two messages" "$messages" two
make_letter "one message" "$stage/single" one
step "the courier ends the container" shutdown_by courier

step "the first passphrase opens the first message" must_open two "${line[0]}" "${line[1]}"
step "the second opens the other one" must_open two "${line[2]}" "${line[3]}"
step "a third opens nothing" must_not_open two "no such passphrase"
step "the letter with one message opens to it" must_open one "${line[0]}" "${line[1]}"
step "and to nothing with the second passphrase" must_not_open one "${line[2]}"
[ "$(stat -c %s "$stage/courier/two")" = "$(stat -c %s "$stage/courier/one")" ] || die "the letters are not of one size"
[ -z "$result" ] || cp "$stage/courier/two" "$result"
echo "Both letters have $(stat -c %s "$stage/courier/two") bytes. Who has one passphrase cannot tell whether there is another."
