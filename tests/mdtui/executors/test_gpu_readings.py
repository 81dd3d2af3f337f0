import json
import sys
from types import SimpleNamespace

import pytest

from mdtui.core.gpus import Gpu, GpuProcess
from mdtui.executors.gpu_readings import FakeGpus, NvmlGpus, gpu_reader

MIB = 1 << 20


class NVMLError(Exception):
    pass


class NVMLErrorNotFound(NVMLError):
    pass


class NVMLErrorDriverNotLoaded(NVMLError):
    pass


class FakeNvml:
    """The few calls that are made, on a machine that the test describes."""

    NVMLError = NVMLError
    NVMLError_NotFound = NVMLErrorNotFound
    NVMLError_DriverNotLoaded = NVMLErrorDriverNotLoaded
    NVMLError_LibraryNotFound = NVMLErrorDriverNotLoaded
    NVML_DEVICE_MIG_ENABLE = 1

    def __init__(self, devices):
        self.devices, self.initialized = devices, 0
        self.fails = self.mismatch = False

    def nvmlInit(self):
        self.initialized += 1
        if self.devices is None:
            raise NVMLErrorDriverNotLoaded("Driver Not Loaded")
        if self.mismatch:
            raise NVMLError("Driver/library version mismatch")

    def nvmlDeviceGetCount(self):
        if self.fails:
            raise NVMLError("GPU is lost")
        return len(self.devices)

    def nvmlDeviceGetHandleByIndex(self, index):
        return self.devices[index]

    def nvmlDeviceGetMigMode(self, device):
        if device.instances is None:
            raise NVMLError("Not Supported")
        return int(bool(device.instances)), 0

    def nvmlDeviceGetMaxMigDeviceCount(self, device):
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, device, index):
        if index >= len(device.instances):
            raise NVMLErrorNotFound("Not Found")
        return device.instances[index]

    def nvmlDeviceGetMemoryInfo(self, device):
        return SimpleNamespace(total=device.total * MIB, used=device.used * MIB)

    def nvmlDeviceGetUtilizationRates(self, device):
        if device.utilization is None:
            raise NVMLError("Not Supported")
        return SimpleNamespace(gpu=device.utilization)

    def nvmlDeviceGetUUID(self, device):
        return device.uuid

    def nvmlDeviceGetName(self, device):
        return b"NVIDIA H100"

    def nvmlDeviceGetComputeRunningProcesses(self, device):
        return [
            SimpleNamespace(pid=pid, usedGpuMemory=memory and memory * MIB)
            for pid, memory in device.processes
        ]


def device(uuid, used=600, utilization=3, processes=(), instances=None):
    return SimpleNamespace(
        uuid=uuid,
        total=80_000,
        used=used,
        utilization=utilization,
        processes=processes,
        instances=instances,
    )


@pytest.fixture
def nvml(monkeypatch):
    def install(devices):
        fake = FakeNvml(devices)
        monkeypatch.setitem(sys.modules, "pynvml", fake)
        return fake, NvmlGpus(said.append)

    said = install.said = []
    return install


def test_no_driver_and_no_device_are_no_gpus(nvml):
    assert nvml(None)[1].read() is None
    assert nvml([])[1].read() is None


def test_a_device_is_read_with_its_processes(nvml):
    _, reader = nvml([device("GPU-a", 900, 97, [(11, 300), (12, None)])])
    assert reader.read() == (
        Gpu(
            uuid="GPU-a",
            name="NVIDIA H100",
            memory_total_mib=80_000,
            memory_used_mib=900,
            utilization=97,
            processes=(GpuProcess(11, 300), GpuProcess(12, None)),
        ),
    )


def test_mig_instances_are_devices_without_utilization(nvml):
    instances = [device("MIG-1", utilization=None), device("MIG-2", utilization=None)]
    _, reader = nvml([device("GPU-a", instances=instances), device("GPU-b")])
    found = reader.read()
    assert [gpu.uuid for gpu in found] == ["MIG-1", "MIG-2", "GPU-b"]
    assert [gpu.utilization for gpu in found] == [None, None, 3]


def test_what_cannot_be_read_is_not_no_gpu_and_said_once(nvml):
    fake, reader = nvml([device("GPU-a")])
    assert len(reader.read()) == 1
    fake.fails = True
    assert reader.read() == () == reader.read()
    assert nvml.said == ["the GPUs cannot be read: GPU is lost"]
    fake.fails = False
    assert len(reader.read()) == 1
    assert fake.initialized == 1


def test_a_driver_that_does_not_fit_hides_gpus_that_exist(nvml):
    fake, reader = nvml([device("GPU-a")])
    fake.mismatch = True
    assert reader.read() == ()
    fake.mismatch = False
    assert len(reader.read()) == 1


def test_the_fake_provider_reads_its_file_each_time(tmp_path):
    path = tmp_path / "gpus.json"
    reader = gpu_reader({"MDTUI_FAKE_GPUS": str(path)}, print)
    assert isinstance(reader, FakeGpus)
    assert reader.read() is None
    path.write_text(
        json.dumps({"gpus": [{"uuid": "GPU-1", "processes": [{"pid": 7}]}]})
    )
    (gpu,) = reader.read()
    assert (gpu.uuid, gpu.processes) == ("GPU-1", (GpuProcess(7, None),))
    for damaged in ("{", "[]", '{"gpus": [{}]}', '{"gpus": 1}'):
        path.write_text(damaged)
        assert reader.read() == ()


def test_without_the_variable_the_driver_is_asked():
    assert isinstance(gpu_reader({}, print), NvmlGpus)
