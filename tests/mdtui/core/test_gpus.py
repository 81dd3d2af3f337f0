from mdtui.core.gpus import Gpu, GpuProcess, device_environment, free_gpus

EMPTY = Gpu("GPU-a", "H100", 80_000, 600)


def test_free_means_nobody_computes_and_the_memory_is_free():
    gpus = (
        Gpu("GPU-busy", "H100", 80_000, 600, processes=(GpuProcess(1),)),
        Gpu("GPU-held", "H100", 80_000, 20_000),
        EMPTY,
        Gpu("MIG-b", "H100 1g.10gb", 10_000, 12),
    )
    assert free_gpus(gpus, ()) == ("GPU-a", "MIG-b")
    assert free_gpus(gpus, {"GPU-a"}) == ("MIG-b",)


def test_devices_are_named_by_uuid_in_the_order_of_the_bus():
    assert dict(device_environment(("GPU-a", "GPU-b"), True)) == {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": "GPU-a,GPU-b",
    }
    assert dict(device_environment((), True))["CUDA_VISIBLE_DEVICES"] == ""
    assert device_environment((), False) == ()
