// SPDX-License-Identifier: Apache-2.0
// @noble/curves behind the line protocol of frost_participant.c.
//   node noble.mjs ed25519|secp256k1
import { createInterface } from 'node:readline';
import { ed25519_FROST } from '@noble/curves/ed25519.js';
import { schnorr_FROST } from '@noble/curves/secp256k1.js';

const name = process.argv[2];
const F = { ed25519: ed25519_FROST, secp256k1: schnorr_FROST }[name];
const hex = (b) => Buffer.from(b).toString('hex');
const bytes = (h) => new Uint8Array(Buffer.from(h, 'hex'));
const order = (id) => BigInt('0x' +
  (name === 'ed25519' ? hex(bytes(id).reverse()) : id));
const byId = (a, b) => (order(a.id) < order(b.id) ? -1 : 1);
const commitmentsOf = (q) => [...q.commitments].sort(byId).map((c) => ({
  identifier: c.id, hiding: bytes(c.hiding), binding: bytes(c.binding) }));
const publicOf = (key, min, n, shares) => ({
  signers: { min, max: Math.max(min, n) },
  commitments: Array.from({ length: min }, () => bytes(key)),
  verifyingShares: Object.fromEntries(
    shares.map((s) => [s.id, bytes(s.verifying_share)])) });

const loaded = {};
const nonces = {};
let made = 0;

const ops = {
  hello: () => ({ impl: 'noble', suite: name, ops: Object.keys(ops) }),
  dealer: (q) => {
    const d = F.trustedDealer({ min: q.t, max: q.n }, undefined,
      q.secret ? bytes(q.secret) : undefined);
    return {
      group_key: hex(d.public.commitments[0]),
      commitment: d.public.commitments.map(hex),
      shares: Object.keys(d.secretShares).map((id) => ({ id,
        share: hex(d.secretShares[id].signingShare),
        verifying_share: hex(d.public.verifyingShares[id]) })).sort(byId) };
  },
  load: (q) => {
    loaded[q.id] = q;
    return { verifying_share: q.verifying_share };
  },
  commit: (q) => {
    const k = F.commit({ identifier: q.id,
      signingShare: bytes(loaded[q.id].share) });
    const nonce = String(++made);
    nonces[nonce] = k.nonces;
    return { nonce, hiding: hex(k.commitments.hiding),
      binding: hex(k.commitments.binding) };
  },
  sign: (q) => {
    const k = nonces[q.nonce];
    const l = loaded[q.id];
    delete nonces[q.nonce];
    if (!k) throw new Error('the nonce is spent');
    const list = commitmentsOf(q);
    return { share: hex(F.signShare(
      { identifier: q.id, signingShare: bytes(l.share) },
      publicOf(l.group_key, l.min, l.max ?? list.length,
        [{ id: q.id, verifying_share: l.verifying_share }]),
      k, list, bytes(q.msg))) };
  },
  'verify-share': (q) => {
    const list = commitmentsOf(q);
    return { valid: F.verifyShare(
      publicOf(q.group_key, list.length, list.length, [q]), list,
      bytes(q.msg), q.id, bytes(q.share)) };
  },
  aggregate: (q) => ({ signature: hex(F.aggregate(
    publicOf(q.group_key, q.min, q.verifying_shares.length,
      q.verifying_shares), commitmentsOf(q), bytes(q.msg),
    Object.fromEntries(q.shares.map((s) => [s.id, bytes(s.share)])))) }),
  verify: (q) => ({ valid: F.verify(bytes(q.signature), bytes(q.msg),
    bytes(q.group_key)) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  let q = {};
  let a;
  try {
    q = JSON.parse(line);
    a = { ok: true, ...ops[q.op](q) };
  } catch (e) {
    a = { ok: false, error: String(e.message) };
    if (e.cheaters) a.culprits = e.cheaters;
  }
  if ('req' in q) a.req = q.req;
  process.stdout.write(JSON.stringify(a) + '\n');
}
