# SPDX-License-Identifier: MIT
# Completion of `veracruz` for bash.

_veracruz_options() { # the options that `veracruz VERB --help` lists
    veracruz "$@" --help 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p'
}

_veracruz_names() { # KEY: the names below it in the policy of the command line or the environment
    local policy=${VERACRUZ_POLICY:-} i
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == --policy ]] && policy=${COMP_WORDS[i + 1]}
    done
    [[ -r $policy ]] && command -v python3 >/dev/null &&
        python3 -c 'import json,sys; print("\n".join(json.load(open(sys.argv[1])).get(sys.argv[2], {})))' "$policy" "$1" 2>/dev/null
}

_veracruz_operands() { # FIRST: how many words from there on, before the present one, are neither options nor their values
    local i count=0
    for ((i = $1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --json | --pem) ;;
        -?*) ((i++)) ;;
        *) ((count++)) ;;
        esac
    done
    echo "$count"
}

_veracruz_files() {
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$1"))
}

_veracruz_words() { # WORD CHOICES
    COMPREPLY=($(compgen -W "$2" -- "$1"))
}

_veracruz() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]:-}
    local verbs="identity policy attestation evidence machine measure serve put append get ls rm stream key consent journal receipt run status watch kill shutdown proxy check local doctor help"
    local -A second=([identity]="new show" [policy]="new check show hash explain picture narrow" [attestation]="serve endorse log" [evidence]="verify show" [machine]="show" [local]="run" [stream]="put get ls leave" [key]="new put ls rm unwrap" [consent]="give ls" [receipt]="save link verify picture")

    if ((COMP_CWORD == 1)); then
        _veracruz_words "$word" "$verbs --help --version"
        return
    fi
    if ((COMP_CWORD == 2)) && [[ -n ${second[$verb]:-} ]]; then
        _veracruz_words "$word" "${second[$verb]}"
        return
    fi
    case $before in
    --policy | --attestation-ca | --collateral | --event-log | --endorsed-key | --anchor | --out | --state | --machine-key | --module | --folder | --stdin | --public | --file | --program-file | --of)
        _veracruz_files "$word"
        return
        ;;
    --identity) # a prefix of two files
        COMPREPLY=($(compgen -f -X '!*.key' -- "$word" | sed 's/\.key$//'))
        return
        ;;
    --platform)
        case $verb in
        serve) _veracruz_words "$word" "auto process snp tdx nitro" ;;
        attestation) _veracruz_words "$word" "process psa tpm" ;;
        *) _veracruz_words "$word" "process snp tdx sgx nitro psa tpm" ;;
        esac
        return
        ;;
    --container)
        _veracruz_words "$word" "127.0.0.1:3000"
        return
        ;;
    --listen)
        case $verb in
        proxy) _veracruz_words "$word" "127.0.0.1:3080 unix:" ;;
        attestation) _veracruz_words "$word" "127.0.0.1:4000" ;;
        *) _veracruz_words "$word" "127.0.0.1:3000" ;;
        esac
        return
        ;;
    --program)
        if [[ $verb == local || $verb == check ]]; then
            _veracruz_words "$word" "$(_veracruz_names programs)"
        else # policy new: NAME=FILE
            _veracruz_files "$word"
        fi
        return
        ;;
    --pipeline) # of the policy; of `policy new` NAME=FILE, of `status` and `kill` an id
        [[ $verb == run || $verb == local ]] && _veracruz_words "$word" "$(_veracruz_names pipelines)"
        [[ $verb == policy ]] && _veracruz_files "$word"
        return
        ;;
    --from | --from-all-but)
        _veracruz_words "$word" "$(_veracruz_names principals) $(_veracruz_names programs)"
        return
        ;;
    --withdraw)
        _veracruz_words "$word" "$(_veracruz_names programs)"
        return
        ;;
    --runs | --limit) # policy narrow: PROGRAM=N, PROGRAM.LIMIT=N
        compopt -o nospace 2>/dev/null
        _veracruz_words "$word" "$(_veracruz_names programs | sed -n "s/.$/&$([[ $before == --runs ]] && echo = || echo .)/p")"
        return
        ;;
    --take)
        _veracruz_words "$word" "read write append execute list delete read,list"
        return
        ;;
    --since)
        [[ $verb == receipt ]] && _veracruz_files "$word"
        return
        ;;
    --key | --stream) # local run: NAME=FILE; policy narrow: NAME
        if [[ $verb == policy && ${COMP_WORDS[2]} == narrow ]]; then
            _veracruz_words "$word" "$(_veracruz_names "${before#--}s")"
            return
        fi
        compopt -o nospace 2>/dev/null
        [[ $verb == local ]] && _veracruz_words "$word" "$(_veracruz_names "${before#--}s" | sed -n 's/.$/&=/p')"
        return
        ;;
    --accept-tcb)
        _veracruz_words "$word" "UpToDate SWHardeningNeeded ConfigurationNeeded ConfigurationAndSWHardeningNeeded OutOfDate OutOfDateConfigurationNeeded"
        return
        ;;
    --minimum-tcb)
        compopt -o nospace 2>/dev/null
        _veracruz_words "$word" "bootloader= tee= snp= microcode= fmc= guest_svn= abi= build= tcb_evaluation= pcesvn= qe_isvsvn= isvsvn= isvprodid= configsvn= tdx_module_svn= tdx_module_version= seam_patch_svn= firmware= reset_count= restart_count="
        return
        ;;
    --register) # those that policies mostly name; a wrong name is answered with the platform's list
        compopt -o nospace 2>/dev/null
        _veracruz_words "$word" "rtmr0= rtmr1= rtmr2= rtmr3= tdattributes= mrconfigid= mrsigner= host_data= id_key_digest= hcl_ak= pcr4= pcr9= pcr7= pcr8= signer0= implementation_id="
        return
        ;;
    --vmpl)
        _veracruz_words "$word" "0 1 2 3"
        return
        ;;
    --strategy)
        _veracruz_words "$word" "aot interpret"
        return
        ;;
    --measurement)
        [[ $verb == policy ]] && _veracruz_words "$word" "installed"
        return
        ;;
    esac
    if [[ $word == -* ]]; then
        if [[ -n ${second[$verb]:-} ]]; then
            _veracruz_words "$word" "$(_veracruz_options "$verb" "${COMP_WORDS[2]}")"
        else
            _veracruz_words "$word" "$(_veracruz_options "$verb")"
        fi
        return
    fi
    case $verb in
    help) _veracruz_words "$word" "$verbs" ;;
    stream)
        if (($(_veracruz_operands 3) == 0)); then
            _veracruz_words "$word" "$(_veracruz_names streams)"
        else
            _veracruz_files "$word"
        fi
        ;;
    key)
        case ${COMP_WORDS[2]}-$(_veracruz_operands 3) in
        put-0 | rm-0) _veracruz_words "$word" "$(_veracruz_names keys)" ;;
        new-0) _veracruz_words "$word" "aes aria camellia chacha20 hmac derive raw rsa-pair p256-pair p384-pair p521-pair x25519-pair" ;;
        *) _veracruz_files "$word" ;;
        esac
        ;;
    consent) [[ ${COMP_WORDS[2]} == give ]] && _veracruz_words "$word" "$(_veracruz_names programs)" ;;
    journal) ;;
    run) _veracruz_words "$word" "$(_veracruz_names programs)" ;;
    *) _veracruz_files "$word" ;;
    esac
}

complete -F _veracruz veracruz
