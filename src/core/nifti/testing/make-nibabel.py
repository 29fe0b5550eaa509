"""Makes nibabel.json: small files written by nibabel with the affines and values it reads from them,
and a few voxels of the reference cohort. Run from the root of the repository:
python3 src/core/nifti/testing/make-nibabel.py"""
import base64, glob, json, os
import nibabel as nib
import numpy as np

rng = np.random.default_rng(5)
HERE = os.path.dirname(os.path.abspath(__file__))
CAPS = "tests/fixtures/reference/synthetic/caps"


def rotation(x, y, z):
    c, s = np.cos, np.sin
    rx = np.array([[1, 0, 0], [0, c(x), -s(x)], [0, s(x), c(x)]])
    ry = np.array([[c(y), 0, s(y)], [0, 1, 0], [-s(y), 0, c(y)]])
    rz = np.array([[c(z), -s(z), 0], [s(z), c(z), 0], [0, 0, 1]])
    return rx @ ry @ rz


def affine(angles, zooms, origin, flip=False, shear=0.0):
    out = np.eye(4)
    out[:3, :3] = rotation(*angles) @ np.diag(zooms)
    out[0, 1] += shear
    if flip:
        out[:3, 2] *= -1
    out[:3, 3] = origin
    return out


def case(name, dtype, a, sform, qform, qaffine=None, kind=nib.Nifti1Image, endian="<", scale=None, shape=(3, 4, 2)):
    header = kind.header_class(endianness=endian)
    header.set_data_dtype(np.dtype(dtype).newbyteorder(endian))
    header.set_data_shape(shape)
    header.set_zooms((1.5, 2.5, 3.5) + (1,) * (len(shape) - 3))
    header.set_sform(a if sform else None, sform)
    header.set_qform(a if qaffine is None else qaffine, qform)
    if not sform and not qform:
        header["pixdim"][1:4] = (1.5, 2.5, 3.5)
    stored = rng.integers(0, 100, shape).astype(np.dtype(dtype).newbyteorder(endian))
    if scale:
        header["scl_slope"], header["scl_inter"] = scale
    else:
        header["scl_slope"], header["scl_inter"] = 1, 0
    header["vox_offset"] = header.single_vox_offset
    raw = header.binaryblock + b"\0\0\0\0" + stored.tobytes(order="F")
    image = kind.from_bytes(raw)
    return {
        "name": name,
        "file": base64.b64encode(raw).decode(),
        "affine": image.affine.ravel().tolist(),
        "axes": "".join(nib.aff2axcodes(image.affine)),
        "values": np.squeeze(image.get_fdata()).astype(np.float32).ravel().tolist(),
    }


tilted = affine((0.2, -0.3, 0.5), (1.5, 2.5, 3.5), (-40.25, 12.5, 7.75))
left = affine((-0.4, 0.1, 2.9), (1.0, 0.5, 2.0), (90, -126, -72), flip=True)
half = affine((np.pi, 0, 0), (1, 1, 2), (1, 2, 3))
other = affine((0.25, -0.3, 0.5), (1.5, 2.5, 3.5), (-40.25, 12.5, 7.75))
sheared = affine((0.2, 0.1, 0), (2, 2, 2), (5, 6, 7), shear=0.3)
cases = [
    case("sform alone", "int16", sheared, 2, 0),
    case("qform alone", "uint8", tilted, 0, 1),
    case("qform, left-handed", "float32", left, 0, 1),
    case("qform, half turn", "float64", half, 0, 1),
    case("sform before qform", "int32", tilted, 1, 1, qaffine=other),
    case("neither", "uint16", tilted, 0, 0),
    case("big-endian, scaled", "int16", left, 4, 4, endian=">", scale=(0.25, -3)),
    case("NIfTI-2", "float32", tilted, 1, 1, kind=nib.Nifti2Image),
    case("NIfTI-2, big-endian", "int64", left, 0, 2, kind=nib.Nifti2Image, endian=">"),
    case("a fourth dimension of 1", "int8", tilted, 1, 0, shape=(3, 4, 2, 1)),
]
volumes = []
for path in sorted(glob.glob(CAPS + "/subjects/*/*/t1_linear/*.nii.gz"))[:2]:
    image = nib.load(path)
    data = image.get_fdata(dtype=np.float32)
    inside = np.argwhere(data > 0)
    index = [[int(v) for v in inside[k]] for k in rng.integers(0, len(inside), 12)]
    brightest = np.unravel_index(np.argmax(data), data.shape)
    index.append([int(v) for v in brightest])
    volumes.append({
        "path": path,
        "shape": list(data.shape),
        "affine": image.affine.ravel().tolist(),
        "sum": float(data.astype(np.float64).sum()),
        "voxels": [{"at": i, "value": float(data[tuple(i)])} for i in index],
    })
with open(HERE + "/nibabel.json", "w") as out:
    json.dump({"nibabel": nib.__version__, "cases": cases, "volumes": volumes}, out, indent=1)
    out.write("\n")
