//! Every product in every format under every profile, through the one door.

use tensionmap::Every;
use tensionmap::Profile;
use tensionmap::unstable::output::products;
use tensionmap::{EncodeError, Format, Manifest, Product};
use tensionmap::{Engine, sample};
use tensionmap::{Run, Surface};

fn engine() -> Engine {
    Engine::builder().as_of("2026-03-02").area(sample::boundary()).build().unwrap()
}

/// A place without space.
struct FullDisk;

impl std::io::Write for FullDisk {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Releases a product under each profile, writes it by each of its encoders, twice, and saves it with a manifest.
fn walk<P: Product>(run: &Run<P>) -> (&'static str, Vec<&'static str>) {
    let folder = tempfile::tempdir().unwrap();
    for profile in Profile::ALL {
        let release = profile.release(run.product.released());
        assert_eq!(release.profile(), profile);
        for encoder in P::ENCODERS {
            let bytes = || {
                let mut out = Vec::new();
                encoder.encode(&release, &mut out).unwrap();
                out
            };
            let first = bytes();
            assert!(first.len() > 200 && first == bytes(), "{} as {} for {}", P::NAME, encoder.name(), profile.id());
            assert!(!encoder.about().is_empty() && !encoder.extensions().is_empty());
            let full = encoder.encode(&release, &mut FullDisk).unwrap_err();
            assert!(matches!(full, EncodeError::Write(_)), "{} as {}: {full:?}", P::NAME, encoder.name());
        }
    }
    let names: Vec<&str> = P::ENCODERS.iter().map(|encoder| encoder.extensions()[0]).collect();
    let paths: Vec<_> = names.iter().map(|name| folder.path().join(format!("result.{name}"))).collect();
    let manifest = Manifest::claim(&folder.path().join("map.manifest.json")).unwrap();
    run.save_all(&paths, &[], Some(manifest)).unwrap();
    for (path, encoder) in paths.iter().zip(P::ENCODERS) {
        let format = Format::ALL.iter().find(|format| format.name() == encoder.name()).expect("a format of this name");
        assert_eq!(std::fs::read(path).unwrap(), run.encode(*format).unwrap(), "{} as {format:?}", P::NAME);
    }
    let text = std::fs::read_to_string(folder.path().join("map.manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["provenance"], run.provenance(), "{}", P::NAME);
    let unknown = run.save(folder.path().join("result.xyz")).unwrap_err().to_string();
    for name in &names {
        assert!(unknown.contains(&format!(".{name}")), "{unknown}");
    }
    (P::NAME, names)
}

#[test]
fn every_product_leaves_by_every_encoder_under_every_profile() {
    let read = || engine().incidents(sample::incidents()).unwrap();
    let positions = || engine().keep_positions().incidents(sample::incidents()).unwrap();
    let walked = [
        walk(&read().run().unwrap()),
        walk(&read().series(Some("2026-02-02".parse().unwrap()), Every::WEEK).unwrap()),
        walk(&read().prepare().unwrap().coverage().unwrap()),
        walk(&read().explain("8819631b47fffff").unwrap()),
        walk(&positions().density(&Surface::default()).unwrap()),
        walk(
            &read()
                .near_repeats(&tensionmap::NearRepeatsOptions {
                    permutations: tensionmap::unstable::hotspot::Permutations { draws: 19, seed: 1 },
                    ..Default::default()
                })
                .unwrap(),
        ),
    ];
    let listed: Vec<(&str, Vec<&str>)> = products()
        .into_iter()
        .map(|product| (product.name, product.encoders.iter().map(|encoder| encoder.extensions[0]).collect()))
        .collect();
    assert_eq!(walked.to_vec(), listed);
}
