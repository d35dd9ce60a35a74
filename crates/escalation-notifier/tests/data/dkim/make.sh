#!/bin/sh
# Makes the keys by openssl and the signatures by dkimpy 1.1.8 (pip install dkimpy pynacl).
set -e
cd "$(dirname "$0")"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem
openssl genpkey -algorithm ed25519 -out ed25519.pem
python3 - <<'PYTHON'
import base64, subprocess, dkim

letter = open("letter.eml", "rb").read()
seed = subprocess.check_output(["openssl", "pkey", "-in", "ed25519.pem", "-outform", "DER"])[-32:]
rsa = subprocess.check_output(["openssl", "pkey", "-in", "rsa.pem", "-traditional"])
for name, key in [("rsa", rsa), ("ed25519", base64.b64encode(seed))]:
    signed = dkim.sign(letter, b"orders", b"example.com", key,
                       canonicalize=(b"relaxed", b"relaxed"),
                       signature_algorithm=name.encode() + b"-sha256")
    open(name + ".header", "wb").write(signed)
PYTHON
