//! jemalloc's size classes with what lives in them: which sizes the memory is in, and how full their slabs are.

use heapgym_shared::sample::SizeClass;
use tikv_jemalloc_ctl::epoch;

use super::mib::{ALL_ARENAS, read};
use crate::Error;

/// The size classes with anything live in them, the smallest first. Some hundred lookups by name, about 0.2 ms:
/// for a moment of interest, not for each sample.
///
/// # Errors
/// When jemalloc does not answer.
pub fn size_classes() -> Result<Vec<SizeClass>, Error> {
    epoch::advance()?;
    let mut classes = Vec::new();
    for bin in 0..read::<u32>("arenas.nbins")? {
        let of_bin = |figure: &str| read::<usize>(&format!("stats.arenas.{ALL_ARENAS}.bins.{bin}.{figure}"));
        let live = of_bin("curregs")? as u64;
        if live > 0 {
            let regions = u64::from(read::<u32>(&format!("arenas.bin.{bin}.nregs"))?);
            classes.push(SizeClass {
                size_bytes: read::<usize>(&format!("arenas.bin.{bin}.size"))? as u64,
                live,
                room: of_bin("curslabs")? as u64 * regions,
            });
        }
    }
    for class in 0..read::<u32>("arenas.nlextents")? {
        let live = read::<usize>(&format!("stats.arenas.{ALL_ARENAS}.lextents.{class}.curlextents"))? as u64;
        if live > 0 {
            let size_bytes = read::<usize>(&format!("arenas.lextent.{class}.size"))? as u64;
            classes.push(SizeClass { size_bytes, live, room: live });
        }
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_in_its_class() {
        let _alone = crate::alone_with_memory();
        let held: Vec<Vec<u8>> = (0..1000).map(|_| Vec::with_capacity(3000)).collect();
        let large = std::hint::black_box(vec![1u8; 5 << 20]);
        let classes = size_classes().unwrap();
        let class = classes.iter().find(|class| class.size_bytes == 3072).unwrap();
        assert!(class.live >= 1000 && class.room >= class.live, "{class:?}");
        assert!(classes.iter().any(|class| class.size_bytes == 5 << 20 && class.live >= 1));
        assert!(classes.windows(2).all(|pair| pair[0].size_bytes < pair[1].size_bytes));
        drop((held, large));
    }
}
