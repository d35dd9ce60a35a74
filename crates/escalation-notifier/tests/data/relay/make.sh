#!/bin/sh
# Makes the certificate of the mail server that letters are tested with, and of who vouches for it.
# They are good for nothing else: the key is public. Needs OpenSSL 3.
set -e
cd "$(dirname "$0")"
new="openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 36500"
$new -keyout authority.key -out authority.pem -subj "/CN=authority of tests" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
$new -keyout relay.key -out relay.crt -subj "/CN=relay of tests" -CA authority.pem -CAkey authority.key \
    -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost
cat relay.crt relay.key > relay.pem
rm relay.crt relay.key authority.key
