#!/bin/sh
# Signs one delivery as Standard Webhooks asks and sends it to Causeway.
#
#   BRIDGE_URL=https://host:8443/webhooks/constant-contact/ACCOUNT BRIDGE_SECRET=whsec_… ./sign-and-send.sh FILE
#
# FILE is the body, sent byte for byte. BRIDGE_CA: a PEM file with an authority of one's own. BRIDGE_ID: the id of an
# earlier delivery, to repeat it. Prints the HTTP status; ends with 0 when it was 204. Needs openssl, curl and od.
set -eu

: "${BRIDGE_URL:?set BRIDGE_URL to the address of the route}"
: "${BRIDGE_SECRET:?set BRIDGE_SECRET to what causeway webhooks secret prints}"
body=${1:?name the file that holds the body}

case $BRIDGE_SECRET in
whsec_*) ;;
*) echo "BRIDGE_SECRET does not begin with whsec_" >&2; exit 2 ;;
esac

id=${BRIDGE_ID:-relay_$(openssl rand -hex 16)}
timestamp=$(date +%s)

# The key is the decoded secret. openssl takes it in hexadecimal, and for the moment of the call it can be seen in the
# list of processes: on a machine that others use, sign with a library instead.
key=$(printf '%s' "${BRIDGE_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')

# Signed is id.timestamp.body, with the body exactly as curl sends it below.
signature=$({ printf '%s.%s.' "$id" "$timestamp"; cat "$body"; } |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)

status=$(curl --silent --show-error --output /dev/null --write-out '%{http_code}' \
    --connect-timeout 3 --max-time 10 ${BRIDGE_CA:+--cacert "$BRIDGE_CA"} \
    --header 'Content-Type: application/json' \
    --header "webhook-id: $id" \
    --header "webhook-timestamp: $timestamp" \
    --header "webhook-signature: v1,$signature" \
    --data-binary @"$body" "$BRIDGE_URL") || true

echo "$status"
[ "$status" = 204 ]
