//! What holds of every variant of every workload.

use heapgym_shared::{field::Reader, workload::WORKLOADS};

use super::*;

fn workload(id: &str) -> Workload {
    let value = serde_json::json!({"kind": id});
    Workload::parse(Reader::new("workload", &value).unwrap()).unwrap()
}

#[test]
fn every_variant_of_the_catalogue_has_a_handler_and_a_source() {
    let resources = Resources { downstream: Some(([127, 0, 0, 1], 1).into()), ..Resources::default() };
    for info in WORKLOADS {
        let workload = workload(info.id);
        for variant in info.variants {
            assert!(router(&workload, variant.id, &resources).is_ok(), "{}", variant.id);
            let source = source(info.id, variant.id).unwrap();
            assert!(source.contains("async fn handle"), "{}", variant.id);
        }
        assert!(router(&workload, "no such variant", &resources).is_err());
    }
}

#[test]
fn orders_need_an_inventory() {
    assert!(router(&workload("orders"), "naive", &Resources::default()).is_err());
}
