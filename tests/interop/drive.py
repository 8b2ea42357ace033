# SPDX-License-Identifier: Apache-2.0
"""Sessions between implementations that share no code.

drive.py SUITE SAMPLE NAME=COMMAND...   mixed sessions, flat quorums
drive.py SUITE --vectors frost.json [--bip340 CSV] NAME=COMMAND

Every implementation deals; the shares are spread over them in all ways
(SAMPLE spreads at most of each quorum, evenly taken); who has signed
aggregates, and all must make the same signature, which everyone verifies, and
for Ed25519 OpenSSL too. Then shares are spoiled, and everyone must name
exactly the liars.
"""
import csv
import itertools
import json
import os
import shlex
import subprocess
import sys
import tempfile

ORDER = {
    "ed25519": 2**252 + 27742317777372353535851937790883648493,
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
}
END = {"ed25519": "little", "secp256k1": "big"}


def scalar(suite, n):
    return (n % ORDER[suite]).to_bytes(32, END[suite]).hex()


def number(suite, h):
    return int.from_bytes(bytes.fromhex(h), END[suite])


class Participant:
    def __init__(self, name, command, suite):
        self.name = name
        self.p = subprocess.Popen(
            shlex.split(command) + [suite],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.asked = 0

    def raw(self, **q):
        self.asked += 1
        q["req"] = self.asked
        self.p.stdin.write(json.dumps(q) + "\n")
        self.p.stdin.flush()
        a = json.loads(self.p.stdout.readline())
        assert a.get("req") == self.asked, (self.name, q, a)
        return a

    def __call__(self, op, **q):
        a = self.raw(op=op, **q)
        assert a["ok"], (self.name, op, a)
        return a

    def refuses(self, op, **q):
        a = self.raw(op=op, **q)
        assert not a["ok"], (self.name, op, a)
        return a

    def close(self):
        self.p.stdin.close()
        assert self.p.wait(20) == 0, self.name


def openssl_takes(key, msg, sig):
    """OpenSSL, a third pair of eyes for Ed25519."""
    with tempfile.TemporaryDirectory() as d:
        for name, data in (
            ("key", bytes.fromhex("302a300506032b6570032100") + key),
            ("msg", msg),
            ("sig", sig),
        ):
            with open(os.path.join(d, name), "wb") as f:
                f.write(data)
        return (
            subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER"]
                + ["-inkey", d + "/key", "-rawin", "-in", d + "/msg"]
                + ["-sigfile", d + "/sig"],
                stdout=subprocess.DEVNULL,
            ).returncode
            == 0
        )


def session(suite, all_of, spread, dealt, signers, t, n, count):
    """One session: spread[i] holds the i-th share; signers are indices."""
    key, shares = dealt["group_key"], dealt["shares"]
    msg = os.urandom(1 + count % 200).hex()
    for i in signers:
        spread[i]("load", id=shares[i]["id"], share=shares[i]["share"],
                  group_key=key, min=t, max=n,
                  verifying_share=shares[i]["verifying_share"])
    made = {i: spread[i]("commit", id=shares[i]["id"]) for i in signers}
    commitments = [
        {"id": shares[i]["id"], "hiding": made[i]["hiding"],
         "binding": made[i]["binding"]}
        for i in sorted(signers, reverse=True)  # any order will do
    ]
    z = {}
    for i in signers:
        q = dict(id=shares[i]["id"], nonce=made[i]["nonce"],
                 commitments=commitments, msg=msg)
        z[i] = spread[i]("sign", **q)["share"]
        spread[i].refuses("sign", **q)  # a nonce signs once
    ys = [{"id": s["id"], "verifying_share": s["verifying_share"]}
          for s in shares]

    def aggregate(z):
        return dict(group_key=key, min=t, commitments=commitments, msg=msg,
                    verifying_shares=[ys[i] for i in signers],
                    shares=[{"id": shares[i]["id"], "share": z[i]} for i in z])

    sigs = {p("aggregate", **aggregate(z))["signature"] for p in all_of}
    assert len(sigs) == 1, sigs
    sig = sigs.pop()
    for p in all_of:
        assert p("verify", group_key=key, msg=msg, signature=sig)["valid"]
        assert not p("verify", group_key=key, msg=msg + "00",
                     signature=sig)["valid"]
    if suite == "ed25519":
        assert openssl_takes(bytes.fromhex(key), bytes.fromhex(msg),
                             bytes.fromhex(sig))
    # one liar, at every place in turn over the sessions; then two
    liars = [signers[count % len(signers)]]
    if count % 3 == 0:
        liars.append(signers[(count + 1) % len(signers)])
    bad = dict(z)
    for j, i in enumerate(liars):
        bad[i] = scalar(suite, number(suite, z[i]) + 1 + j)
    for p in all_of:
        a = p.refuses("aggregate", **aggregate(bad))
        named = a.get("culprits", [])
        assert sorted(named) == sorted(shares[i]["id"] for i in liars), (
            p.name, named, liars)
        for i in signers:
            valid = p("verify-share", group_key=key, commitments=commitments,
                      msg=msg, share=bad[i], **ys[i])["valid"]
            assert valid == (i not in liars), (p.name, i)


def mixed(suite, sample, participants):
    count = 0
    for t, n in ((2, 2), (2, 3), (3, 5)):
        spreads = list(itertools.product(participants, repeat=n))
        # only those in which two implementations hold shares
        spreads = [s for s in spreads if len({p.name for p in s}) > 1]
        step = max(1, len(spreads) // sample)
        for spread in spreads[::step]:
            dealer = participants[count % len(participants)]
            dealt = dealer("dealer", n=n, t=t)
            sets = list(itertools.combinations(range(n), t))
            mixing = [s for s in sets if len({spread[i].name for i in s}) > 1]
            session(suite, participants, spread, dealt,
                    mixing[count % len(mixing)], t, n, count)
            count += 1
    print(f"{suite}: {count} sessions of "
          + ", ".join(p.name for p in participants)
          + "; everyone verified every signature and named every liar")


def published(suite, p, key, message, t, signers, sig):
    """Each signer: identifier, share, randomness, commitments, its z."""
    y, nonce, c, z = [], [], [], []
    for s in signers:
        a = p("load", id=s["id"], share=s["share"], group_key=key, min=t)
        y.append({"id": s["id"], "verifying_share": a["verifying_share"]})
        a = p("commit", id=s["id"],
              hiding_randomness=s["hiding_nonce_randomness"],
              binding_randomness=s["binding_nonce_randomness"])
        assert a["hiding"] == s["hiding_nonce_commitment"], a
        assert a["binding"] == s["binding_nonce_commitment"], a
        nonce.append(a["nonce"])
        c.append({"id": s["id"], "hiding": a["hiding"],
                  "binding": a["binding"]})
    for s, k in zip(signers, nonce):
        a = p("sign", id=s["id"], nonce=k, commitments=c, msg=message)
        assert a["share"] == s["sig_share"], (a, s)
        z.append({"id": s["id"], "share": a["share"]})
    a = p("aggregate", group_key=key, min=t, commitments=c, msg=message,
          shares=z, verifying_shares=y)
    assert a["signature"] == sig, a


def vectors(suite, path, p):
    """Signatures with the randomness that was published."""
    with open(path) as f:
        j = json.load(f)
    sets = [j["zf"]["secp256k1-tr" if suite == "secp256k1" else suite]["signing"]]
    if suite == "ed25519":
        sets.append(j["rfc9591"]["FROST(Ed25519, SHA-512)"])
    for v in sets:
        i = v["inputs"]
        share = {s["identifier"]: s["participant_share"]
                 for s in i["participant_shares"]}
        z = {o["identifier"]: o["sig_share"]
             for o in v["round_two_outputs"]["outputs"]}
        signers = [o | {"id": scalar(suite, o["identifier"]),
                        "share": share[o["identifier"]],
                        "sig_share": z[o["identifier"]]}
                   for o in v["round_one_outputs"]["outputs"]]
        published(suite, p,
                  i.get("verifying_key_key") or i["group_public_key"],
                  i["message"], 2, signers, v["final_output"]["sig"])
    print(f"{suite}: {len(sets)} published signatures")
    if suite != "secp256k1":
        return
    matrix = j["derived"]["frost_secp256k1_tr_parity_matrix"]
    for v in matrix:
        signers = [s | {"id": s["identifier"], "share": s["signing_share"]}
                   for s in v["signers"]]
        published(suite, p, v["group_public_key"], v["message"], v["t"],
                  signers, v["sig"])
    print(f"{suite}: {len(matrix)} cases of parity")


def bip340(path, p):
    """The published verification cases, on 32-byte keys of even Y."""
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        a = p.raw(op="verify", group_key="02" + row["public key"].lower(),
                  msg=row["message"].lower(),
                  signature=row["signature"].lower())
        want = row["verification result"] == "TRUE"
        assert bool(a.get("valid")) == want, (row["index"], a)
    print(f"secp256k1: {len(rows)} cases of BIP 340")


def main():
    suite, *rest = sys.argv[1:]
    options = {}
    while rest[0].startswith("--"):
        options[rest[0]] = rest[1]
        rest = rest[2:]
    sample = 0 if options else int(rest.pop(0))
    participants = []
    for one in rest:
        name, command = one.split("=", 1)
        participants.append(Participant(name, command, suite))
    for p in participants:
        hello = p("hello")
        assert hello["suite"] == suite, hello
    if "--vectors" in options:
        vectors(suite, options["--vectors"], participants[0])
    if "--bip340" in options:
        bip340(options["--bip340"], participants[0])
    if not options:
        mixed(suite, sample, participants)
    for p in participants:
        p.close()


main()
