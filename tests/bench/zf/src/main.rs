// SPDX-License-Identifier: Apache-2.0
// ZF frost-ed25519 on the work of tests/bench/quorum.c, from bytes where that
// one is. Prints "K/N NAME MICROSECONDS" of CPU, the least of some turns.
use frost_ed25519 as frost;
use frost::keys::{dkg, IdentifierList};
use frost::{round1, round2, Identifier, SigningPackage};
use rand_core::OsRng;
use std::collections::BTreeMap;

fn cpu_us() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut t) };
    t.tv_sec as f64 * 1e6 + t.tv_nsec as f64 / 1e3
}

fn least<T>(turns: usize, mut work: impl FnMut() -> T) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..turns {
        let began = cpu_us();
        std::hint::black_box(work());
        best = best.min(cpu_us() - began);
    }
    best
}

fn signing(k: u16, n: u16, turns: usize) {
    let name = format!("{k}/{n}");
    let (shares, public) =
        frost::keys::generate_with_dealer(n, k, IdentifierList::Default, OsRng).unwrap();
    let keys: Vec<_> = shares
        .into_values()
        .take(k as usize)
        .map(|s| frost::keys::KeyPackage::try_from(s).unwrap())
        .collect();
    let message = [7u8; 600];
    let mut nonces = BTreeMap::new();
    let mut commitments = BTreeMap::new();
    for key in &keys {
        let (a, b) = round1::commit(key.signing_share(), &mut OsRng);
        nonces.insert(*key.identifier(), a);
        commitments.insert(*key.identifier(), b);
    }
    println!("{name} round1 {:.2}", least(turns, || {
        round1::commit(keys[0].signing_share(), &mut OsRng)
    }));
    let package = SigningPackage::new(commitments, &message);
    let bytes = package.serialize().unwrap();
    println!("{name} round2 {:.2}", least(turns, || {
        let p = SigningPackage::deserialize(&bytes).unwrap();
        round2::sign(&p, &nonces[keys[0].identifier()], &keys[0]).unwrap()
    }));
    let mut z: Vec<_> = keys
        .iter()
        .map(|key| {
            let id = *key.identifier();
            (id, round2::sign(&package, &nonces[&id], key).unwrap().serialize())
        })
        .collect();
    let add = |z: &Vec<(Identifier, Vec<u8>)>| {
        let p = SigningPackage::deserialize(&bytes).unwrap();
        let shares = z
            .iter()
            .map(|(id, b)| (*id, round2::SignatureShare::deserialize(b).unwrap()))
            .collect();
        frost::aggregate(&p, &shares, &public)
    };
    println!("{name} aggregate {:.2}", least(turns, || add(&z).unwrap()));
    let share = round2::SignatureShare::deserialize(&z[0].1).unwrap();
    let id = z[0].0;
    let key = public.verifying_key();
    let factors = frost_core::compute_binding_factor_list(&package, key, &[]).unwrap();
    let r = frost_core::compute_group_commitment(&package, &factors).unwrap();
    let c = frost_core::challenge::<frost::Ed25519Sha512>(&r.to_element(), key, &message).unwrap();
    let lambda = frost_core::derive_interpolating_value(&id, &package).unwrap();
    let own = package.signing_commitment(&id).unwrap();
    println!("{name} share {:.2}", least(turns, || {
        let part = own.to_group_commitment_share(factors.get(&id).unwrap());
        share.verify(id, &part, public.verifying_shares().get(&id).unwrap(), lambda, &c).unwrap()
    }));
    let middle = z.len() / 2;
    z[middle].1[0] ^= 1;
    println!("{name} blame {:.2}", least(turns, || add(&z).unwrap_err()));
}

fn key_generation(k: u16, n: u16, turns: usize) {
    let name = format!("{k}/{n}");
    let ids: Vec<Identifier> = (1..=n).map(|i| i.try_into().unwrap()).collect();
    let mut secrets = BTreeMap::new();
    let mut packages = BTreeMap::new();
    for id in &ids {
        let (s, p) = dkg::part1(*id, n, k, OsRng).unwrap();
        secrets.insert(*id, s);
        packages.insert(*id, p);
    }
    let me = ids[n as usize / 2];
    let mut received = BTreeMap::new();
    let mut mine = None;
    for id in &ids {
        let mut others = packages.clone();
        others.remove(id);
        let (s, mut out) = dkg::part2(secrets[id].clone(), &others).unwrap();
        if *id == me {
            mine = Some(s);
        } else {
            received.insert(*id, out.remove(&me).unwrap());
        }
    }
    let mine = mine.unwrap();
    packages.remove(&me);
    let bytes: Vec<_> =
        packages.iter().map(|(id, p)| (*id, p.serialize().unwrap())).collect();
    println!("{name} part3 {:.2}", least(turns, || {
        dkg::part3(&mine, &packages, &received).unwrap()
    }));
    println!("{name} part3-decode {:.2}", least(turns, || {
        let p = bytes
            .iter()
            .map(|(id, b)| (*id, dkg::round1::Package::deserialize(b).unwrap()))
            .collect();
        dkg::part3(&mine, &p, &received).unwrap()
    }));
}

fn main() {
    for (k, n) in [(2, 3), (3, 5), (5, 7), (7, 10), (34, 50), (67, 100)] {
        let turns = if k > 10 { 8 } else { 60 };
        signing(k, n, turns);
        key_generation(k, n, if k > 10 { 2 } else { 20 });
    }
}
