#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Key generation and signing along a quorum tree, from docs/crypto.md alone.

A second reader of that page: standard library only, its own curve, its own
cipher, nothing shared with the C code.

  frost_tree.py                 print the vectors as JSON
  frost_tree.py --check FILE    recompute them and compare; exit 1 if they
                                differ or anything in them does not hold
  frost_tree.py --rfc FILE      the figures of RFC 9591, as a flat tree
"""
import hashlib
import itertools
import json
import sys

# ---- Ed25519: RFC 8032 section 5.1, plainly ----

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1)


def point_add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + t, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P)
    return (x % P, y % P)


def point_neg(a):
    return (-a[0] % P, a[1])


def point_mul(k, a):
    r = NEUTRAL
    while k > 0:
        if k & 1:
            r = point_add(r, a)
        a = point_add(a, a)
        k >>= 1
    return r


def point_encode(a):
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


def point_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P != 0:
        raise ValueError("not on the curve")
    if x == 0 and sign == 1:
        raise ValueError("not canonical")
    return x if x & 1 == sign else P - x


def point_decode(b):
    y = int.from_bytes(b, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        raise ValueError("not canonical")
    a = (point_x(y, sign), y)
    if a == NEUTRAL or point_mul(Q, a) != NEUTRAL:
        raise ValueError("not of prime order")
    return a


BASE_Y = 4 * pow(5, -1, P) % P
BASE = (point_x(BASE_Y, 0), BASE_Y)


def base_mul(k):
    return point_mul(k % Q, BASE)


def points_sum(points):
    r = NEUTRAL
    for a in points:
        r = point_add(r, a)
    return r


def scalar_encode(s):
    return (s % Q).to_bytes(32, "little")


def scalar_decode(b):
    s = int.from_bytes(b, "little")
    if len(b) != 32 or s >= Q:
        raise ValueError("not a scalar")
    return s


def sha512(*parts):
    return hashlib.sha512(b"".join(parts)).digest()


def hash_scalar(*parts):
    return int.from_bytes(sha512(*parts), "little") % Q


def ed25519_verify(signature, key, message):
    try:
        a, r = point_decode(key), point_decode(signature[:32])
        s = scalar_decode(signature[32:])
    except ValueError:
        return False
    c = hash_scalar(signature[:32], key, message)
    return base_mul(s) == point_add(r, point_mul(c, a))


# ---- XChaCha20-Poly1305: RFC 8439 and draft-irtf-cfrg-xchacha ----


def words(b):
    return [int.from_bytes(b[i:i + 4], "little") for i in range(0, len(b), 4)]


def rotate(v, n):
    return (v << n | v >> 32 - n) & 0xFFFFFFFF


def quarter(s, a, b, c, d):
    for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & 0xFFFFFFFF
        s[z] = rotate(s[z] ^ s[x], n)


def chacha_rounds(state):
    s = list(state)
    for _ in range(10):
        for i in range(4):
            quarter(s, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return s


SIGMA = words(b"expand 32-byte k")


def unwords(s):
    return b"".join(v.to_bytes(4, "little") for v in s)


def chacha_block(key, counter, nonce):
    start = SIGMA + words(key) + [counter] + words(nonce)
    done = chacha_rounds(start)
    return unwords((a + b) & 0xFFFFFFFF for a, b in zip(start, done))


def hchacha(key, nonce16):
    s = chacha_rounds(SIGMA + words(key) + words(nonce16))
    return unwords(s[:4] + s[12:])


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    acc = 0
    for i in range(0, len(message), 16):
        block = message[i:i + 16] + b"\x01"
        acc = (acc + int.from_bytes(block, "little")) * r % (2**130 - 5)
    acc += int.from_bytes(key[16:], "little")
    return (acc & 2**128 - 1).to_bytes(16, "little")


def seal(key, nonce24, plain):
    key = hchacha(key, nonce24[:16])
    nonce = bytes(4) + nonce24[16:]
    stream = b"".join(
        chacha_block(key, 1 + i, nonce) for i in range((len(plain) + 63) // 64))
    body = bytes(a ^ b for a, b in zip(plain, stream))
    padded = body + bytes(-len(body) % 16)
    lengths = (0).to_bytes(8, "little") + len(body).to_bytes(8, "little")
    return body + poly1305(chacha_block(key, 0, nonce)[:32], padded + lengths)


# ---- section 1: the tree ----


class Leaf:
    def __init__(self, party):
        self.party = party

    def leaves(self):
        return [self]


class Group:
    def __init__(self, k, *members):
        self.k, self.members = k, members

    def leaves(self):
        return [leaf for m in self.members for leaf in m.leaves()]

    def groups(self):
        below = (m.groups() for m in self.members if isinstance(m, Group))
        return [self] + [g for gs in below for g in gs]


class Tree:
    def __init__(self, root):
        self.root = root
        for position, leaf in enumerate(root.leaves(), 1):
            leaf.id = position
        self.n = len(root.leaves())
        self.t = root.k + sum(g.k - 1 for g in root.groups()[1:])

    def satisfied(self, node, ids):
        if isinstance(node, Leaf):
            return node.id in ids
        return sum(self.satisfied(m, ids) for m in node.members) >= node.k

    def minimal_sets(self):
        every = range(1, self.n + 1)
        for size in range(1, self.n + 1):
            for ids in itertools.combinations(every, size):
                if self.satisfied(self.root, ids) and not any(
                        self.satisfied(self.root, set(ids) - {i}) for i in ids):
                    yield ids

    def coefficients(self, ids):
        out = {}

        def walk(node, value):
            if isinstance(node, Leaf):
                out[node.id] = value
                return
            chosen = [(x, m) for x, m in enumerate(node.members, 1)
                      if self.satisfied(m, ids)]
            assert len(chosen) == node.k
            for xj, m in chosen:
                v = value
                for xm, _ in chosen:
                    if xm != xj:
                        v = v * xm * pow(xm - xj, -1, Q) % Q
                walk(m, v)

        walk(self.root, 1)
        assert sorted(out) == sorted(ids) and sum(out.values()) % Q == 1
        return out

    # section 2; add, scale and zero make it serve scalars and points alike
    def spread(self, values, zero, add, scale):
        shares, left = {}, list(values)
        assert len(left) == self.t

        constants = {id(self.root): left.pop(0)}
        for group in self.root.groups():
            row = [left.pop(0) for _ in range(group.k - 1)]
            for x, member in enumerate(group.members, 1):
                v = constants[id(group)]
                for power, c in enumerate(row, 1):
                    v = add(v, scale(x**power, c))
                if isinstance(member, Leaf):
                    shares[member.id] = v
                else:
                    assert v != zero
                    constants[id(member)] = v
                assert v != zero
        assert not left
        return [shares[i] for i in range(1, self.n + 1)]

    def shares(self, coefficients):
        return self.spread(coefficients, 0, lambda a, b: (a + b) % Q,
                           lambda k, a: k * a % Q)

    def points(self, commitments):
        return self.spread(commitments, NEUTRAL, point_add, point_mul)


# ---- section 3: signing ----

CTX = b"FROST-ED25519-SHA512-v1"


def nonce(random, share):
    return hash_scalar(CTX, b"nonce", random, scalar_encode(share))


def sign(tree, key, shares, y, ids, message, random):
    """One session; checks every share and the signature. Returns a dict."""
    pk = point_encode(key)
    secret = {i: (nonce(random[i][0], shares[i - 1]),
                  nonce(random[i][1], shares[i - 1])) for i in ids}
    public = {i: (base_mul(d), base_mul(e)) for i, (d, e) in secret.items()}
    listed = b"".join(
        scalar_encode(i) + point_encode(public[i][0]) + point_encode(public[i][1])
        for i in sorted(ids))
    prefix = pk + sha512(CTX, b"msg", message) + sha512(CTX, b"com", listed)
    rho = {i: hash_scalar(CTX, b"rho", prefix, scalar_encode(i)) for i in ids}
    group = points_sum(
        point_add(public[i][0], point_mul(rho[i], public[i][1])) for i in ids)
    c = hash_scalar(point_encode(group), pk, message)
    lam = tree.coefficients(ids)
    z = {}
    for i in ids:
        d, e = secret[i]
        z[i] = (d + e * rho[i] + lam[i] * shares[i - 1] * c) % Q
        right = point_add(public[i][0], point_mul(rho[i], public[i][1]))
        right = point_add(right, point_mul(c * lam[i] % Q, y[i - 1]))
        assert base_mul(z[i]) == right
    signature = point_encode(group) + scalar_encode(sum(z.values()))
    assert ed25519_verify(signature, pk, message)
    return {
        "ids": list(ids),
        "signers": [{
            "id": i,
            "hiding_randomness": random[i][0].hex(),
            "binding_randomness": random[i][1].hex(),
            "d": scalar_encode(secret[i][0]).hex(),
            "e": scalar_encode(secret[i][1]).hex(),
            "D": point_encode(public[i][0]).hex(),
            "E": point_encode(public[i][1]).hex(),
            "rho": scalar_encode(rho[i]).hex(),
            "coefficient": scalar_encode(lam[i]).hex(),
            "z": scalar_encode(z[i]).hex(),
        } for i in ids],
        "group_commitment": point_encode(group).hex(),
        "challenge": scalar_encode(c).hex(),
        "signature": signature.hex(),
    }


# ---- section 4: key generation ----

PX = b"COCKTAIL-DKG-Ed25519-SHA512-"


def be64(v):
    return v.to_bytes(8, "big")


def le64(v):
    return v.to_bytes(8, "little")


def le32(v):
    return v.to_bytes(4, "little")


def schnorr(secret, message):
    k = hash_scalar(PX, b"NONCE", scalar_encode(secret), message)
    r = point_encode(base_mul(k))
    c = hash_scalar(PX, b"H7", r, point_encode(base_mul(secret)), message)
    return r + scalar_encode(k + c * secret)


def schnorr_verify(signature, key, message):
    r, z = point_decode(signature[:32]), scalar_decode(signature[32:])
    c = hash_scalar(PX, b"H7", signature[:32], point_encode(key), message)
    return base_mul(z) == point_add(r, point_mul(c, key))


class Ceremony:
    def __init__(self, tree, session, keys):
        flat = len(tree.root.groups()) == 1
        self.tree, self.keys = tree, keys
        self.cid = (b"COCKTAIL(Ed25519, SHA-512)" if flat else
                    b"quorate/tree-dkg@v1(Ed25519, SHA-512)")
        self.listed = b"".join(point_encode(p) for p in keys)
        self.context = sha512(
            b"COCKTAIL-DKG-CONTEXT", be64(len(session)), session,
            be64(len(self.cid)), self.cid, le32(tree.n), self.listed)

    def key_and_iv(self, i, j, ephemeral, k1, k2):
        h = sha512(PX, b"H6", point_encode(k1), point_encode(k2),
                   point_encode(ephemeral), point_encode(self.keys[i - 1]),
                   point_encode(self.keys[j - 1]), le64(64), self.context)
        return h[:32], h[32:56]

    def deal(self, i, d, seed):
        def derive(label, k):
            return hash_scalar(label + b"\n", seed, scalar_encode(d),
                               self.context, le32(k))

        a = [derive(b"quorate/dkg-coefficient@v1", k) for k in range(self.tree.t)]
        e = derive(b"quorate/dkg-ephemeral@v1", 0)
        out = {"id": i, "a": a, "f": self.tree.shares(a), "e": e,
               "C": [base_mul(v) for v in a], "E": base_mul(e)}
        signed = self.context + b"".join(
            point_encode(p) for p in out["C"] + [out["E"]])
        out["pop"] = schnorr(a[0], signed)
        assert schnorr_verify(out["pop"], out["C"][0], signed)
        out["c"] = []
        for j, p in enumerate(self.keys, 1):
            key, iv = self.key_and_iv(
                i, j, out["E"], point_mul(e, p), point_mul(d, p))
            out["c"].append(seal(key, iv, scalar_encode(out["f"][j - 1])))
        assert self.tree.points(out["C"]) == [base_mul(v) for v in out["f"]]
        return out

    @staticmethod
    def message(dealing):
        return (b"".join(point_encode(p) for p in dealing["C"]) +
                dealing["pop"] + point_encode(dealing["E"]) +
                b"".join(be64(len(c)) + c for c in dealing["c"]))

    def transcript(self, dealings):
        ext = sha512(*(be64(len(c)) + c for g in dealings for c in g["c"]))
        return ext, (
            le64(len(self.cid)) + self.cid + le64(64) + self.context +
            le32(self.tree.n) + le32(self.tree.t) + self.listed +
            b"".join(point_encode(p) for g in dealings for p in g["C"]) +
            b"".join(g["pop"] for g in dealings) +
            b"".join(point_encode(g["E"]) for g in dealings) +
            le64(len(ext)) + ext)

    def complaint(self, dealing, j, d, ciphertext):
        """Receiver j opens `ciphertext` in place of the one dealt."""
        out = {"dealer": dealing["id"], "receiver": j,
               "ciphertext": ciphertext.hex(), "proofs": []}
        for w, base in enumerate((dealing["E"], self.keys[dealing["id"] - 1]), 1):
            shared = point_mul(d, base)
            stmt = (b"quorate/dkg-complaint@v1\n" + self.context +
                    le32(dealing["id"]) + le32(j) + le32(w) + sha512(ciphertext) +
                    point_encode(base) + point_encode(self.keys[j - 1]) +
                    point_encode(shared))
            k = hash_scalar(stmt, b"nonce", scalar_encode(d))
            c = hash_scalar(stmt, point_encode(base_mul(k)),
                            point_encode(point_mul(k, base)))
            z = (k + c * d) % Q
            back = [point_add(base_mul(z), point_neg(point_mul(c, self.keys[j - 1]))),
                    point_add(point_mul(z, base), point_neg(point_mul(c, shared)))]
            assert c == hash_scalar(stmt, *map(point_encode, back))
            out["proofs"].append({"shared": point_encode(shared).hex(),
                                  "c": scalar_encode(c).hex(),
                                  "z": scalar_encode(z).hex()})
        return out


# ---- the vectors ----

GROUPS = [[1, "p4", "p2"], [2, "p0", "p3"], [2, "g0", "p1", "g1"]]


def tree_from(lines):
    made = []
    for k, *members in lines:
        made.append(Group(k, *(made[int(m[1:])] if m[0] == "g" else
                               Leaf(int(m[1:])) for m in members)))
    return Tree(made[-1])


def seeded(label, n=32):
    return hashlib.shake_256(b"frost_tree.py " + label.encode()).digest(n)


def vectors():
    tree = tree_from(GROUPS)
    leaves = range(1, tree.n + 1)
    random = {i: seeded(f"dkg key {i}", 64) for i in leaves}
    d = {i: int.from_bytes(random[i], "little") % Q for i in leaves}
    session = sha512(b"the text of a proposal\n")
    dkg = Ceremony(tree, session, [base_mul(d[i]) for i in leaves])
    dealings = [dkg.deal(i, d[i], seeded(f"dealing {i}")) for i in leaves]
    ext, transcript = dkg.transcript(dealings)
    shares = [sum(g["f"][j] for g in dealings) % Q for j in range(tree.n)]
    key = points_sum(g["C"][0] for g in dealings)
    y = tree.points([points_sum(g["C"][k] for g in dealings)
                     for k in range(tree.t)])
    assert y == [base_mul(s) for s in shares]
    message = b"quorate/release@v1\nversion 1.4.2\n"
    sessions, minimal = [], []
    for ids in tree.minimal_sets():
        lam = tree.coefficients(ids)
        assert points_sum(point_mul(lam[i], y[i - 1]) for i in ids) == key
        minimal.append({"ids": list(ids), "coefficients":
                        [scalar_encode(lam[i]).hex() for i in ids]})
        pairs = {i: (seeded(f"hiding {ids} {i}"), seeded(f"binding {ids} {i}"))
                 for i in ids}
        sessions.append(sign(tree, key, shares, y, ids, message, pairs))
    spoilt = bytes([dealings[1]["c"][3][0] ^ 1]) + dealings[1]["c"][3][1:]
    return {
        "_about": "tests/foreign/frost_tree.py, from docs/crypto.md: "
                  "2 of {any of 2, 1 party, all of 2}",
        "parties": tree.n,
        "groups": GROUPS,
        "party_of_leaf": [leaf.party for leaf in tree.root.leaves()],
        "commitments": tree.t,
        "minimal_sets": minimal,
        "dkg": {
            "suite": dkg.cid.decode(),
            "session_id": session.hex(),
            "context": dkg.context.hex(),
            "dealers": [{
                "key_random": random[i].hex(),
                "d": scalar_encode(d[i]).hex(),
                "P": point_encode(dkg.keys[i - 1]).hex(),
                "seed": seeded(f"dealing {i}").hex(),
                "coefficients": [scalar_encode(v).hex()
                                 for v in dealings[i - 1]["a"]],
                "ephemeral": scalar_encode(dealings[i - 1]["e"]).hex(),
                "shares": [scalar_encode(v).hex() for v in dealings[i - 1]["f"]],
                "message": dkg.message(dealings[i - 1]).hex(),
                "signature": schnorr(d[i], transcript).hex(),
            } for i in leaves],
            "extension": ext.hex(),
            "transcript_sha512": sha512(transcript).hex(),
            "complaint": dkg.complaint(dealings[1], 4, d[4], spoilt),
        },
        "shares": [scalar_encode(s).hex() for s in shares],
        "verification_shares": [point_encode(p).hex() for p in y],
        "key": point_encode(key).hex(),
        "roster_id": seeded("roster id").hex(),
        "message": message.hex(),
        "sessions": sessions,
    }


def check_rfc(path):
    with open(path) as f:
        v = json.load(f)
    tree = Tree(Group(v["min"], *(Leaf(i) for i in range(v["max"]))))
    a = [scalar_decode(bytes.fromhex(h))
         for h in [v["group_secret_key"]] + v["coefficients"]]
    shares = tree.shares(a)
    want = [s["participant_share"] for s in v["shares"]]
    random = {r["identifier"]: (bytes.fromhex(r["hiding_nonce_randomness"]),
                                bytes.fromhex(r["binding_nonce_randomness"]))
              for r in v["round_one"]}
    got = sign(tree, base_mul(a[0]), shares, [base_mul(s) for s in shares],
               tuple(v["ids"]), bytes.fromhex(v["message"]), random)
    return (want == [scalar_encode(s).hex() for s in shares] and
            [s["rho"] for s in got["signers"]] ==
            [r["binding_factor"] for r in v["round_one"]] and
            [s["z"] for s in got["signers"]] ==
            [r["sig_share"] for r in v["round_two"]] and
            got["signature"] == v["signature"])


def main(argv):
    if len(argv) == 2 and argv[0] == "--check":
        with open(argv[1]) as f:
            ok = json.load(f) == vectors()
        print("same" if ok else "these vectors are not ours")
        return 0 if ok else 1
    if len(argv) == 2 and argv[0] == "--rfc":
        ok = check_rfc(argv[1])
        print("same" if ok else "this is not what the RFC has")
        return 0 if ok else 1
    if argv:
        print(__doc__, file=sys.stderr)
        return 2
    json.dump(vectors(), sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
