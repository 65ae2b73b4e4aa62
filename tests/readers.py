"""readers.py FOLDER n...: ParaView's two XDMF readers and its netCDF-CF reader see the field 1 + x + 10 y + 100 z with 9 in its last corner, the velocity
beside it, and the film."""
import glob
import sys

import h5py
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline
from vtkmodules.vtkIONetCDF import vtkNetCDFCFReader
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader
from vtkmodules.vtkIOXdmf3 import vtkXdmf3Reader

folder, sizes = sys.argv[1], [int(n) for n in sys.argv[2:]]
sizes += [1] * (3 - len(sizes))
centres = [[(i + 0.5) * (a + 1) / n for i in range(n)] if n > 1 else [0.0] for a, n in enumerate(sizes)]


def check(reader, data):
    """Point by point: VTK's points run with x first, and each tells where it is."""
    assert data.GetDimensions() == tuple(sizes), (reader, data.GetDimensions())
    values = vtk_to_numpy(data.GetPointData().GetArray("density"))
    assert len(values) == data.GetNumberOfPoints() == sizes[0] * sizes[1] * sizes[2]
    for i, value in enumerate(values):
        x, y, z = data.GetPoint(i)
        where = (i % sizes[0], i // sizes[0] % sizes[1], i // (sizes[0] * sizes[1]))
        assert all(abs(p - c[k]) < 1e-12 for p, c, k in zip((x, y, z), centres, where)), (reader, i, (x, y, z))
        expected = 9 if i == len(values) - 1 else 1 + x + 10 * y + 100 * z
        assert abs(value - expected) < 1e-12 * expected, (reader, i, value, expected)


def open_series(name, kind, count):
    """A series of so many files up to time 2e-4, evenly."""
    reader = vtkXdmfReader()
    reader.SetFileName(f"{folder}/{name}.xdmf")
    assert reader.CanReadFile(f"{folder}/{name}.xdmf")
    reader.UpdateInformation()
    steps, key = reader.GetOutputInformation(0), vtkStreamingDemandDrivenPipeline.TIME_STEPS()
    times = [steps.Get(key, i) for i in range(steps.Length(key))]
    paths = sorted(glob.glob(f"{folder}/{kind}-*.h5"))
    assert len(times) == len(paths) == count and all(abs(t - i * 2e-4 / (count - 1)) < 1e-12 for i, t in enumerate(times)), times
    return reader, times, paths


def same(reader, time, path, *names):
    """At a time a series shows what h5py reads in its file."""
    reader.UpdateTimeStep(time)
    data = reader.GetOutputDataObject(0).GetPointData()
    with h5py.File(path) as f:
        for name in names:
            assert (vtk_to_numpy(data.GetArray(name)) == f[name][...].ravel()).all(), (path, name)


series, times, paths = open_series("flow", "density", 3)
series.UpdateTimeStep(times[0])
check("XDMF", series.GetOutputDataObject(0))
same(series, times[2], paths[2], "density", "potential", *(f"velocity_{a}" for a in "xyz"[:len(sys.argv) - 2]))
film, shots, frames = open_series("film", "film", 5)
for i in (1, 4):
    same(film, shots[i], frames[i], "density")

third = vtkXdmf3Reader()
third.SetFileName(folder + "/flow.xdmf")
third.UpdateInformation()
third.UpdateTimeStep(times[0])
blocks = third.GetOutputDataObject(0)
check("XDMF 3", blocks.GetBlock(0) if blocks.IsA("vtkMultiBlockDataSet") else blocks)

single = vtkNetCDFCFReader()
single.SphericalCoordinatesOff()
single.SetFileName(folder + "/density-000000.h5")
assert single.CanReadFile(folder + "/density-000000.h5")
single.Update()
check("netCDF-CF", single.GetOutputDataObject(0))
