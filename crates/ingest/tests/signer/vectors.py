#!/usr/bin/env python3
"""Writes the golden vectors: signatures made by Python's standard library.

    python3 vectors.py > vectors.json

Two vectors are not made here but published by others; they are marked so, and asserted.
"""

import base64
import hashlib
import hmac
import json
import unicodedata
import urllib.parse

NOW_S = 1_790_000_000
NOW_MS = NOW_S * 1000 + 250
WDT_EPOCH = 1_325_347_200

ORDER = '{"id":820982911946154508,"note":"发货前请电话确认 ☎","total":"¥1,299.00"}'
BODIES = {
    "json": ORDER,
    "empty": "",
    "unicode beyond the basic plane": "\U0001f69a 已发货\u0000\u200d",
    "crlf": "a\r\nb\r\n\r\n",
    "not utf-8": {"hex": "fffe00c328a0"},
    "1 MiB": {"repeat": "0123456789abcdef", "times": 65536},
}
SHORT_BODIES = {what: body for what, body in BODIES.items() if what != "1 MiB"}
NFKD_SECRETS = ["sécret", "ﬁve①Ｋey", "Å\u212b각"]


def raw(body):
    if isinstance(body, str):
        return body.encode()
    if "hex" in body:
        return bytes.fromhex(body["hex"])
    return body["repeat"].encode() * body["times"]


def mac(key, message, algorithm="sha256"):
    return hmac.new(key, message, algorithm)


def b64(digest):
    return base64.b64encode(digest).decode()


def webhook(name, signer, headers, body, secrets, **more):
    return {
        "name": name,
        "signer": signer,
        "method": "POST",
        "url": "https://hooks.example.com/in",
        "headers": headers,
        "body": body,
        "secrets": secrets,
        "now_ms": NOW_MS,
        **more,
    }


def body_hmacs():
    simple = {
        "shopify": "X-Shopify-Hmac-Sha256",
        "woocommerce": "X-WC-Webhook-Signature",
        "aftership": "aftership-hmac-sha256",
    }
    for signer, header in simple.items():
        for what, body in BODIES.items():
            secret = "shpss_盐 with spaces"
            signature = b64(mac(secret.encode(), raw(body)).digest())
            yield webhook(f"{signer}: {what}", signer, [[header, signature]], body, [secret])
    old, new = "old-secret", "new-secret"
    signature = b64(mac(old.encode(), ORDER.encode()).digest())
    header = [["x-shopify-hmac-sha256", signature]]
    yield webhook("shopify: rotation, lower-case header", "shopify", header, ORDER, [new, old])
    long = "k" * 200
    header = [["X-SHOPIFY-HMAC-SHA256", b64(mac(long.encode(), ORDER.encode()).digest())]]
    yield webhook("shopify: secret longer than a block", "shopify", header, ORDER, [long])
    header = [["X-Shopify-Hmac-Sha256", b64(mac(b"", ORDER.encode()).digest())]]
    yield webhook(
        "shopify: empty secret", "shopify", header, ORDER, [""],
        refused="no secret is configured, so nothing can be verified",
    )


def easypost():
    for secret in NFKD_SECRETS:
        key = unicodedata.normalize("NFKD", secret).encode()
        for what, body in SHORT_BODIES.items():
            value = "hmac-sha256-hex=" + mac(key, raw(body)).hexdigest()
            name = f"easypost: {what}, secret {secret}"
            yield webhook(name, "easypost", [["X-Hmac-Signature", value]], body, [secret])


def kuaidi100():
    param = '{"status":"polling","lastResult":{"state":"3","data":[{"context":"已签收 100% + 谢谢"}]}}'
    for what, text in [("json", param), ("empty param", ""), ("crlf", "a\r\n&=b")]:
        for salt in ["", "盐&salt"]:
            sign = hashlib.md5((text + salt).encode()).hexdigest().upper()
            form = urllib.parse.urlencode({"sign": sign, "param": text})
            name = f"kuaidi100: {what}, salt '{salt}'"
            yield webhook(name, "kuaidi100", [], form, [salt])


def hubspot():
    secret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
    plain = "https://hooks.example.com/in"
    urls = [
        (plain, plain),
        (plain + "?a=%3A%2f%3F%20%26&b=%253A", plain + "?a=:/?%20%26&b=%253A"),
    ]
    for url, signed in urls:
        for what, body in BODIES.items():
            message = b"POST" + signed.encode() + raw(body) + str(NOW_MS).encode()
            headers = [
                ["X-HubSpot-Signature-v3", b64(mac(secret.encode(), message).digest())],
                ["X-HubSpot-Request-Timestamp", str(NOW_MS)],
            ]
            name = f"hubspot-v3: {what} to {url}"
            yield webhook(name, "hubspot-v3", headers, body, [secret], url=url)
    url, body, stamp = "https://www.example.com/webhook_uri", "{'example_field':'example_value'}", 1693657560000
    published = "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="
    message = f"POST{url}{body}{stamp}".encode()
    assert b64(mac(secret.encode(), message).digest()) == published
    headers = [["X-HubSpot-Signature-v3", published], ["X-HubSpot-Request-Timestamp", str(stamp)]]
    name = "hubspot-v3: published with HubSpot's Python client"
    yield webhook(name, "hubspot-v3", headers, body, [secret], url=url, now_ms=stamp)


def standard():
    keys = [bytes(range(24)), bytes(range(100, 164))]
    secrets = ["whsec_" + b64(keys[0]), b64(keys[1])]
    identity = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"

    def sign(key, body):
        message = f"{identity}.{NOW_S}.".encode() + raw(body)
        return "v1," + b64(mac(key, message).digest())

    def headers(signatures):
        return [
            ["webhook-id", identity],
            ["webhook-timestamp", str(NOW_S)],
            ["webhook-signature", " ".join(signatures)],
        ]

    for what, body in BODIES.items():
        one = headers([sign(keys[0], body)])
        yield webhook(f"standard-webhooks: {what}", "standard-webhooks", one, body, secrets[:1])
    several = ["v1a," + b64(bytes(64)), "v1,AAAA", "v1,%%", sign(keys[1], ORDER)]
    name = "standard-webhooks: last of several signatures, second of two secrets"
    yield webhook(name, "standard-webhooks", headers(several), ORDER, secrets)
    published = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body, identity, stamp = '{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    message = f"{identity}.{stamp}.{body}".encode()
    assert "v1," + b64(mac(key, message).digest()) == published
    given = [
        ["webhook-id", identity],
        ["webhook-timestamp", str(stamp)],
        ["webhook-signature", published],
    ]
    name = "standard-webhooks: published with the specification's libraries"
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    yield webhook(name, "standard-webhooks", given, body, [secret], now_ms=stamp * 1000)


def generic():
    secret = "secret 密钥"
    for algorithm in ["md5", "sha1", "sha256", "sha512"]:
        for encoding in ["hex", "hex-upper", "base64"]:
            for what, body in SHORT_BODIES.items():
                made = mac(secret.encode(), b"v0:" + str(NOW_S).encode() + b":" + raw(body), algorithm)
                text = {
                    "hex": made.hexdigest(),
                    "hex-upper": made.hexdigest().upper(),
                    "base64": b64(made.digest()),
                }[encoding]
                parameters = {
                    "algorithm": algorithm,
                    "encoding": encoding,
                    "header": "X-Signature",
                    "prefix": algorithm + "=",
                    "message": "v0:{timestamp}:{body}",
                    "timestamp": {"header": "X-Sent", "unit": "s", "tolerance_s": 60},
                }
                headers = [["x-signature", f"{algorithm}={text}"], ["x-sent", str(NOW_S)]]
                name = f"hmac: {algorithm}, {encoding}, {what}"
                yield webhook(name, {"hmac": parameters}, headers, body, [secret])
    parameters = {
        "algorithm": "sha256",
        "encoding": "hex",
        "header": "X-Hub-Signature-256",
        "prefix": "sha256=",
        "message": "{body}",
    }
    value = "sha256=" + mac(secret.encode(), ORDER.encode()).hexdigest()
    headers = [["X-Hub-Signature-256", value]]
    yield webhook("hmac: body alone", {"hmac": parameters}, headers, ORDER, [secret])


PAIRS = {
    "usual": [["page_index", "1"], ["app_key", "k-1"], ["biz", '{"店铺":"一店","a":[1, 2]}'], ["v", ""]],
    "bytes order": [["b", "1"], ["B", "2"], ["é", "3"], ["a_", "4"], ["a1", "5"], ["aa", "6"], ["\U0001f69a", "7"], ["\uff5e", "8"]],
    "repeated keys": [["k", "2"], ["a", "x"], ["k", "1"], ["k", ""]],
    "crlf and blanks": [["z", "a\r\n b"], ["y", "\t"], ["", "no key"]],
    "none": [],
}


def ordered(pairs):
    return sorted(pairs, key=lambda pair: pair[0].encode())


def joined(pairs, equals="", and_="", skips_empty=False):
    kept = [pair for pair in ordered(pairs) if pair[1] or not skips_empty]
    return and_.join(key + equals + value for key, value in kept)


def pull(name, signer, secret, adds, **request):
    return {
        "name": name,
        "signer": signer,
        "secret": secret,
        "now_ms": NOW_MS,
        "request": {"query": [], "form": [], "body": "", **request},
        "adds": {"query": [], "form": [], "headers": [], **adds},
    }


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def jushuitan():
    secret = "app-秘密"
    for what, pairs in PAIRS.items():
        stamp = ["timestamp", str(NOW_S)]
        sign = md5(secret + joined(pairs + [stamp]))
        adds = {"form": [stamp, ["sign", sign]]}
        yield pull(f"jushuitan: {what}", "jushuitan", secret, adds, form=pairs)


def wdt():
    secret, salt = "秘密", "sa:lt"
    for what, pairs in PAIRS.items():
        for body in ['[{"start_time":"2026-11-29 10:00:00"}]', "", "a\r\n b", "🚚"]:
            own = [["salt", salt], ["timestamp", str(NOW_S - WDT_EPOCH)]]
            sign = md5(secret + joined(pairs + own + [["body", body]]) + secret)
            adds = {"query": own + [["sign", sign]]}
            name = f"wdt: {what}, {len(body)} characters"
            yield pull(name, "wdt", f"{secret}:{salt}", adds, query=pairs, body=body)


def kuaidi100_query():
    for param in ['{"com":"shunfeng","num":"SF1","phone":"0000"}', "", "圆通\r\n"]:
        form = [["customer", "C-1 客户"], ["param", param]]
        adds = {"form": [["sign", md5(param + "key密" + "C-1 客户").upper()]]}
        yield pull(f"kuaidi100-query: {param}", "kuaidi100-query", "key密", adds, form=form)


def sorted_families():
    secret = "S密"
    for what, pairs in PAIRS.items():
        for message, equals, and_, skips in [
            ("{secret}{pairs}", "", "", False),
            ("{pairs}{secret}", "=", "&", True),
            ("{secret}{pairs}{secret}", "", "|", False),
            ("{pairs}&key={secret}", "=", "&", True),
        ]:
            for algorithm in ["md5", "sha1", "sha256", "sha512"]:
                stamp = ["t", str(NOW_MS)]
                text = message.replace("{pairs}", joined(pairs + [stamp], equals, and_, skips)).replace("{secret}", secret)
                parameters = {
                    "keying": "digest", "algorithm": algorithm, "encoding": "hex-upper",
                    "pairs": "form", "equals": equals, "and": and_, "skips_empty": skips,
                    "message": message, "timestamp": {"key": "t", "unit": "ms"},
                    "signature": {"pair": "sign"},
                }
                sign = hashlib.new(algorithm, text.encode()).hexdigest().upper()
                name = f"md5-sorted: {what}, {message}, {algorithm}"
                yield pull(name, parameters, secret, {"form": [stamp, ["sign", sign]]}, form=pairs)
        for algorithm, encoding in [("md5", "hex-upper"), ("sha256", "hex"), ("sha512", "base64")]:
            body = "{\"q\":\"订单\"}\r\n"
            text = secret + joined(pairs + [["payload", body]], "=", "&") + "\n" + body
            made = mac(secret.encode(), text.encode(), algorithm)
            sign = {"hex-upper": made.hexdigest().upper(), "hex": made.hexdigest(), "base64": b64(made.digest())}[encoding]
            parameters = {
                "keying": "hmac", "algorithm": algorithm, "encoding": encoding,
                "pairs": "query", "body": "payload", "equals": "=", "and": "&",
                "skips_empty": False, "message": "{secret}{pairs}\n{body}",
                "signature": {"header": "X-Sign"},
            }
            name = f"hmac-sorted: {what}, {algorithm}"
            yield pull(name, parameters, secret, {"headers": [["X-Sign", sign]]}, query=pairs, body=body)


def main():
    makers = [body_hmacs, easypost, kuaidi100, hubspot, standard, generic]
    pulls = [jushuitan, wdt, kuaidi100_query, sorted_families]
    listed = {
        "webhooks": [vector for maker in makers for vector in maker()],
        "pulls": [vector for maker in pulls for vector in maker()],
    }
    lines = []
    for key, vectors in listed.items():
        rows = ",\n".join(json.dumps(vector, ensure_ascii=True) for vector in vectors)
        lines.append(f'"{key}": [\n{rows}\n]')
    print("{" + ",\n".join(lines) + "}")


main()
