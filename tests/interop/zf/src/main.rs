// SPDX-License-Identifier: Apache-2.0
// ZF frost behind the line protocol of frost_participant.c.
//   zf-participant ed25519|secp256k1
use frost_core::keys::{IdentifierList, KeyPackage, PublicKeyPackage, SigningShare, VerifyingShare};
use frost_core::round1::{NonceCommitment, SigningCommitments, SigningNonces};
use frost_core::round2::SignatureShare;
use frost_core::{Ciphersuite, Identifier, Signature, SigningKey, SigningPackage, VerifyingKey};
use rand_core::OsRng;
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Write};

type Fallible<T> = Result<T, Box<dyn Error>>;

struct Participant<C: Ciphersuite> {
    name: String,
    keys: BTreeMap<Identifier<C>, KeyPackage<C>>,
    nonces: BTreeMap<String, SigningNonces<C>>,
    made: usize,
}

fn text<'a>(q: &'a Value, name: &str) -> Fallible<&'a str> {
    q[name].as_str().ok_or_else(|| format!("no {name}").into())
}

fn bytes(q: &Value, name: &str) -> Fallible<Vec<u8>> {
    Ok(hex::decode(text(q, name)?)?)
}

fn list<'a>(q: &'a Value, name: &str) -> Fallible<&'a Vec<Value>> {
    q[name].as_array().ok_or_else(|| format!("no {name}").into())
}

fn id<C: Ciphersuite>(q: &Value) -> Fallible<Identifier<C>> {
    Ok(Identifier::deserialize(&bytes(q, "id")?)?)
}

fn package<C: Ciphersuite>(q: &Value) -> Fallible<SigningPackage<C>> {
    let mut commitments = BTreeMap::new();
    for c in list(q, "commitments")? {
        let pair = SigningCommitments::new(
            NonceCommitment::deserialize(&bytes(c, "hiding")?)?,
            NonceCommitment::deserialize(&bytes(c, "binding")?)?,
        );
        if commitments.insert(id(c)?, pair).is_some() {
            return Err("an identifier is named twice".into());
        }
    }
    Ok(SigningPackage::new(commitments, &bytes(q, "msg")?))
}

fn serialized<C: Ciphersuite>(sig: &Signature<C>) -> Fallible<String> {
    Ok(hex::encode(sig.serialize()?))
}

impl<C: Ciphersuite> Participant<C> {
    fn answer(&mut self, q: &Value) -> Fallible<Value> {
        match text(q, "op")? {
            "hello" => Ok(json!({"impl": "zf", "suite": self.name, "ops": ["hello", "dealer",
                "load", "commit", "sign", "verify-share", "aggregate", "verify"]})),
            "dealer" => self.dealer(q),
            "load" => {
                let share = SigningShare::deserialize(&bytes(q, "share")?)?;
                let y: VerifyingShare<C> = share.into();
                let key = VerifyingKey::deserialize(&bytes(q, "group_key")?)?;
                let min = q["min"].as_u64().ok_or("no min")? as u16;
                self.keys.insert(id(q)?, KeyPackage::new(id(q)?, share, y, key, min));
                Ok(json!({"verifying_share": hex::encode(y.serialize()?)}))
            }
            "commit" => {
                let key = self.keys.get(&id(q)?).ok_or("not loaded")?;
                let (nonces, c) = frost_core::round1::commit(key.signing_share(), &mut OsRng);
                self.made += 1;
                let handle = self.made.to_string();
                self.nonces.insert(handle.clone(), nonces);
                Ok(json!({"nonce": handle, "hiding": hex::encode(c.hiding().serialize()?),
                    "binding": hex::encode(c.binding().serialize()?)}))
            }
            "sign" => {
                let nonces = self.nonces.remove(text(q, "nonce")?).ok_or("the nonce is spent")?;
                let key = self.keys.get(&id(q)?).ok_or("not loaded")?;
                let z = frost_core::round2::sign(&package(q)?, &nonces, key)?;
                Ok(json!({"share": hex::encode(z.serialize())}))
            }
            "verify-share" => {
                let valid = frost_core::verify_signature_share::<C>(
                    id(q)?,
                    &VerifyingShare::deserialize(&bytes(q, "verifying_share")?)?,
                    &SignatureShare::deserialize(&bytes(q, "share")?)?,
                    &package(q)?,
                    &VerifyingKey::deserialize(&bytes(q, "group_key")?)?,
                );
                Ok(json!({"valid": valid.is_ok()}))
            }
            "aggregate" => self.aggregate(q),
            "verify" => {
                let key = VerifyingKey::<C>::deserialize(&bytes(q, "group_key")?)?;
                let sig = Signature::deserialize(&bytes(q, "signature")?)?;
                Ok(json!({"valid": key.verify(&bytes(q, "msg")?, &sig).is_ok()}))
            }
            _ => Err("no such operation".into()),
        }
    }

    fn dealer(&self, q: &Value) -> Fallible<Value> {
        let n = q["n"].as_u64().ok_or("no n")? as u16;
        let t = q["t"].as_u64().ok_or("no t")? as u16;
        let secret = SigningKey::<C>::new(&mut OsRng);
        let (shares, public) =
            frost_core::keys::split(&secret, n, t, IdentifierList::Default, &mut OsRng)?;
        let mut out = Vec::new();
        let mut commitment = Vec::new();
        for (id, s) in &shares {
            commitment = s.commitment().serialize()?.iter().map(hex::encode).collect();
            out.push(json!({"id": hex::encode(id.serialize()),
                "share": hex::encode(s.signing_share().serialize()),
                "verifying_share": hex::encode(public.verifying_shares()[id].serialize()?)}));
        }
        Ok(json!({"group_key": hex::encode(public.verifying_key().serialize()?),
            "commitment": commitment, "shares": out}))
    }

    fn aggregate(&self, q: &Value) -> Fallible<Value> {
        let mut shares: BTreeMap<Identifier<C>, _> = BTreeMap::new();
        let mut verifying: BTreeMap<Identifier<C>, _> = BTreeMap::new();
        for s in list(q, "shares")? {
            shares.insert(id(s)?, SignatureShare::deserialize(&bytes(s, "share")?)?);
        }
        for s in list(q, "verifying_shares")? {
            verifying.insert(id(s)?, VerifyingShare::deserialize(&bytes(s, "verifying_share")?)?);
        }
        let key = VerifyingKey::deserialize(&bytes(q, "group_key")?)?;
        let min = q["min"].as_u64().ok_or("no min")? as u16;
        let public = PublicKeyPackage::new(verifying, key, Some(min));
        match frost_core::aggregate_custom(
            &package(q)?,
            &shares,
            &public,
            frost_core::CheaterDetection::AllCheaters,
        ) {
            Ok(sig) => Ok(json!({"signature": serialized(&sig)?})),
            Err(frost_core::Error::InvalidSignatureShare { culprits }) => {
                let ids: Vec<_> = culprits.iter().map(|c| hex::encode(c.serialize())).collect();
                Ok(json!({"ok": false, "error": "invalid shares", "culprits": ids}))
            }
            Err(e) => Err(e.into()),
        }
    }
}

fn run<C: Ciphersuite>(name: &str) -> Fallible<()> {
    let mut p = Participant::<C> {
        name: name.into(),
        keys: BTreeMap::new(),
        nonces: BTreeMap::new(),
        made: 0,
    };
    for line in std::io::stdin().lock().lines() {
        let q: Value = serde_json::from_str(&line?).unwrap_or(Value::Null);
        let mut a = match p.answer(&q) {
            Ok(a) => a,
            Err(e) => json!({"ok": false, "error": e.to_string()}),
        };
        if a["ok"].is_null() {
            a["ok"] = json!(true);
        }
        if !q["req"].is_null() {
            a["req"] = q["req"].clone();
        }
        println!("{a}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn main() -> Fallible<()> {
    match std::env::args().nth(1).as_deref() {
        Some("ed25519") => run::<frost_ed25519::Ed25519Sha512>("ed25519"),
        Some("secp256k1") => run::<frost_secp256k1_tr::Secp256K1Sha256TR>("secp256k1"),
        _ => Err("usage: zf-participant ed25519|secp256k1".into()),
    }
}
