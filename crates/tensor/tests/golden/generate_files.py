"""Writes the golden files of tests/io with NumPy and the Python package safetensors.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 safetensors==0.8.0
    venv/bin/python generate_files.py

The tests read the files and compare with the same bit patterns, written out in tests/io; they never run Python.
"""

from pathlib import Path

import numpy as np
import safetensors

HERE = Path(__file__).parent
NPY = HERE / "npy"
NPY.mkdir(exist_ok=True)

# The six elements of each type, as bits: the corners of the type.
BITS = {
    "bool": (np.uint8, [0, 1, 1, 0, 0, 1]),
    "int8": (np.uint8, [0, 1, 0x7F, 0x80, 0xFF, 5]),
    "int16": (np.uint16, [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x1234]),
    "int32": (np.uint32, [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x12345678]),
    "int64": (np.uint64, [0, 1, 2**63 - 1, 2**63, 2**64 - 1, 0x123456789ABCDEF0]),
    "uint8": (np.uint8, [0, 1, 0x7F, 0x80, 0xFF, 5]),
    "uint16": (np.uint16, [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x1234]),
    "uint32": (np.uint32, [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x12345678]),
    "uint64": (np.uint64, [0, 1, 2**63 - 1, 2**63, 2**64 - 1, 0x123456789ABCDEF0]),
    # 1.5, -0, the smallest subnormal, infinity, a NaN with a payload, the largest.
    "float16": (np.uint16, [0x3E00, 0x8000, 0x0001, 0x7C00, 0x7E2A, 0x7BFF]),
    "float32": (np.uint32, [0x3FC00000, 0x80000000, 1, 0x7F800000, 0x7FC12345, 0x7F7FFFFF]),
    "float64": (
        np.uint64,
        [0x3FF8000000000000, 2**63, 1, 0x7FF0000000000000, 0x7FF8000012345678, 0x7FEFFFFFFFFFFFFF],
    ),
}


def corners(dtype):
    integer, bits = BITS[dtype]
    return np.array(bits, dtype=integer).view(dtype).reshape(2, 3)


def count(shape, dtype="<f4"):
    return np.arange(np.prod(shape, dtype=int), dtype=dtype).reshape(shape)


for dtype in BITS:
    np.save(NPY / f"{dtype}.npy", corners(dtype))
    if corners(dtype).itemsize > 1:
        np.save(NPY / f"{dtype}_big.npy", corners(dtype).astype(np.dtype(dtype).newbyteorder(">")))

np.save(NPY / "fortran.npy", np.asfortranarray(count((2, 3, 4))))
np.save(NPY / "fortran_big.npy", np.asfortranarray(count((2, 3), ">i4")))
np.save(NPY / "rank0.npy", np.float32(2.5))
np.save(NPY / "rank8.npy", count((1, 2, 1, 3, 1, 1, 2, 1)))
np.save(NPY / "rank9.npy", count((1, 2, 1, 3, 1, 1, 2, 1, 1)))
np.save(NPY / "empty.npy", np.zeros((0, 3), dtype="<f8"))
for version in [(2, 0), (3, 0)]:
    with open(NPY / f"version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, count((2, 2)), version=version)

np.save(NPY / "unsupported_text.npy", np.array(["a", "bc"]))
np.save(NPY / "unsupported_bytes.npy", np.array([b"a", b"bc"]))
np.save(NPY / "unsupported_object.npy", np.array([1, "a", None], dtype=object), allow_pickle=True)
np.save(NPY / "unsupported_fields.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4", (2,))]))
np.save(NPY / "unsupported_complex.npy", np.zeros(2, dtype="<c8"))
np.save(NPY / "unsupported_time.npy", np.zeros(2, dtype="<M8[ns]"))
np.save(NPY / "unsupported_long_double.npy", np.zeros(2, dtype=np.longdouble))

arrays = {
    "weight": count((3, 4)),
    "labels": np.array([3, 1, 2], dtype="u1"),
    "mask": np.array([[True, False]]),
    "half": corners("float16"),
    "nested/path": count((2,), "<f8"),
}
np.savez(HERE / "arrays.npz", **arrays)
np.savez_compressed(HERE / "arrays_compressed.npz", **arrays)

# Kept alive until the file is written: the library sees pointers.
data = {name: (name, corners(name)) for name in BITS}
# 1.5, -0, the smallest subnormal, infinity, a NaN, -2.
data["bfloat16"] = ("bfloat16", np.array([0x3FC0, 0x8000, 1, 0x7F80, 0x7FC1, 0xC000], dtype="<u2"))
data["scalar"] = ("float32", np.array(2.5, dtype="<f4"))
data["empty"] = ("float32", np.zeros((0, 3), dtype="<f4"))
data["float8"] = ("float8_e4m3fn", np.array([1, 2, 3], dtype="u1"))
specs = {
    name: safetensors.TensorSpec(
        dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes
    )
    for name, (dtype, array) in data.items()
}
metadata = {"näme": 'a "quoted"\ntext'}
(HERE / "types.safetensors").write_bytes(safetensors.serialize(specs, metadata=metadata))
