"""Reading the GPUs of this machine through NVML, or from a file in tests."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from mdtui.core.gpus import Gpu, GpuProcess

FAKE_VARIABLE = "MDTUI_FAKE_GPUS"

_MIB = 1 << 20


class GpuReader(Protocol):
    """Reads every device once."""

    def read(self) -> tuple[Gpu, ...] | None:
        """Returns a reading of every device.

        None on a machine without GPUs; an empty tuple when there are some and they
        cannot be read just now.
        """
        ...


def gpu_reader(environment: Mapping[str, str], log: Callable[[str], None]) -> GpuReader:
    """Returns the reader for this process.

    Args:
      environment: `MDTUI_FAKE_GPUS` names a file to read instead of the devices.
      log: takes one line when the devices cannot be read.
    """
    fake = environment.get(FAKE_VARIABLE)
    return FakeGpus(Path(fake)) if fake else NvmlGpus(log)


class FakeGpus:
    """Devices described in a JSON file, which may change at any time.

    `{"gpus": [{"uuid": "GPU-1", "name": "H100", "memory_total_mib": 80000,
    "memory_used_mib": 0, "utilization": 0, "processes": [{"pid": 1,
    "memory_mib": 10}]}]}`; all but the uuid may be left out. No file, no GPUs;
    something else in it: they cannot be read.

    Args:
      path: the file.
    """

    def __init__(self, path: Path):
        self._path = path

    def read(self) -> tuple[Gpu, ...] | None:
        """Returns what the file says now."""
        try:
            described = json.loads(self._path.read_bytes())["gpus"]
            return tuple(_fake_gpu(gpu) for gpu in described)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return ()


def _fake_gpu(described: Mapping[str, Any]) -> Gpu:
    processes = described.get("processes", ())
    return Gpu(
        uuid=described["uuid"],
        name=described.get("name", "fake"),
        memory_total_mib=described.get("memory_total_mib", 80_000),
        memory_used_mib=described.get("memory_used_mib", 0),
        utilization=described.get("utilization", 0),
        processes=tuple(GpuProcess(p["pid"], p.get("memory_mib")) for p in processes),
    )


class NvmlGpus:
    """The devices that NVIDIA's driver shows; a MIG instance is one of its own.

    Args:
      log: takes one line when the devices cannot be read.
    """

    def __init__(self, log: Callable[[str], None]):
        self._log = log
        self._nvml: Any = None
        self._complaint = ""

    def read(self) -> tuple[Gpu, ...] | None:
        """Returns a reading of every device; None without a driver or a device."""
        import pynvml  # here, because a machine without GPUs need not carry it

        if self._nvml is None:
            # Without a driver there are no GPUs. Any other failure, such as a library
            # newer than the loaded driver after an update, hides some that exist.
            absent = (
                pynvml.NVMLError_LibraryNotFound,
                pynvml.NVMLError_DriverNotLoaded,
            )
            try:
                pynvml.nvmlInit()
            except absent:
                return None
            except pynvml.NVMLError as error:
                return self._unreadable(error)
            self._nvml = pynvml
        try:
            count = pynvml.nvmlDeviceGetCount()
            handles = [pynvml.nvmlDeviceGetHandleByIndex(n) for n in range(count)]
            readings = [gpu for h in handles for gpu in self._devices(h)]
        except pynvml.NVMLError as error:
            return self._unreadable(error)
        self._complaint = ""
        return tuple(readings) or None

    def _unreadable(self, error: Exception) -> tuple[Gpu, ...]:
        """Returns no reading, and says why when it was not said before."""
        if str(error) != self._complaint:
            self._complaint = str(error)
            self._log(f"the GPUs cannot be read: {error}")
        return ()

    def _devices(self, handle: Any) -> list[Gpu]:
        instances = self._instances(handle)
        if instances is None:
            return [self._reading(handle)]
        return [self._reading(instance) for instance in instances]

    def _instances(self, handle: Any) -> list[Any] | None:
        """Returns the MIG instances of a device, or None if it is not divided."""
        nvml = self._nvml
        try:
            current, _ = nvml.nvmlDeviceGetMigMode(handle)
        except nvml.NVMLError:
            return None  # a product without MIG
        if current != nvml.NVML_DEVICE_MIG_ENABLE:
            return None
        instances = []
        for index in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
            with contextlib.suppress(nvml.NVMLError_NotFound):
                instances.append(
                    nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index)
                )
        return instances

    def _reading(self, handle: Any) -> Gpu:
        nvml = self._nvml
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        utilization = None
        with contextlib.suppress(nvml.NVMLError):  # not told for a MIG instance
            utilization = nvml.nvmlDeviceGetUtilizationRates(handle).gpu
        return Gpu(
            uuid=_text(nvml.nvmlDeviceGetUUID(handle)),
            name=_text(nvml.nvmlDeviceGetName(handle)),
            memory_total_mib=memory.total // _MIB,
            memory_used_mib=memory.used // _MIB,
            utilization=utilization,
            processes=tuple(
                GpuProcess(
                    process.pid,
                    None
                    if process.usedGpuMemory is None
                    else process.usedGpuMemory // _MIB,
                )
                for process in nvml.nvmlDeviceGetComputeRunningProcesses(handle)
            ),
        )


def _text(value: str | bytes) -> str:
    """Returns a text of NVML, which older bindings give as bytes."""
    return value.decode() if isinstance(value, bytes) else value
