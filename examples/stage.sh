# What the examples share, sourced by their run.sh: a temporary folder for everything, services that are waited for by
# their own word (never by time), and an end that leaves nothing running. Not needed by anybody who uses Veracruz for real.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${VERACRUZ_BUILD:-$project/build}
veracruz=${VERACRUZ:-$build/src/cli/veracruz}
stage=$(mktemp -d "${TMPDIR:-/tmp}/veracruz-example.XXXXXX")
export XDG_DATA_HOME=$stage/machine # the machine's key is made anew for each performance
export XDG_STATE_HOME=$stage/state # and nothing is remembered of its attestation service
services=()
acts=()
exec {console}>&2 # where failures are told, also from within a silent step

die() {
    echo "$*" >&$console
    exit 1
}

# Takes each `--NAME VALUE` whose name is listed into the variable NAME; anything else: how the script is called.
take_options() { # "NAME..." ARGUMENT...
    local names=" $1 "
    shift
    while [ $# -gt 0 ]; do
        [[ $1 = --* && $names = *" ${1#--} "* ]] || {
            sed -n 's/^#   //p' "$0" >&$console
            exit 2
        }
        [ $# -ge 2 ] || {
            echo "$1 needs a value" >&$console
            exit 2
        }
        declare -g "${1#--}=$2"
        shift 2
    done
}

leave() {
    local status=$?
    trap - EXIT
    if [ $((${#services[@]} + ${#acts[@]})) -gt 0 ]; then
        kill "${services[@]}" "${acts[@]}" 2>/dev/null || true
        wait "${services[@]}" "${acts[@]}" 2>/dev/null || true
    fi
    rm -rf "$stage"
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[ -x "$veracruz" ] || die "$veracruz is not there: build first (make), or set VERACRUZ_BUILD"

# A person's step: says it in words, and does it without a word unless it fails.
step() { # WHAT COMMAND...
    local what=$1
    shift
    echo "  $what"
    "$@" >"$stage/step.log" 2>&1 || {
        local status=$?
        cat "$stage/step.log" >&$console
        die "failed with exit code $status: $*"
    }
}

# A step that goes on beside others: says it, and begins it.
begin() { # WHAT COMMAND...
    local what=$1
    shift
    echo "  $what"
    "$@" >"$stage/act-${#acts[@]}.log" 2>&1 &
    acts+=("$!")
}

# Waits until all that was begun is over; each must have ended well.
finish_acts() {
    local i
    for i in "${!acts[@]}"; do
        wait "${acts[i]}" || {
            local status=$?
            cat "$stage"/act-*.log >&$console
            die "failed with exit code $status"
        }
    done
    acts=()
}

# Starts a service and waits until it says where it listens: sets $address.
start() { # NAME COMMAND...
    local name=$1 ready
    shift
    exec {ready}< <(exec "$@" --ready-fd 3 3>&1 >"$stage/$name.log" 2>&1)
    services+=("$!")
    if ! read -r -t 60 address <&"$ready"; then
        cat "$stage/$name.log" >&$console
        die "$name did not start: $*"
    fi
    exec {ready}<&-
}

# The attestation service, with this machine endorsed: sets $service_url and $service_ca.
start_attestation_service() {
    start attestation "$veracruz" attestation serve --state "$stage/service" --listen 127.0.0.1:0
    service_url=https://$address
    service_ca=$stage/service/ca.crt
    "$veracruz" machine show --out "$stage/machine.pem" >/dev/null &&
        "$veracruz" attestation endorse "$stage/machine.pem" --state "$stage/service" >/dev/null
}

# The delegate's machine: a container under a policy. Sets $container.
start_container() { # POLICY
    start container "$veracruz" serve --policy "$1" --listen 127.0.0.1:0
    container=$address
}

# Waits for the end of the container that was started last, which must be a good one.
await_end() {
    wait "${services[-1]}" || {
        cat "$stage/container.log" >&$console
        return 1
    }
    unset 'services[-1]'
}

# A party acts: only with its own identity, and its own copy of the policy.
as() { # PARTY VERB ARGUMENT...
    local party=$1 verb=$2
    shift 2
    set -- env VERACRUZ_POLICY="$stage/$party/policy.json" VERACRUZ_IDENTITY="$stage/$party/$party" VERACRUZ_CONTAINER="$container" \
        "$veracruz" "$verb" "$@"
    [ "$BASHPID" = "$$" ] || exec "$@" # beside others: so that it can be ended
    "$@"
}

shutdown_by() { # PARTY
    as "$1" shutdown && await_end
}
