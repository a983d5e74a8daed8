#!/usr/bin/env bash
# Registers the agent, runs it, and unregisters it at the end. Arguments (such as --once) go to the agent.
# Exit codes: the agent's own; 17 when the agent's name is taken; 2 when something needed is missing.
# Traps call functions that shellcheck takes for unreachable.
# shellcheck disable=SC2317
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2

readonly name_taken=17
readonly unregister_tries=5
registered=false
stopping=false
agent_pid=''

fail() {
  echo "start: $1" >&2
  exit 2
}

# The token leaves the environment before any other program starts, so that no job can read it there.
read_token() {
  if [[ -n "${AZP_TOKEN_FILE:-}" ]]; then
    token=$(<"$AZP_TOKEN_FILE") || fail "AZP_TOKEN_FILE ($AZP_TOKEN_FILE) cannot be read"
  else
    token=${AZP_TOKEN:-}
  fi
  unset AZP_TOKEN AZP_TOKEN_FILE
  [[ -n "$token" ]] || fail 'set AZP_TOKEN, or AZP_TOKEN_FILE to a file that holds the token'
}

# The certificates of the definition's certTrustStore join the system's, for everything that looks for a bundle.
trust_certificates() {
  [[ -n "${POOLKEEPER_TRUSTED_CERTIFICATES:-}" ]] || return 0
  local bundle="$PWD/ca-bundle.crt" file
  cat /etc/ssl/certs/ca-certificates.crt >"$bundle" 2>/dev/null || : >"$bundle"
  while IFS= read -r file; do
    if [[ -r "$file" ]]; then
      echo >>"$bundle"
      cat "$file" >>"$bundle"
    fi
  done < <(tr ':' '\n' <<<"$POOLKEEPER_TRUSTED_CERTIFICATES")
  export SSL_CERT_FILE=$bundle CURL_CA_BUNDLE=$bundle GIT_SSL_CAINFO=$bundle NODE_EXTRA_CA_CERTS=$bundle
}

# The agent reads the token from this variable and removes it before it looks for capabilities.
configure() {
  VSTS_AGENT_INPUT_TOKEN=$token ./config.sh "$@" --unattended --auth PAT </dev/null
}

register() {
  local replace=() output status
  if [[ "${AZP_REPLACE:-}" == true ]]; then replace=(--replace); fi
  output=$(configure --url "$AZP_URL" --pool "$AZP_POOL" --agent "$AZP_AGENT_NAME" --work "${AZP_WORK:-_work}" \
    --acceptTeeEula "${replace[@]}" 2>&1)
  status=$?
  echo "$output"
  if ((status == 0)); then
    registered=true
    return 0
  fi
  if grep -qiE 'already (exists|contains an agent)' <<<"$output"; then
    echo "start: the agent name $AZP_AGENT_NAME is taken in pool $AZP_POOL" >&2
    exit "$name_taken"
  fi
  fail 'the agent could not be registered; the lines above say why'
}

# Azure DevOps refuses while a job runs; the controller clears what stays behind.
unregister() {
  trap '' INT TERM
  [[ $registered == true ]] || return 0
  registered=false
  local try
  for ((try = 1; try <= unregister_tries; try++)); do
    if configure remove; then return 0; fi
    sleep 2
  done
}

# A running job is finished first: the listener ends when no worker is left.
stop() {
  stopping=true
  while pgrep -f 'Agent\.Worker' >/dev/null 2>&1; do sleep 1; done
  if [[ -n "$agent_pid" ]]; then kill -INT -- "-$agent_pid" 2>/dev/null; fi
}

: "${AZP_URL:?start: set AZP_URL to the URL of the organization}"
: "${AZP_AGENT_NAME:=$(hostname)}"
: "${AZP_POOL:=Default}"
read_token
export VSO_AGENT_IGNORE="${VSO_AGENT_IGNORE:-AZP_TOKEN,AZP_TOKEN_FILE},VSTS_AGENT_INPUT_TOKEN"
trust_certificates
trap unregister EXIT
trap stop INT TERM

register
if [[ $stopping == true ]]; then exit 0; fi

# Job control gives the agent a process group of its own: without it, bash would start it with INT ignored.
set -m
./run-docker.sh "$@" </dev/null &
agent_pid=$!
set +m
# A signal ends the first wait early; the agent itself ends the loop.
status=0
while kill -0 "$agent_pid" 2>/dev/null; do
  wait "$agent_pid"
  status=$?
done
if [[ $stopping == true ]]; then status=0; fi
exit "$status"
